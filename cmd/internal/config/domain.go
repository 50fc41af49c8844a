package config

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
	"golang.org/x/net/idna"
)

// Domain is an SMTP domain in lower case, or "*.suffix" for all domains below
// suffix at any depth, suffix itself not among them.
type Domain string

// Suffix returns what stands behind "*.", and whether the domain is a pattern.
func (d Domain) Suffix() (suffix string, pattern bool) {
	return strings.CutPrefix(string(d), "*.")
}

// Matches reports whether the lower-case domain belongs to d.
func (d Domain) Matches(domain string) bool {
	if suffix, pattern := d.Suffix(); pattern {
		return strings.HasSuffix(domain, "."+suffix)
	}
	return domain == string(d)
}

// UnmarshalYAML implements [yaml.Unmarshaler].
func (d *Domain) UnmarshalYAML(n *yaml.Node) error {
	if isName(strings.TrimPrefix(n.Value, "*.")) {
		*d = Domain(strings.ToLower(n.Value))
		return nil
	}
	m := &mistake{fmt.Sprintf("%q is not a domain", n.Value), `write for example "contoso.com" or "*.contoso.com"`}
	if _, domain, found := strings.Cut(n.Value, "@"); found && isName(domain) {
		m.hint = fmt.Sprintf("write only what stands behind the @: %q", domain)
	} else if ascii, err := idna.Lookup.ToASCII(n.Value); err == nil && ascii != n.Value {
		m.hint = fmt.Sprintf("write its ASCII form: %q", ascii)
	}
	return m
}
