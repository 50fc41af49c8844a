package oauth

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"
)

// ExchangeCertificateName is the common name that Exchange gives its own auth
// certificate.
const ExchangeCertificateName = "Microsoft Exchange Server Auth Certificate"

// GenerateCertificate makes a self-signed auth certificate like Exchange's: RSA
// 2048, no alternative names, digitalSignature and keyEncipherment, serverAuth,
// valid from an hour ago. An empty commonName is Exchange's, years 0 are 5. It
// takes some tenths of a second.
func GenerateCertificate(commonName string, years int) (*Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, minRSABits)
	if err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	now := time.Now().UTC()
	template := &x509.Certificate{
		SerialNumber:          serial.Add(serial, big.NewInt(1)), // RFC 5280 4.1.2.2: never zero
		Subject:               pkix.Name{CommonName: cmp.Or(commonName, ExchangeCertificateName)},
		NotBefore:             now.Add(-time.Hour), // other clocks may be late
		NotAfter:              now.AddDate(cmp.Or(years, 5), 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	return NewCertificate(cert, key)
}
