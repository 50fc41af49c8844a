package config

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Principal names one party that may ask us, by the mechanism that vouches for
// it:
//
//	EX2010$@CONTOSO.COM   Kerberos, NAME@REALM; computer accounts end in $
//	CONTOSO\EX2007$       NTLM or Kerberos, DOMAIN\NAME
//	sid:S-1-5-21-...      a group or user, in the Kerberos ticket or as Windows knows it
//	basic:loadtest        a user of users_file
//	cert:host.contoso.com a name in a verified client certificate
//
// There are no patterns: whoever may ask is named.
type Principal string

// The mechanisms that vouch for principals.
const (
	byKerberos    = "kerberos"
	byWindows     = "kerberos or ntlm"
	byBasic       = "basic"
	byCertificate = "certificates"
)

var securityIdentifier = regexp.MustCompile(`^S-1-\d+(-\d+)+$`)

// mechanism is what can vouch for p; "" for a principal of no known form.
func (p Principal) mechanism() string {
	kind, name, _ := strings.Cut(string(p), ":")
	switch kind {
	case "sid":
		return when(securityIdentifier.MatchString(name), byKerberos)
	case "basic":
		return when(name != "" && !strings.Contains(name, ":"), byBasic)
	case "cert":
		return when(name != "", byCertificate)
	}
	if domain, account, found := strings.Cut(string(p), `\`); found {
		return when(domain != "" && account != "" && !strings.ContainsAny(account, `\@`), byWindows)
	}
	account, realm, _ := strings.Cut(string(p), "@")
	return when(account != "" && isName(realm), byKerberos)
}

// Realm is that of a Kerberos principal, else "".
func (p Principal) Realm() string {
	if p.mechanism() != byKerberos || strings.HasPrefix(string(p), "sid:") {
		return ""
	}
	_, realm, _ := strings.Cut(string(p), "@")
	return realm
}

func when(condition bool, s string) string {
	if condition {
		return s
	}
	return ""
}

// UnmarshalYAML implements [yaml.Unmarshaler].
func (p *Principal) UnmarshalYAML(n *yaml.Node) error {
	read := Principal(n.Value)
	if strings.Contains(n.Value, "*") {
		return &mistake{fmt.Sprintf("%q is refused: patterns would let in whoever can log on", n.Value), "name each principal, or a group with sid:"}
	}
	if read.mechanism() == "" {
		return &mistake{fmt.Sprintf("%q does not name a principal", n.Value),
			`write 'EX2010$@CONTOSO.COM', 'CONTOSO\EX2007$', "sid:S-1-5-...", "basic:USER" or "cert:NAME"`}
	}
	*p = read
	return nil
}
