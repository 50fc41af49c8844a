package authn

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Rule is one entry of an allow list: it names a principal in the words of the
// mechanism that proves it.
type Rule struct {
	mechanism Mechanism // "" for a SID, which several mechanisms give
	name      string
	realm     string
}

// ParseRule reads
//
//	NAME$@REALM      a Kerberos principal
//	DOMAIN\NAME$     an NTLM account
//	sid:S-1-5-...    a security identifier of the caller or of one of its groups
//	basic:NAME       a user of the users file
//	cert:NAME        a client certificate
//
// Names compare without regard to case, as Windows has it; users of Basic and
// certificates compare exactly. There is no rule for everybody.
func ParseRule(text string) (Rule, error) {
	if kind, value, found := strings.Cut(text, ":"); found && value != "" {
		switch kind {
		case "sid":
			return Rule{name: value}, nil
		case "basic":
			return Rule{mechanism: Basic, name: value}, nil
		case "cert":
			return Rule{mechanism: Certificate, name: value}, nil
		}
	}
	if domain, name, found := strings.Cut(text, `\`); found && domain != "" && name != "" {
		return Rule{NTLM, name, domain}, nil
	}
	if name, realm, found := strings.Cut(text, "@"); found && name != "" && realm != "" {
		return Rule{Kerberos, name, realm}, nil
	}
	if text == "*" {
		return Rule{}, errors.New(`"*" would let everybody in; name the accounts of your Exchange servers`)
	}
	return Rule{}, fmt.Errorf(`%q is no principal; want NAME$@REALM, DOMAIN\NAME$, sid:S-1-..., basic:NAME or cert:NAME`, text)
}

// Matches reports whether r names id.
func (r Rule) Matches(id Identity) bool {
	switch r.mechanism {
	case "":
		same := func(sid string) bool { return strings.EqualFold(sid, r.name) }
		return id.SID != "" && same(id.SID) || slices.ContainsFunc(id.Groups, same)
	case Basic, Certificate:
		return id.Mechanism == r.mechanism && id.Name == r.name
	default:
		return id.Mechanism == r.mechanism && strings.EqualFold(id.Name, r.name) && strings.EqualFold(id.Realm, r.realm)
	}
}

// Rules are an allow list. An empty one allows nobody.
type Rules []Rule

// ParseRules reads each entry with [ParseRule] and returns all their errors.
func ParseRules(entries []string) (Rules, error) {
	rules, errs := make(Rules, 0, len(entries)), []error(nil)
	for _, entry := range entries {
		rule, err := ParseRule(entry)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		rules = append(rules, rule)
	}
	return rules, errors.Join(errs...)
}

// Name reports whether a rule names id.
func (rs Rules) Name(id Identity) bool {
	return slices.ContainsFunc(rs, func(r Rule) bool { return r.Matches(id) })
}

// Allow reports whether id may ask at all. Whoever comes from an anonymous
// network has been allowed by listing that network.
func (rs Rules) Allow(id Identity) bool { return id.Mechanism == Network || rs.Name(id) }
