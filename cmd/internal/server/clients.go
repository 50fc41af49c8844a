package server

import (
	"fmt"
	"os"

	"availproxy/cmd/internal/config"
	"availproxy/ews/authn"
)

// authenticators are tried in this order: what a caller proves comes before
// where it comes from.
func authenticators(c config.Clients, o Options) ([]authn.Authenticator, error) {
	var list []authn.Authenticator
	users, err := basicUsers(c.Basic.UsersFile, o.hostName())
	if err != nil {
		return nil, err
	}
	if users != nil {
		list = append(list, users)
	}
	return append(list, authn.AnonymousNetworks(c.AnonymousNetworks.Prefixes())), nil
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
