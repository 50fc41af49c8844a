package s2s

import (
	"fmt"
	"strings"
)

// The well-known principals of server-to-server OAuth.
const (
	ExchangePrincipal = "00000002-0000-0ff1-ce00-000000000000" // Exchange Online and Exchange Server
	ACSPrincipal      = "00000001-0000-0000-c000-000000000000" // Access Control Service, worldwide
	ACSPrincipalChina = "00000001-0002-0000-c000-000000000000" // as a challenge of partner.outlook.cn names it
)

// Principal is a party of server-to-server OAuth, written id@realm, or, as an
// audience, id/host@realm ([MS-XOAUTH] 2.2).
type Principal struct{ ID, Host, Realm string }

// ParsePrincipal reads id@realm or id/host@realm. Every part that is announced
// by its separator must be there, and none may hold a separator itself.
func ParsePrincipal(text string) (Principal, error) {
	party, realm, found := strings.Cut(text, "@")
	id, host, hasHost := strings.Cut(party, "/")
	bad := !found || id == "" || realm == "" || hasHost && host == "" || strings.ContainsAny(host+realm, "/@")
	if bad || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return Principal{}, fmt.Errorf("s2s: %q is not a principal of the form id[/host]@realm", clean(text))
	}
	return Principal{ID: id, Host: host, Realm: realm}, nil
}

// String writes the form that ParsePrincipal reads.
func (p Principal) String() string {
	if p.Host == "" {
		return p.ID + "@" + p.Realm
	}
	return p.ID + "/" + p.Host + "@" + p.Realm
}

// covers reports whether the registered or configured host name stands for
// host. "*.contoso.com" stands for exactly one more label, as in TLS, and no host
// is called by a star.
func covers(name, host string) bool {
	if strings.Contains(host, "*") {
		return false
	}
	suffix, wildcard := strings.CutPrefix(name, "*")
	if !wildcard {
		return strings.EqualFold(name, host)
	}
	label, rest, _ := strings.Cut(host, ".")
	return strings.HasPrefix(suffix, ".") && label != "" && strings.EqualFold(suffix, "."+rest)
}
