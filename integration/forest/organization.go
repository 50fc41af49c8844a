package forest

import (
	"cmp"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"log/slog"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"availproxy/integration/forest/s2s"
)

// Organization is the one that asks: what its proxy and its old servers know of
// themselves. It is made anew for each run.
type Organization struct {
	Domain   string // its accepted domain: "contoso.example"
	Tenant   string // its realm at the ACS, a GUID
	User     string // the account that its old servers ask with
	Password Secret
	PFX      []byte // the auth certificate with its key
	Phrase   Secret // the password of PFX

	// Its app registration in Entra, with a certificate of its own.
	ApplicationID string
	AppPFX        []byte
	AppPhrase     Secret // the password of AppPFX

	auth, app s2s.KeyPair
}

// NewOrganization makes an organization with that accepted domain, by default
// contoso.example.
func NewOrganization(domain string) (*Organization, error) {
	auth, err := s2s.NewKeyPair("Microsoft Exchange Server Auth Certificate", time.Now().Add(-time.Hour))
	if err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	app, err := s2s.NewKeyPair("Availability proxy", time.Now().Add(-time.Hour))
	if err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	o := &Organization{
		Domain: cmp.Or(domain, "contoso.example"), Tenant: newGUID(), ApplicationID: newGUID(),
		User: "ex2010", Password: Secret(rand.Text()), Phrase: Secret(rand.Text()), AppPhrase: Secret(rand.Text()),
		auth: auth, app: app,
	}
	if err := o.encode(); err != nil {
		return nil, err
	}
	if o.AppPFX, err = pkcs12.Modern.Encode(app.Key, app.Certificate, nil, string(o.AppPhrase)); err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	return o, nil
}

func (o *Organization) encode() (err error) {
	if o.PFX, err = pkcs12.Modern.Encode(o.auth.Key, o.auth.Certificate, nil, string(o.Phrase)); err != nil {
		return fmt.Errorf("forest: %w", err)
	}
	return nil
}

// RenewAuthCertificate gives the organization another auth certificate, which is
// valid for five years from then on. A token service that has been made before
// goes on knowing the one before it.
func (o *Organization) RenewAuthCertificate(from time.Time) (err error) {
	if o.auth, err = s2s.NewKeyPair("Microsoft Exchange Server Auth Certificate", from); err != nil {
		return fmt.Errorf("forest: %w", err)
	}
	return o.encode()
}

// AuthCertificate is the certificate whose key signs for the organization.
func (o *Organization) AuthCertificate() *x509.Certificate { return o.auth.Certificate }

// tenant is how an ACS knows the organization: it may ask for tokens to those
// hosts.
func (o *Organization) tenant(hosts ...string) s2s.Tenant {
	t := s2s.Tenant{ID: o.Tenant, Domains: []string{o.Domain}}
	t.Clients = []s2s.Client{{ID: s2s.ExchangePrincipal, ObjectID: newGUID(), Certificates: []*x509.Certificate{o.auth.Certificate}}}
	for _, host := range hosts {
		t.Resources = append(t.Resources, s2s.ExchangePrincipal+"/"+host)
	}
	return t
}

// directory is how Entra knows the organization: its application has consent for
// all that free/busy needs.
func (o *Organization) directory(resources ...s2s.Resource) s2s.Directory {
	return s2s.Directory{
		ID: o.Tenant, Domains: []string{o.Domain}, Resources: resources,
		Applications: []s2s.Application{{
			ID: o.ApplicationID, ObjectID: newGUID(), Name: "Availability proxy",
			Keys: []s2s.KeyCredential{{Certificate: o.app.Certificate}},
			Roles: map[string][]string{
				s2s.GraphResource: {s2s.RoleCalendarsRead},
				s2s.EWSResource:   {s2s.RoleFullAccessAsApp},
			},
		}},
	}
}

// newGUID returns a random one (RFC 9562 5.4).
func newGUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Secret is a password or a token. Convert it to a string to use it; it does not
// print itself.
type Secret string

const hidden = "(secret)"

// String hides the secret.
func (Secret) String() string { return hidden }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return hidden }

// LogValue hides the secret from logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the secret from encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
