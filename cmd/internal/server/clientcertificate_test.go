package server_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"availproxy/integration/forest"
)

// authority signs client certificates.
type authority struct {
	t           *testing.T
	certificate *x509.Certificate
	key         *rsa.PrivateKey
}

func newAuthority(t *testing.T, name string) authority {
	t.Helper()
	a := authority{t: t}
	signed := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	a.certificate, a.key = signed.Leaf, signed.PrivateKey.(*rsa.PrivateKey)
	return a
}

// sign signs a template for an hour. An authority without a certificate signs its
// own.
func (a authority) sign(template *x509.Certificate) *tls.Certificate {
	a.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// client is a certificate for a client of that name.
func (a authority) client(name string) *tls.Certificate {
	a.t.Helper()
	return a.sign(&x509.Certificate{Subject: pkix.Name{CommonName: "Front end"}, DNSNames: []string{name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
}

// trusted has a proxy of every TLS profile ask for certificates of a, and lets
// monitor.contoso.example ask questions.
func (a authority) trusted() edit {
	a.t.Helper()
	path := filepath.Join(a.t.TempDir(), "clients-ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}), 0o644); err != nil {
		a.t.Fatal(err)
	}
	return func(config string) string {
		config = replace(a.t, "clients:\n", fmt.Sprintf("clients:\n  certificates: {ca: %q}\n", path))(config)
		config = replace(a.t, `allow: ["basic:ex2010"]`, `allow: ["basic:ex2010", "cert:monitor.contoso.example"]`)(config)
		return replace(a.t, "profile: modern", "profile: legacy")(config)
	}
}

// TestACertificateShownInTheHandshake lets in whom the allow list names, and tells
// in the log why not the others, whom it answers in HTTP instead of ending their
// handshakes.
func TestACertificateShownInTheHandshake(t *testing.T) {
	ours, others := newAuthority(t, "Clients of contoso.example"), newAuthority(t, "Clients of others")
	r := run(t, newForest(t, forest.Options{}), ours.trusted())
	monitor, printer := ours.client("monitor.contoso.example"), ours.client("printer.contoso.example")
	forServers := &x509.Certificate{DNSNames: []string{"monitor.contoso.example"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	const basic, bad, unlisted = "Basic realm=", `"mechanism":"certificate","reason":"bad_certificate"`, `"mechanism":"certificate","reason":"not_listed","availproxy.cause":"logon.not-listed","principal":`
	tests := map[string]struct {
		shows      *tls.Certificate
		password   bool // is known as well
		code, text string
		log        string // of the line about the refusal; "" is no line
	}{
		"a name of the list":                 {monitor, false, "NoError", "", ""},
		"another name":                       {printer, false, "Forbidden", "", unlisted + `"cert:printer.contoso.example"`},
		"another name, and a password":       {printer, true, "Forbidden", "", unlisted + `"cert:printer.contoso.example"`},
		"a name of the list in another case": {ours.client("MONITOR.contoso.example"), false, "Forbidden", "", unlisted + `"cert:MONITOR.contoso.example"`},
		"another authority":                  {others.client("monitor.contoso.example"), false, "Unauthorized", basic, bad},
		"a certificate for servers":          {ours.sign(forServers), false, "Unauthorized", basic, bad},
		"none":                               {nil, false, "Unauthorized", basic, ""},
		"none, and a password":               {nil, true, "NoError", "", ""},
	}
	for name, tt := range tests {
		for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(name+" over "+tls.VersionName(version), func(t *testing.T) {
				logged := len(r.log.String())
				c := r.caller(t)
				c.Certificate, c.MinTLS, c.MaxTLS = tt.shows, version, version
				if !tt.password {
					c.User = ""
				}
				if code, text := r.ask(t, c); code != tt.code || !strings.Contains(text, tt.text) {
					t.Errorf("got %s %q, want %s %q", code, text, tt.code, tt.text)
				}
				said := r.log.String()[logged:]
				if !strings.Contains(said, tt.log) || tt.log == "" && strings.Contains(said, `"reason"`) {
					t.Errorf("the log says %q, want %s", said, tt.log)
				}
			})
		}
	}
}

// TestACertificateOnAnOpenConnection is shown once and judged with every request.
func TestACertificateOnAnOpenConnection(t *testing.T) {
	ours := newAuthority(t, "Clients of contoso.example")
	r := run(t, newForest(t, forest.Options{}), ours.trusted())
	c := r.caller(t)
	c.Certificate, c.User = ours.client("monitor.contoso.example"), ""
	for _, after := range []struct {
		what, code string
		change     edit
	}{
		{"at first", "NoError", nil},
		{"a reload without its name", "Forbidden", replace(t, "cert:monitor.contoso.example", "cert:other.contoso.example")},
		{"a reload with its name", "NoError", replace(t, "cert:other.contoso.example", "cert:monitor.contoso.example")},
		{"a reload without any certificates", "Unauthorized", func(config string) string {
			return replace(t, "certificates: {ca:", "certificates: {} # {ca:")(config)
		}},
	} {
		if after.change != nil {
			r.reload(t, after.change)
		}
		if code, text := r.ask(t, c); code != after.code {
			t.Errorf("%s: got %s %q, want %s", after.what, code, text, after.code)
		}
	}
}
