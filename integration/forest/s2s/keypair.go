package s2s

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"log/slog"
	"math/big"
	"time"
)

// KeyPair is a signing certificate with its key. It does not print its key.
type KeyPair struct {
	Certificate *x509.Certificate
	Key         *rsa.PrivateKey
}

// NewKeyPair makes a self-signed certificate shaped like Exchange's own auth
// certificate: RSA 2048, five years, no names but the common one.
func NewKeyPair(commonName string, notBefore time.Time) (KeyPair, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return KeyPair{}, fmt.Errorf("s2s: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return KeyPair{}, fmt.Errorf("s2s: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    notBefore,
		NotAfter:     notBefore.AddDate(5, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return KeyPair{}, fmt.Errorf("s2s: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return KeyPair{}, fmt.Errorf("s2s: %w", err)
	}
	return KeyPair{Certificate: certificate, Key: key}, nil
}

// X5T is the name by which tokens call the certificate (RFC 7515 4.1.7).
func (k KeyPair) X5T() string { return X5T(k.Certificate) }

// X5T returns the base64url of the SHA-1 of the certificate, 27 characters.
func X5T(certificate *x509.Certificate) string {
	sum := sha1.Sum(certificate.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

const secret = "(secret)"

// String hides the key.
func (KeyPair) String() string { return secret }

// GoString hides the key from %#v.
func (KeyPair) GoString() string { return secret }

// LogValue hides the key from logs.
func (KeyPair) LogValue() slog.Value { return slog.StringValue(secret) }

// MarshalText hides the key from encoders.
func (KeyPair) MarshalText() ([]byte, error) { return []byte(secret), nil }
