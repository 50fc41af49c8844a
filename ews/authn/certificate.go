package authn

import (
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
)

// Certificates recognises callers by the client certificate of their TLS
// connection (RFC 5246 7.4.6). Exchange itself cannot show one; front ends,
// monitoring and load tools can.
type Certificates struct {
	roots *x509.CertPool
	allow []string
}

var _ Authenticator = (*Certificates)(nil)

// BadCertificate is the [Reason] for a client certificate that proves nobody.
const BadCertificate Reason = "bad_certificate"

var (
	errNoRoots   = errors.New("authn: there is no PEM certificate in it")
	errNameless  = errors.New("authn: the certificate has no name")
	errNotMember = errors.New("authn: none of the names in the certificate is in clients.certificates.allow")
)

// NewCertificates trusts the authorities in pem. Of what they have signed it
// accepts certificates with one of the names in allow; with none in it, all.
func NewCertificates(pem []byte, allow []string) (*Certificates, error) {
	c := &Certificates{roots: x509.NewCertPool(), allow: allow}
	if !c.roots.AppendCertsFromPEM(pem) {
		return nil, errNoRoots
	}
	return c, nil
}

// Roots are the authorities, which the listener names when it asks for a
// certificate. It must ask for one without verifying it: that is done here, for
// each request, so that whoever shows a bad one is told like everybody else.
func (c *Certificates) Roots() *x509.CertPool { return c.roots }

// Authenticate implements [Authenticator].
func (c *Certificates) Authenticate(r *http.Request) (Outcome, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return Outcome{}, nil
	}
	leaf := r.TLS.PeerCertificates[0]
	intermediates := x509.NewCertPool()
	for _, between := range r.TLS.PeerCertificates[1:] {
		intermediates.AddCert(between)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: c.roots, Intermediates: intermediates, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return Outcome{}, &Refusal{Certificate, BadCertificate, err}
	}
	names := namesIn(leaf)
	if len(names) == 0 {
		return Outcome{}, &Refusal{Certificate, BadCertificate, errNameless}
	}
	if len(c.allow) > 0 && !slices.ContainsFunc(names, func(n string) bool { return slices.Contains(c.allow, n) }) {
		return Outcome{}, &Refusal{Certificate, BadCertificate, errNotMember}
	}
	return Outcome{Identity: &Identity{Mechanism: Certificate, Name: names[0], Aliases: names[1:]}}, nil
}

// Challenge implements [Authenticator]: the TLS handshake has asked already.
func (*Certificates) Challenge(*http.Request) string { return "" }

// namesIn are the names that a certificate is for, the ones that it should be
// known by first (RFC 6125 6.4.4): alternative names, then the subject, as its
// common name and as a whole.
func namesIn(leaf *x509.Certificate) []string {
	names := slices.Concat(leaf.DNSNames, leaf.EmailAddresses)
	for _, u := range leaf.URIs {
		names = append(names, u.String())
	}
	for _, subject := range []string{leaf.Subject.CommonName, leaf.Subject.String()} {
		if subject != "" {
			names = append(names, subject)
		}
	}
	return names
}
