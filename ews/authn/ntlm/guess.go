package ntlm

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// guessed is one spelling for all with which a caller can mean the account of
// that name to a domain controller, so that nobody gets more guesses by spelling
// it in another way: the domain beside it, or behind it as in name@domain, may be
// left out or be given as NetBIOS or DNS name, directories leave out of account
// the spaces around a name and in it, and compare without regard to case, width
// and accents ([MS-ADTS] 6.5). Accounts of that name in several domains count as
// one, which only whoever guesses will notice.
func guessed(user string) string {
	name, _, _ := strings.Cut(user, "@")
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(name)))
}
