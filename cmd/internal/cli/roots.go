package cli

import (
	"crypto/x509"
	"os"
)

// rootsIn reads the certificates that a flag names; no path means those of the
// system.
func rootsIn(flag, path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, usage("%s: %w", flag, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, usage("%s: there is no PEM certificate in %s", flag, path)
	}
	return pool, nil
}
