package authn

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// authority signs the certificates of a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	a := authority{t: t}
	a.cert, a.key = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	return a
}

// sign signs a template that is valid for an hour unless it says otherwise. An
// authority without a certificate signs its own.
func (a authority) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(1)
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

func TestCertificates(t *testing.T) {
	ours, others := newAuthority(t), newAuthority(t)
	forClients := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	monitor := func() *x509.Certificate {
		return &x509.Certificate{Subject: pkix.Name{CommonName: "Monitor", Organization: []string{"Contoso"}},
			DNSNames: []string{"monitor.contoso.com", "probe.contoso.com"}, ExtKeyUsage: forClients}
	}
	expired, forServers, nameless := monitor(), monitor(), &x509.Certificate{ExtKeyUsage: forClients}
	expired.NotBefore, expired.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	forServers.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	tests := map[string]struct {
		by     authority
		shown  *x509.Certificate // nil: none
		allow  []string
		want   *Identity
		reason Reason
	}{
		"a certificate of our authority": {by: ours, shown: monitor(), want: &Identity{Mechanism: Certificate, Name: "monitor.contoso.com",
			Aliases: []string{"probe.contoso.com", "Monitor", "CN=Monitor,O=Contoso"}}},
		"a name that is allowed": {by: ours, shown: monitor(), allow: []string{"probe.contoso.com"}, want: &Identity{Mechanism: Certificate,
			Name: "monitor.contoso.com", Aliases: []string{"probe.contoso.com", "Monitor", "CN=Monitor,O=Contoso"}}},
		"a name that is not":        {by: ours, shown: monitor(), allow: []string{"other.contoso.com"}, reason: BadCertificate},
		"part of a name":            {by: ours, shown: monitor(), allow: []string{"contoso.com"}, reason: BadCertificate},
		"another authority's":       {by: others, shown: monitor(), reason: BadCertificate},
		"one that signs itself":     {by: authority{t: t}, shown: monitor(), reason: BadCertificate},
		"one that has expired":      {by: ours, shown: expired, reason: BadCertificate},
		"one for servers":           {by: ours, shown: forServers, reason: BadCertificate},
		"one without a name":        {by: ours, shown: nameless, reason: BadCertificate},
		"no certificate, as others": {},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := NewCertificates(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ours.cert.Raw}), tt.allow)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("POST", "https://fb.contoso.com/EWS/Exchange.asmx", nil)
			if tt.shown != nil {
				shown, _ := tt.by.sign(tt.shown)
				r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{shown}}
			}
			got, err := c.Authenticate(r)
			refusal, _ := errors.AsType[*Refusal](err)
			var reason Reason
			if refusal != nil {
				reason = refusal.Reason
			}
			if d := cmp.Diff(tt.want, got.Identity); d != "" || reason != tt.reason {
				t.Errorf("refused for %q (%v), want %q; (-want +got)\n%s", reason, err, tt.reason, d)
			}
		})
	}
	if _, err := NewCertificates([]byte("no PEM"), nil); err == nil {
		t.Error("a file without a certificate was taken for an authority")
	}
}

func TestARuleNamesACertificateByAnyOfItsNames(t *testing.T) {
	id := Identity{Mechanism: Certificate, Name: "monitor.contoso.com", Aliases: []string{"probe.contoso.com"}}
	for rule, want := range map[string]bool{
		"cert:monitor.contoso.com": true, "cert:probe.contoso.com": true, "cert:other.contoso.com": false, "basic:probe.contoso.com": false,
	} {
		rules, err := ParseRules([]string{rule})
		if err != nil {
			t.Fatal(err)
		}
		if got := rules.Name(id); got != want {
			t.Errorf("%s names the certificate: %v, want %v", rule, got, want)
		}
	}
}
