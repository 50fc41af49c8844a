package forest

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
	"golang.org/x/crypto/bcrypt"
	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"availproxy/integration/forest/s2s"
)

// started returns a forest that serves until the test ends.
func started(t *testing.T, o Options) *Forest {
	t.Helper()
	o.Week = week
	f, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// visitor asks the forest's EWS itself, with that token.
func visitor(t *testing.T, f *Forest, token Secret) *Caller {
	t.Helper()
	c := caller(t, f.EWSURL(), Exchange2013)
	c.Token, c.RootCAs, c.ConnectTo = token, f.RootCAs(), f.ConnectTo()
	return c
}

// browser reaches the forest's names.
func browser(t *testing.T, f *Forest) *http.Client {
	t.Helper()
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: f.RootCAs()},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, f.ConnectTo()[address])
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// exchange asks the ACS for a token to the forest's EWS.
func exchange(t *testing.T, f *Forest, assertion string) (status int, token Secret) {
	t.Helper()
	client := browser(t, f)
	response, err := client.Get(f.AuthMetadataURL())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var metadata struct {
		Endpoints []struct{ Protocol, Location string }
	}
	if err := json.NewDecoder(response.Body).Decode(&metadata); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(metadata.Endpoints, func(e struct{ Protocol, Location string }) bool { return e.Protocol == "OAuth2" })
	tenant := f.Organization.Tenant
	response, err = client.PostForm(metadata.Endpoints[i].Location, url.Values{
		"grant_type": {"http://oauth.net/grant_type/jwt/1.0/bearer"}, "assertion": {assertion},
		"resource": {s2s.ExchangePrincipal + "/" + f.Host() + "@" + tenant},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || json.Unmarshal(body, &answer) != nil {
		t.Fatalf("ACS answered %s, %v", body, err)
	}
	return response.StatusCode, Secret(answer.AccessToken)
}

func TestTheWholeWayIntoAForest(t *testing.T) {
	f := started(t, Options{})
	assertion := s2s.Assertion(
		s2s.Principal{ID: s2s.ExchangePrincipal, Realm: f.Organization.Tenant},
		s2s.Principal{ID: s2s.ACSPrincipal, Host: f.options.ACSHost, Realm: f.Organization.Tenant},
		s2s.Lives{From: time.Now(), Until: time.Now().Add(5 * time.Minute)})
	status, token := exchange(t, f, assertion.Sign(f.Organization.auth))
	if status != http.StatusOK {
		t.Fatalf("ACS refused with status %d", status)
	}
	r, err := visitor(t, f, token).Ask(t.Context(), aliceAndBob)
	if err != nil {
		t.Fatal(err)
	}
	if r.Mailboxes[0].Code != "NoError" || len(r.Mailboxes[0].Entries) == 0 {
		t.Errorf("answered %+v", r.Mailboxes[0])
	}
	seen := f.EWS.Journal.Requests()
	if len(seen) != 1 || seen[0].Authorization != "Bearer" || seen[0].Actor != s2s.ExchangePrincipal+"@"+f.Organization.Tenant {
		t.Errorf("EWS saw %+v", seen)
	}
}

func TestOnlyGoodTokensOpenTheForest(t *testing.T) {
	f, stranger := started(t, Options{}), started(t, Options{})
	soon := time.Now().Add(time.Hour)
	tests := map[string]struct {
		token       Secret
		diagnostics string
	}{
		"none at all":            {"", ""},
		"for another host":       {f.Token("mail.tailspin.example", soon), "2000003;"},
		"over for an hour":       {f.Token(f.Host(), time.Now().Add(-time.Hour)), "2000001;"},
		"from another forest":    {stranger.Token(f.Host(), soon), "200000"},
		"with another signature": {resigned(f.Token(f.Host(), soon)), "2000000;"},
		"garbage":                {"garbage", "2000001;"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := visitor(t, f, tt.token).Ask(t.Context(), aliceAndBob)
			refused, ok := err.(*HTTPError)
			if !ok || refused.Status != 401 || !strings.HasPrefix(refused.Diagnostics, tt.diagnostics) {
				t.Fatalf("answered %+v, %v; want 401 with %s", refused, err, tt.diagnostics)
			}
			if folded := refused.Challenges; len(folded) != 1 || !strings.HasPrefix(folded[0], "Bearer client_id=") || !strings.HasSuffix(folded[0], `,Basic Realm=""`) {
				t.Errorf("the challenge is %q", folded)
			}
		})
	}
	if _, err := visitor(t, f, f.Token(f.Host(), soon)).Ask(t.Context(), aliceAndBob); err != nil {
		t.Errorf("a good token is refused: %v", err)
	}
}

func resigned(token Secret) Secret {
	signed := token[:strings.LastIndex(string(token), ".")+1]
	return signed + Secret(base64.RawURLEncoding.EncodeToString(make([]byte, 256)))
}

// TestOpenSSLGetsIn signs the assertion with a third party's tools, which also
// have to read the PFX.
func TestOpenSSLGetsIn(t *testing.T) {
	needs(t, "openssl")
	f := started(t, Options{})
	dir := t.TempDir()
	if _, err := (Material{Forests: []*Forest{f}}).Write(dir); err != nil {
		t.Fatal(err)
	}
	openssl := func(input string, arguments ...string) []byte {
		t.Helper()
		command := exec.Command("openssl", arguments...)
		command.Dir, command.Stdin = dir, strings.NewReader(input)
		output, err := command.Output()
		if err != nil {
			t.Fatalf("openssl %q: %v", arguments, err)
		}
		return output
	}
	openssl("", "pkcs12", "-in", "auth.pfx", "-passin", "file:auth.pfx.password", "-nocerts", "-nodes", "-out", "key.pem")
	openssl("", "pkcs12", "-in", "auth.pfx", "-passin", "file:auth.pfx.password", "-nokeys", "-out", "cert.pem")
	der := openssl("", "x509", "-in", "cert.pem", "-outform", "DER")
	thumbprint := openssl(string(der), "dgst", "-sha1", "-binary")
	segment := base64.RawURLEncoding.EncodeToString
	principal := s2s.ExchangePrincipal + "@" + f.Organization.Tenant
	sign := func(audience string, key string) string {
		now := time.Now().Unix()
		signed := segment(fmt.Appendf(nil, `{"typ":"JWT","alg":"RS256","x5t":%q}`, segment(thumbprint))) + "." +
			segment(fmt.Appendf(nil, `{"iss":%q,"aud":%q,"iat":"%d","nbf":"%d","exp":"%d"}`, principal, audience, now, now, now+300))
		return signed + "." + segment(openssl(signed, "dgst", "-sha256", "-sign", key))
	}
	openssl("", "genrsa", "-out", "other.pem", "2048")
	acs := s2s.ACSPrincipal + "/" + f.options.ACSHost + "@" + f.Organization.Tenant
	if status, _ := exchange(t, f, sign(acs, "other.pem")); status == http.StatusOK {
		t.Error("ACS takes an assertion that another key signed")
	}
	if status, _ := exchange(t, f, sign(acs+"x", "key.pem")); status == http.StatusOK {
		t.Error("ACS takes an assertion for another audience")
	}
	status, token := exchange(t, f, sign(acs, "key.pem"))
	if status != http.StatusOK {
		t.Fatalf("ACS refused with status %d", status)
	}
	if _, err := visitor(t, f, token).Ask(t.Context(), aliceAndBob); err != nil {
		t.Error(err)
	}
}

func TestTwoForests(t *testing.T) {
	fabrikam := started(t, Options{})
	tailspin := started(t, Options{Calendars: Calendars{Domain: "tailspin.example"}, SharesACSWith: fabrikam, Generation: Exchange2010, Seed: 2})
	soon := time.Now().Add(time.Hour)
	q := Question{Mailboxes: []string{"alice@tailspin.example"}, From: week, To: week.AddDate(0, 0, 1)}
	c := visitor(t, tailspin, tailspin.Token(tailspin.Host(), soon))
	c.Generation = Exchange2010
	if r, err := c.Ask(t.Context(), q); err != nil || r.Server != "14.3.123.3" || r.Mailboxes[0].Code != "NoError" {
		t.Errorf("tailspin answers %+v, %v", r, err)
	}
	dir := filepath.Join(t.TempDir(), "new")
	urls, err := Material{Forests: []*Forest{fabrikam, tailspin}}.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(urls.Forests) != 2 || len(urls.Forests[1].ConnectTo) < 3 {
		t.Errorf("urls.json holds %+v", urls)
	}
	if got, err := ReadTruth(filepath.Join(dir, "truth-tailspin.example.json")); err != nil || got.Domain != "tailspin.example" {
		t.Errorf("the second truth is %+v, %v", got, err)
	}
	tailspin.Close()
	if _, err := c.Ask(t.Context(), q); err == nil {
		t.Error("a closed forest answers")
	}
	if _, err := visitor(t, fabrikam, fabrikam.Token(fabrikam.Host(), soon)).Ask(t.Context(), aliceAndBob); err != nil {
		t.Errorf("with tailspin closed, fabrikam answers %v", err)
	}
}

func TestForestsThatCannotStandInOneConfiguration(t *testing.T) {
	organization, err := NewOrganization("contoso.example")
	if err != nil {
		t.Fatal(err)
	}
	one := started(t, Options{Organization: organization})
	tests := map[string][]*Forest{
		"no forest":              nil,
		"two organizations":      {one, started(t, Options{Calendars: Calendars{Domain: "tailspin.example"}})},
		"two token services":     {one, started(t, Options{Calendars: Calendars{Domain: "tailspin.example"}, Organization: organization})},
		"twice the same address": {one, started(t, Options{Organization: organization, ACSHost: "acs.example"})},
	}
	for name, forests := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new")
			if _, err := (Material{Forests: forests}).Write(dir); err == nil {
				t.Error("it was written")
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("something was written")
			}
		})
	}
}

func TestMaterial(t *testing.T) {
	f := started(t, Options{})
	dir := filepath.Join(t.TempDir(), "material")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	urls, err := Material{Forests: []*Forest{f}, Proxy: "127.0.0.1:8443"}.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	if urls.Proxy != "https://localhost:8443/EWS/Exchange.asmx" {
		t.Errorf("the ProxyUrl is %s", urls.Proxy)
	}
	read := func(name string) []byte {
		t.Helper()
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %s, %v", name, info.Mode(), err)
		}
		return content
	}
	var config struct {
		Listen    string
		ConnectTo map[string]string `yaml:"connect_to"`
		Clients   struct{ Allow []string }
	}
	if err := yaml.Unmarshal(read("config.yaml"), &config); err != nil {
		t.Fatal(err)
	}
	if config.Listen != "127.0.0.1:8443" || config.ConnectTo["mail.fabrikam.example:443"] != f.ConnectTo()["mail.fabrikam.example:443"] || config.Clients.Allow[0] != "basic:ex2010" {
		t.Errorf("config.yaml holds %+v", config)
	}
	var credentials Credentials
	if err := json.Unmarshal(read("credentials.json"), &credentials); err != nil {
		t.Fatal(err)
	}
	user, hash, _ := strings.Cut(strings.TrimSpace(string(read("users.htpasswd"))), ":")
	if user != credentials.User || bcrypt.CompareHashAndPassword([]byte(hash), []byte(credentials.Password)) != nil {
		t.Errorf("users.htpasswd does not hold %s", credentials.User)
	}
	if credentials.Tenant != f.Organization.Tenant || credentials.ApplicationID != f.Organization.ApplicationID {
		t.Errorf("credentials.json holds the ids %s and %s", credentials.Tenant, credentials.ApplicationID)
	}
	if got := urls.Forests[0]; got.Graph != "https://graph.fabrikam.example/v1.0" || got.Login != "https://login.microsoftonline.example" {
		t.Errorf("the URLs are %+v", got)
	}
	for _, host := range []string{"graph.fabrikam.example:443", "login.microsoftonline.example:443"} {
		if config.ConnectTo[host] == "" {
			t.Errorf("config.yaml does not say where %s is", host)
		}
	}
	_, certificate, err := pkcs12.Decode(read("app.pfx"), strings.TrimSpace(string(read("app.pfx.password"))))
	if err != nil || !certificate.Equal(f.Organization.app.Certificate) {
		t.Errorf("app.pfx holds another certificate, or %v", err)
	}
	if _, err := tls.X509KeyPair(read("proxy.pem"), read("proxy.key")); err != nil {
		t.Error(err)
	}
	if truth, err := ReadTruth(filepath.Join(dir, "truth.json")); err != nil || len(truth.Mailboxes) != 12 {
		t.Errorf("truth.json holds %+v, %v", truth, err)
	}
	if info, err := os.Stat(dir); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("the directory has mode %s, %v", info.Mode(), err)
	}
}

func TestCloseEndsWhatIsWaiting(t *testing.T) {
	f := started(t, Options{})
	f.EWS.Faults.Set(Faults{Delay: time.Hour})
	c := visitor(t, f, f.Token(f.Host(), time.Now().Add(time.Hour)))
	failed := make(chan error, 1)
	go func() {
		_, err := c.Ask(t.Context(), aliceAndBob)
		failed <- err
	}()
	for f.EWS.Faults.Hits() == 0 {
		runtime.Gosched()
	}
	f.Close()
	if err := <-failed; err == nil {
		t.Error("a closed forest answers")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	o, err := NewOrganization("")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(o.Password)
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{fmt.Sprint(o.Password), fmt.Sprintf("%#v %+v", o.Password, *o), string(text), o.Phrase.LogValue().String()} {
		if strings.Contains(printed, string(o.Password)) || strings.Contains(printed, string(o.Phrase)) {
			t.Errorf("%q shows a secret", printed)
		}
	}
}
