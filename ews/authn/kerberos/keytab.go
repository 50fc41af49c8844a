package kerberos

import (
	"errors"
	"io"
	"strings"
)

// Entry is one key of a keytab, without the key.
type Entry struct {
	Service string // HTTP
	Host    string // as it stands in the principal
	Realm   string
	Type    string // of encryption: AES256, AES128, RC4, ...
	Version uint32
}

// List reads what a keytab holds, for people who look for a mistake in it. It
// accepts what [New] would not.
func List(keytab io.Reader) ([]Entry, error) {
	data, err := io.ReadAll(keytab)
	if err != nil {
		return nil, err
	}
	keys, err := guarded{gokrb5{}}.keytab(data)
	if err != nil {
		return nil, errors.New("kerberos: the file is no keytab, or a damaged one")
	}
	entries := make([]Entry, len(keys))
	for i, k := range keys {
		name, realm, _ := strings.Cut(k.principal, "@")
		service, host, _ := strings.Cut(name, "/")
		entries[i] = Entry{Service: service, Host: host, Realm: realm, Type: k.etype.String(), Version: k.version}
	}
	return entries, nil
}
