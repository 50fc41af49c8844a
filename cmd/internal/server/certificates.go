package server

import (
	"fmt"

	"availproxy/cmd/internal/config"
	"availproxy/oauth"
)

// certificates reads the auth certificates of auth_config.
func certificates(c config.AuthConfig) (all oauth.Certificates, err error) {
	if all.Current, err = certificate("auth_config.certificate", c.Certificate); err != nil {
		return all, err
	}
	if all.Next, err = certificate("auth_config.next_certificate", c.NextCertificate.Certificate); err != nil {
		return all, err
	}
	all.NextEffective = c.NextCertificate.Effective.Time
	all.Previous, err = certificate("auth_config.previous_certificate", c.PreviousCertificate)
	return all, err
}

// certificate reads one, or returns nil where none is configured.
func certificate(key string, c config.Certificate) (*oauth.Certificate, error) {
	if !c.IsSet() {
		return nil, nil
	}
	read := readPEM
	if c.PFX() {
		read = readPFX
	}
	certificate, err := read(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", key, c.File, err)
	}
	return certificate, nil
}

func readPFX(c config.Certificate) (*oauth.Certificate, error) {
	data, err := oauth.ReadKeyFile(string(c.File))
	if err != nil {
		return nil, err
	}
	return oauth.ParsePFX(data, c.Password.Reveal())
}

func readPEM(c config.Certificate) (*oauth.Certificate, error) {
	key, err := oauth.ReadKeyFile(string(c.Key))
	if err != nil {
		return nil, err
	}
	data, err := readPublic(c.File)
	if err != nil {
		return nil, err
	}
	return oauth.ParsePEM(data, key)
}
