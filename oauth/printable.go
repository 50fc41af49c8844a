package oauth

import (
	"regexp"
	"strings"
)

// jwtLike matches what may be a token or an assertion: it begins as the base64
// of `{"` does.
var jwtLike = regexp.MustCompile(`eyJ[A-Za-z0-9_\-+/=.]*`)

// printable makes the words of a stranger fit for an error or a log line: one
// line, not long, and without a token, should an auth server echo ours.
func printable(text string) string {
	const most = 300
	text = jwtLike.ReplaceAllString(text, secret)
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
