package discovery

import (
	"errors"
	"strings"

	"availproxy/freebusy"
)

// Named returns what finds a mailbox among lower-case addresses, in whatever
// spelling of its domain.
func Named(address string) (match func(address string) bool, err error) {
	m := freebusy.SMTP(address)
	if _, ok := addressDomain(m.Address); !ok {
		return nil, errors.New("want an SMTP address")
	}
	name := spelling(m.Key())
	return func(address string) bool { return spelling(address) == name }, nil
}

// Within returns what finds the mailboxes of a domain among lower-case
// addresses. "*." and a domain means those of all domains below it, at any
// depth, as in TargetAddressDomains.
func Within(pattern string) (match func(address string) bool, err error) {
	bare, below := strings.CutPrefix(strings.TrimSpace(pattern), "*.")
	name, err := normalDomain(bare)
	if err != nil {
		return nil, errors.New(`want a domain, or "*." and a domain`)
	}
	return func(address string) bool {
		_, domain, _ := strings.Cut(spelling(address), "\x00")
		return !below && domain == name || below && strings.HasSuffix(domain, "."+name)
	}, nil
}

// spelling is the same for all spellings of an address: what stands before its
// domain, and that as DNS has it, with a character between them that no address
// has.
func spelling(address string) string {
	at := strings.LastIndexByte(address, '@')
	domain := strings.TrimSuffix(address[at+1:], ".")
	if normal, err := normalDomain(domain); err == nil {
		domain = normal
	}
	return address[:max(at, 0)] + "\x00" + domain
}
