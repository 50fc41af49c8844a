package upstream

import (
	"regexp"
	"strings"
	"unicode"
)

// MaxText is how many bytes of another server's words we pass on.
const MaxText = 1000

var (
	// page is where a text turns into a web page, as in the errors of proxies
	// that quote what they got.
	page = regexp.MustCompile(`(?i)<(!doctype|html|head|body|title|script|meta)\b`)

	// secret is what may not be shown although another server said it: tokens,
	// and the SID of whoever asked.
	secret = regexp.MustCompile(`(?i:bearer\s+)[\w.~+/=-]+|eyJ[\w-]+[\w.=-]*|S-1-\d+(-\d+)+`)
)

// Sayable is what another server said, fit to be passed on: in one line, of
// bounded length, without control characters, web pages or secrets.
func Sayable(text string) string {
	text = text[:min(len(text), 8*MaxText)]
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if at := page.FindStringIndex(text); at != nil {
		text = text[:at[0]]
	}
	text = strings.Join(strings.Fields(secret.ReplaceAllString(text, "(secret)")), " ")
	return strings.ToValidUTF8(text[:min(len(text), MaxText)], "")
}
