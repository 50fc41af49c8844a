package forest

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/crypto/bcrypt"
)

// Material is a directory that holds all that a proxy needs to ask forests, and
// all that a person or a script needs to ask the proxy:
//
//	config.yaml                          ready for `availproxy serve`
//	ca.pem                               trusts the forests and the proxy itself
//	proxy.pem, proxy.key                 certificate of the proxy, for localhost and 127.0.0.1
//	auth.pfx, auth.pfx.password          auth certificate of the organization that asks
//	app.pfx, app.pfx.password            certificate of its application in Entra
//	users.htpasswd, credentials.json     the account of its old servers, and the ids of its application
//	urls.json                            where everything is
//	truth.json                           the calendars of the first forest
//	truth-DOMAIN.json                    those of each further one
type Material struct {
	Forests []*Forest // started, all of one Organization; certificates come from the first one
	Proxy   string    // address for the proxy to listen on; default a free port of 127.0.0.1
	Admin   string    // and its admin listener
}

// URLs is the content of urls.json.
type URLs struct {
	Proxy   string       `json:"proxy"` // the ProxyUrl for old servers
	Admin   string       `json:"admin"`
	Forests []ForestURLs `json:"forests"`
}

// ForestURLs are the URLs of one forest: by its own names, which resolve
// nowhere, and by where ConnectTo leads.
type ForestURLs struct {
	Domain       string            `json:"domain"`
	EWS          string            `json:"ews"`
	Graph        string            `json:"graph"` // with its version
	Login        string            `json:"login"` // of Entra, without the tenant
	Autodiscover string            `json:"autodiscover"`
	AuthMetadata string            `json:"authMetadata"`
	ConnectTo    map[string]string `json:"connectTo"`
}

// Credentials is the content of credentials.json.
type Credentials struct {
	User          string `json:"user"`
	Password      string `json:"password"`
	Tenant        string `json:"tenant"`        // of the organization, a GUID
	TenantDomain  string `json:"tenantDomain"`  // another name for it
	ApplicationID string `json:"applicationId"` // of the registration that app.pfx belongs to
}

// Write writes the material into dir, which it makes, or makes private to its
// owner. It overwrites what is there.
func (m Material) Write(dir string) (URLs, error) {
	if err := m.check(); err != nil {
		return URLs{}, err
	}
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.Chmod(dir, 0o700)); err != nil {
		return URLs{}, fmt.Errorf("forest: %w", err)
	}
	var err error
	if m.Proxy, err = choose(m.Proxy); err != nil {
		return URLs{}, err
	}
	if m.Admin, err = choose(m.Admin); err != nil {
		return URLs{}, err
	}
	files, err := m.files()
	if err != nil {
		return URLs{}, err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return URLs{}, fmt.Errorf("forest: %w", err)
		}
	}
	return m.urls(), nil
}

// check refuses forests that cannot stand in one configuration.
func (m Material) check() error {
	if len(m.Forests) == 0 {
		return errors.New("forest: there is no forest to write about")
	}
	seen := map[string]string{}
	for _, f := range m.Forests {
		if f.Organization != m.Forests[0].Organization {
			return errors.New("forest: these forests know different organizations")
		}
		for name, address := range f.ConnectTo() {
			if other := cmp.Or(seen[name], address); other != address {
				return fmt.Errorf("forest: %s would be both %s and %s: give one forest another ACSHost", name, other, address)
			}
			seen[name] = address
		}
	}
	return nil
}

// choose finds a free port on loopback, unless address is set. It stays free
// until somebody else takes it.
func choose(address string) (string, error) {
	if address != "" {
		return address, nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("forest: %w", err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

func (m Material) files() (map[string][]byte, error) {
	o := m.Forests[0].Organization
	certificate, key, err := m.proxyCertificate()
	if err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	// No cost makes a password harder to guess that is random and this long.
	hash, err := bcrypt.GenerateFromPassword([]byte(o.Password), bcrypt.MinCost)
	if err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	config, err := m.config()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{
		"config.yaml": config, "proxy.pem": certificate, "proxy.key": key,
		"auth.pfx": o.PFX, "auth.pfx.password": []byte(string(o.Phrase) + "\n"),
		"app.pfx": o.AppPFX, "app.pfx.password": []byte(string(o.AppPhrase) + "\n"),
		"users.htpasswd": fmt.Appendf(nil, "%s:%s\n", o.User, hash),
	}
	for i, f := range m.Forests {
		files["ca.pem"] = append(files["ca.pem"], f.authority.pem()...)
		name := "truth.json"
		if i > 0 {
			name = "truth-" + f.options.Domain + ".json"
		}
		if files[name], err = f.Truth.JSON(); err != nil {
			return nil, err
		}
	}
	if files["urls.json"], err = indented(m.urls()); err != nil {
		return nil, err
	}
	files["credentials.json"], err = indented(Credentials{
		User: o.User, Password: string(o.Password),
		Tenant: o.Tenant, TenantDomain: o.Domain, ApplicationID: o.ApplicationID,
	})
	return files, err
}

// proxyCertificate has an RSA key, which the oldest callers can do with.
func (m Material) proxyCertificate() (certificate, key []byte, err error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, nil, err
	}
	issued, err := m.Forests[0].authority.server(private, "fb."+m.Forests[0].Organization.Domain)
	if err != nil {
		return nil, nil, err
	}
	key, err = keyPEM(private)
	return certificatePEM(issued.Certificate[0]), key, err
}

func (m Material) urls() URLs {
	_, port, _ := net.SplitHostPort(m.Proxy)
	u := URLs{Proxy: "https://localhost:" + port + Path, Admin: "http://" + m.Admin + "/"}
	for _, f := range m.Forests {
		u.Forests = append(u.Forests, ForestURLs{
			Domain: f.options.Domain, EWS: f.EWSURL(), Graph: f.GraphURL(), Login: f.LoginURL(), Autodiscover: f.DiscoveryEndpoint(),
			AuthMetadata: f.AuthMetadataURL(), ConnectTo: f.ConnectTo(),
		})
	}
	return u
}

func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	return b.Bytes(), nil
}
