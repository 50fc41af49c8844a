package kerberos

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// key is shared with the domain controllers, or with one caller.
type key struct {
	principal string // whose it is, in a keytab
	version   uint32
	etype     etype
	value     secret
}

// String is for messages. Written as HTTP/host@REALM, a service would be taken for
// a mailbox address there, and hidden.
func (k key) String() string {
	name, realm := k.principal, k.realm()
	return fmt.Sprintf("%.100s of %.100s (%s, key version %d)", strings.TrimSuffix(name, "@"+realm), realm, k.etype, k.version)
}

// realm is that of whose key it is.
func (k key) realm() string { return k.principal[strings.LastIndexByte(k.principal, '@')+1:] }

// secret cannot be printed. The value is inside of a function, since fmt looks
// behind pointers in the fields of a struct.
type secret struct{ reveal func() []byte }

func newSecret(value []byte) secret { return secret{func() []byte { return value }} }

// Format implements [fmt.Formatter] for every verb there is.
func (secret) Format(s fmt.State, _ rune) { io.WriteString(s, "(secret)") }

// etype is an encryption type (iana.org/assignments/kerberos-parameters).
type etype int32

// usable are the encryption types of Windows, and AES as RFC 8009 has it.
var usable = map[etype]string{17: "AES128", 18: "AES256", 19: "AES128-SHA256", 20: "AES256-SHA384", 23: "RC4"}

func (e etype) String() string {
	if name, ok := usable[e]; ok {
		return name
	}
	return fmt.Sprintf("encryption type %d", int32(e))
}

// readKeytab reads the keys that can be used. What the library says about a bad
// file is left out: it may hold keys.
func readKeytab(l library, data []byte) ([]key, error) {
	keys, err := l.keytab(data)
	if err != nil {
		return nil, errors.New("kerberos: the file is no keytab, or a damaged one")
	}
	keys = slices.DeleteFunc(keys, func(k key) bool { return usable[k.etype] == "" })
	if len(keys) == 0 {
		return nil, errors.New("kerberos: the keytab holds no key for AES or RC4")
	}
	if !slices.ContainsFunc(keys, key.forHTTP) {
		return nil, fmt.Errorf("kerberos: the keytab holds no key for HTTP/..., the service that callers ask tickets for; it holds %s", list(keys))
	}
	return keys, nil
}

func (k key) forHTTP() bool {
	service, _, found := strings.Cut(k.principal, "/")
	return found && strings.EqualFold(service, "HTTP")
}

// candidates are the keys that could open a ticket, the likeliest first.
func candidates(keys []key, e etype, version uint32) []key {
	var exact, others []key
	for _, k := range keys {
		switch {
		case k.etype != e:
		case k.version == version:
			exact = append(exact, k)
		default:
			others = append(others, k)
		}
	}
	return append(exact, others...)
}

// list names the keys of a keytab for an admin, who compares them with what the
// domain controller uses.
func list(keys []key) string {
	const most = 12
	var names []string
	for _, k := range keys[:min(len(keys), most)] {
		names = append(names, k.String())
	}
	if len(keys) > most {
		names = append(names, fmt.Sprintf("and %d more", len(keys)-most))
	}
	return strings.Join(names, ", ")
}
