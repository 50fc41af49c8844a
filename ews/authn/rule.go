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
//	DOMAIN\NAME$     an account by the NetBIOS name of its domain, as NTLM gives
//	                 it, and Kerberos where the ticket holds a PAC
//	sid:S-1-5-...    a security identifier of the caller or of one of its groups
//	basic:NAME       a user of the users file
//	cert:NAME        a client certificate
//
// Names compare without regard to the case of the letters A to Z, as Windows has
// it; users of Basic and certificates compare exactly. There is no rule for
// everybody.
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
func (r Rule) Matches(id Identity) bool { return r.miss(id) == "" }

// miss says why r does not name id, or "" when it does. It repeats nothing that
// is in a ticket, and no SID.
func (r Rule) miss(id Identity) string {
	domain := id.Realm
	switch {
	case r.mechanism == "":
		return r.missSID(id)
	case r.mechanism == NTLM && id.Mechanism == Kerberos:
		domain = id.Domain
	case r.mechanism != id.Mechanism:
		return "another mechanism"
	}
	same := sameName
	if r.mechanism == Basic || r.mechanism == Certificate {
		same = func(a, b string) bool { return a == b }
	}
	switch {
	case !same(r.name, id.Name) && !slices.Contains(id.Aliases, r.name):
		return "another name"
	case domain == "" && r.realm != "":
		return "the ticket names no NetBIOS domain"
	case !same(r.realm, domain):
		return "another realm or domain"
	}
	return ""
}

func (r Rule) missSID(id Identity) string {
	switch {
	case id.SID == "":
		return "no SIDs are known of the caller"
	case sameName(r.name, id.SID), slices.ContainsFunc(id.Groups, func(sid string) bool { return sameName(r.name, sid) }):
		return ""
	}
	return "neither the caller nor one of its groups"
}

// sameName compares as Windows does, and takes no letter of another alphabet
// for one of ours: the sign for kelvin is a k to [strings.EqualFold].
func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// String is the rule as the allow list writes it, but without the number of a
// SID: that stays out of logs.
func (r Rule) String() string {
	if r.mechanism == "" {
		return "sid:..."
	}
	return Identity{Mechanism: r.mechanism, Name: r.name, Realm: r.realm}.String()
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

// maxMissed bounds how many rules [Rules.Missed] goes through.
const maxMissed = 16

// Missed says of each rule why it does not name id, for the log.
func (rs Rules) Missed(id Identity) []string {
	var missed []string
	for i, r := range rs[:min(len(rs), maxMissed)] {
		if why := r.miss(id); why != "" {
			missed = append(missed, fmt.Sprintf("clients.allow[%d] %s: %s", i, r, why))
		}
	}
	return missed
}
