package discovery

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// domains finds the owner of a domain: the one that named it exactly, else the
// one that named the longest suffix of it.
type domains[T any] struct {
	exact  map[string]T
	suffix map[string]T // keyed without "*."
}

var errDomainTwice = errors.New("the domain is named twice")

// add gives pattern, a domain or "*." and a domain, to owner.
func (d *domains[T]) add(pattern string, owner T) error {
	bare, wildcard := strings.CutPrefix(strings.TrimSpace(pattern), "*.")
	name, err := normalDomain(bare)
	if err != nil {
		return fmt.Errorf("domain %q: %w", pattern, err)
	}
	if err := ownable(name); err != nil {
		return fmt.Errorf("domain %q: %w", pattern, err)
	}
	table := &d.exact
	if wildcard {
		table = &d.suffix
	}
	if _, twice := (*table)[name]; twice {
		return fmt.Errorf("domain %q: %w", pattern, errDomainTwice)
	}
	if *table == nil {
		*table = map[string]T{}
	}
	(*table)[name] = owner
	return nil
}

// find returns the owner of a normal domain. A suffix reaches any depth below
// its apex, and never the apex.
func (d *domains[T]) find(domain string) (owner T, ok bool) {
	if owner, ok = d.exact[domain]; ok {
		return owner, true
	}
	for {
		_, parent, found := strings.Cut(domain, ".")
		if !found {
			return owner, false
		}
		if owner, ok = d.suffix[parent]; ok {
			return owner, true
		}
		domain = parent
	}
}

// named returns the owner of the domain of a plain address which spells that
// domain just as its owner named it. Nearly all do, and for those nothing is
// parsed.
func (d *domains[T]) named(address string) (owner T, ok bool) {
	local, domain, _ := strings.Cut(address, "@")
	if owner, ok = d.exact[domain]; ok && len(local) <= 64 && plainWords(local, "_+'") {
		return owner, true
	}
	return owner, false
}

// ownable refuses domains under which everybody may register, so that a slip in
// the configuration does not send the addresses of half the world to one forest.
func ownable(domain string) error {
	if !strings.Contains(domain, ".") {
		return errors.New("a domain of one label belongs to nobody")
	}
	if suffix, icann := publicsuffix.PublicSuffix(domain); icann && suffix == domain {
		return errors.New("anybody can register names below this domain")
	}
	return nil
}

// normalDomain is the form in which equal domains are equal: lower case, and
// international names as DNS has them (RFC 5891).
func normalDomain(domain string) (string, error) {
	name, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", fmt.Errorf("not a domain name: %w", err)
	}
	if name == "" || len(name) > 253 {
		return "", errors.New("not a domain name")
	}
	return name, nil
}

// longestAddress is what RFC 5321 4.5.3.1 allows: 64 octets, "@" and 255 octets.
const longestAddress = 64 + 1 + 255

// addressDomain returns the normal domain of a plain addr-spec (RFC 5322
// 3.4.1). Anything around it, a quoted local part or a literal domain is not ok.
func addressDomain(address string) (domain string, ok bool) {
	if domain, ok := plainDomain(address); ok {
		return domain, true
	}
	return parsedDomain(address)
}

func parsedDomain(address string) (domain string, ok bool) {
	if len(address) > longestAddress {
		return "", false
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address {
		return "", false
	}
	domain, err = normalDomain(address[strings.LastIndexByte(address, '@')+1:])
	return domain, err == nil
}

// plainDomain is addressDomain for what nearly all addresses are: words of
// letters and digits with single dots and hyphens between them, on both sides of
// the "@". To parse them as whatever else they might be takes longer than all
// else about a mailbox whose answer is at hand.
func plainDomain(address string) (domain string, ok bool) {
	at := strings.IndexByte(address, '@')
	if at < 0 || at > 64 || len(address)-at > 63 || !plainWords(address[:at], "_+'") || !plainWords(address[at+1:], "") {
		return "", false
	}
	return strings.ToLower(address[at+1:]), true
}

// plainWords reports whether text is such words, which may also hold further.
// Two hyphens in a row are not plain: they may announce an international name.
func plainWords(text, further string) bool {
	word := false // whether a word goes on
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(further, c) >= 0:
			word = true
		case word && (c == '.' || c == '-'):
			word = false
		default:
			return false
		}
	}
	return word
}
