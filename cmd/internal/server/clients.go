package server

import (
	"fmt"
	"os"

	"availproxy/cmd/internal/config"
	"availproxy/ews/authn"
)

// authenticators are tried in the order of package authn: what a caller proves
// comes before where it comes from.
func authenticators(c config.Clients, m mechanisms, o Options) ([]authn.Authenticator, error) {
	var list []authn.Authenticator
	certificates, err := clientCertificates(c.Certificates)
	if err != nil {
		return nil, err
	}
	if certificates != nil {
		list = append(list, certificates)
	}
	known := &authn.KnownConnections{} // of this configuration
	list = append(list, m.schemes(known)...)
	users, err := basicUsers(c.Basic.UsersFile, o.hostName())
	if err != nil {
		return nil, err
	}
	if users != nil {
		list = append(list, users)
	}
	return append(list, known, authn.AnonymousNetworks(c.AnonymousNetworks.Prefixes())), nil
}

// basicUsers reads a users file; no path is no users.
func basicUsers(path config.Path, realm string) (*authn.BasicUsers, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(string(path))
	if err != nil {
		return nil, fmt.Errorf("users_file: %w", err)
	}
	defer file.Close()
	users, err := authn.NewBasicUsers(file, realm)
	if err != nil {
		return nil, fmt.Errorf("users_file %s: %w", path, err)
	}
	return users, nil
}

// clientCertificates are those of a configured authority; nil without one.
func clientCertificates(c config.ClientCertificates) (*authn.Certificates, error) {
	if c.CA == "" {
		return nil, nil
	}
	pem, err := readPublic(c.CA)
	if err != nil {
		return nil, fmt.Errorf("clients.certificates.ca: %w", err)
	}
	certificates, err := authn.NewCertificates(pem, c.Allow)
	if err != nil {
		return nil, fmt.Errorf("clients.certificates.ca: %s: %w", c.CA, err)
	}
	return certificates, nil
}
