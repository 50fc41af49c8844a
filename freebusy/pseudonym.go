package freebusy

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Pseudonyms stand in for mailbox addresses wherever those must not appear:
// addresses are personal data. A pseudonym is the beginning of the HMAC-SHA-256
// of [Mailbox.Key], in hexadecimal, so that whoever has the key can tell which
// lines are about a mailbox, and nobody else can tell which mailbox it is.
//
// The zero Pseudonyms gives all mailboxes the same one.
type Pseudonyms struct {
	macs *sync.Pool // of hash.Hash, out of fmt's reach
}

// pseudonymBytes are enough to tell the mailboxes of an organisation apart.
const pseudonymBytes = 6

const noPseudonym = "(mailbox)"

// NewPseudonyms uses that key. With the same key the same mailbox has the same
// pseudonym in every process.
func NewPseudonyms(key string) Pseudonyms {
	return Pseudonyms{&sync.Pool{New: func() any { return hmac.New(sha256.New, []byte(key)) }}}
}

// Of is the pseudonym of m.
func (p Pseudonyms) Of(m Mailbox) string {
	if p.macs == nil {
		return noPseudonym
	}
	mac := p.macs.Get().(hash.Hash)
	defer p.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte(m.Key()))
	var sum [sha256.Size]byte
	return hex.EncodeToString(mac.Sum(sum[:0])[:pseudonymBytes])
}

// tokenPrincipal is whom a token is for or from, id[/host]@realm ([MS-XOAUTH]
// 2.2). It looks like an address and is none.
const tokenPrincipal = `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:/[\pL\pN.*-]+)?@[\pL\pN.*-]+`

// anyAddress is what a text of another server may have for an SMTP address
// (RFC 5321 4.1.2), also inside a URL.
const anyAddress = `[^\s"'<>()\[\]{},;:\\/|=@?&]+(?:@|%40)[\pL\pN](?:[\pL\pN.-]*[\pL\pN])?`

var address = regexp.MustCompile("(?i)" + anyAddress)

// AddressesIn returns the mailboxes whose SMTP addresses stand in a text of
// another server.
func AddressesIn(text string) []Mailbox {
	var found []Mailbox
	for _, a := range address.FindAllString(text, -1) {
		found = append(found, SMTP(a))
	}
	return found
}

// Mask returns text with a pseudonym in place of each of the mailboxes in it,
// which need not look like addresses, and of everything else that does.
// Computer accounts, written NAME$@REALM, and principals of tokens stay.
func (p Pseudonyms) Mask(text string, mailboxes []Mailbox) string {
	pattern := lookalike
	if len(mailboxes) > 0 {
		pattern = named(mailboxes)
	} else if !strings.Contains(text, "@") && !strings.Contains(text, "%40") {
		return text
	}
	return pattern.ReplaceAllStringFunc(text, func(found string) string {
		if strings.Contains(found, "$@") || principal.MatchString(found) {
			return found
		}
		return p.Of(SMTP(strings.Replace(found, "%40", "@", 1)))
	})
}

var (
	lookalike = regexp.MustCompile("(?i)" + tokenPrincipal + "|" + anyAddress)
	principal = regexp.MustCompile("(?i)^" + tokenPrincipal + "$")
)

// named finds what lookalike finds, and each of the mailboxes.
func named(mailboxes []Mailbox) *regexp.Regexp {
	var known []string
	for _, m := range mailboxes {
		if m.Address != "" {
			known = append(known, regexp.QuoteMeta(m.Address))
		}
	}
	slices.SortFunc(known, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // of two that begin alike, the longer one
	return regexp.MustCompile(strings.Join(append([]string{lookalike.String()}, known...), "|"))
}
