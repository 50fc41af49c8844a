package oauth

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

const minRSABits = 2048

// Certificate is an auth certificate with the key that signs for it. Exchange's
// own is self-signed, RSA 2048 and lives five years; other sides pin it, nobody
// checks a chain. It prints its thumbprint and never its key.
type Certificate struct {
	X509   *x509.Certificate
	signer crypto.Signer
}

// NewCertificate joins a certificate and its key, which may live in a hardware
// module. It must be RSA of at least 2048 bits, and the two must belong
// together. Whether the certificate is valid today is for [Certificate.Check].
func NewCertificate(cert *x509.Certificate, key crypto.Signer) (*Certificate, error) {
	public, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("oauth: the auth certificate has a key of type %s; Exchange takes RSA only", cert.PublicKeyAlgorithm)
	}
	if bits := public.N.BitLen(); bits < minRSABits {
		return nil, fmt.Errorf("oauth: the auth certificate has an RSA key of %d bits; it needs %d", bits, minRSABits)
	}
	if !public.Equal(key.Public()) {
		return nil, errors.New("oauth: the private key does not belong to the auth certificate")
	}
	return &Certificate{X509: cert, signer: key}, nil
}

// Check says why c must not be used at that time, if so.
func (c *Certificate) Check(at time.Time) error {
	switch {
	case at.Before(c.X509.NotBefore):
		return fmt.Errorf("oauth: the auth certificate %s is not valid before %s", c.Thumbprint(), c.X509.NotBefore.UTC().Format(time.RFC3339))
	case at.After(c.X509.NotAfter):
		return fmt.Errorf("oauth: the auth certificate %s expired at %s", c.Thumbprint(), c.X509.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}

// DaysLeft is how many whole days c is still valid; negative when it has
// expired.
func (c *Certificate) DaysLeft(at time.Time) int {
	const day = 24 * time.Hour
	left := c.X509.NotAfter.Sub(at)
	if left < 0 {
		return int(left/day) - 1
	}
	return int(left / day)
}

// Thumbprint is the SHA-1 of the certificate in upper-case hex, as
// Get-ExchangeCertificate and Get-AuthConfig show it.
func (c *Certificate) Thumbprint() string { return thumbprint(c.X509) }

// X5T is the SHA-1 of the certificate in base64url, 27 characters (RFC 7515
// 4.1.7): how tokens name it.
func (c *Certificate) X5T() string { return x5t(c.X509) }

// X5TS256 is the SHA-256 of the certificate in base64url (RFC 7515 4.1.8): how
// assertions to Entra name it.
func (c *Certificate) X5TS256() string {
	sum := sha256.Sum256(c.X509.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func thumbprint(cert *x509.Certificate) string {
	return strings.ToUpper(fmt.Sprintf("%x", sha1.Sum(cert.Raw)))
}

func x5t(cert *x509.Certificate) string {
	sum := sha1.Sum(cert.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// String is the thumbprint.
func (c Certificate) String() string {
	if c.X509 == nil {
		return "no certificate"
	}
	return thumbprint(c.X509)
}

// GoString hides the key from %#v.
func (c Certificate) GoString() string { return c.String() }

// Format hides the key from every other verb.
func (c Certificate) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue hides the key from logs.
func (c Certificate) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText hides the key from encoders.
func (c Certificate) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
