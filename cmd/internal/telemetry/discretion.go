package telemetry

import (
	"regexp"
	"strings"
)

// Discretion replaces, in texts that leave the process, what must not be in
// them: mailbox addresses, which are personal data. What looks like a token or a
// SID is left out besides. Nil replaces nothing else.
//
// It is the last resort. Whoever writes a line or makes a span keeps them out;
// but what other servers say, and the URLs that they send us to, may hold both.
type Discretion func(text string) string

// tokenLike matches what may be a token or an assertion: it begins as the
// base64 of `{"` does.
var tokenLike = regexp.MustCompile(`eyJ[\w-]{10,}[\w.=+/-]*`)

// sidLike matches the security identifiers ([MS-DTYP] 2.4.2.1) that are of one
// domain or account, and none of those that are the same everywhere.
var sidLike = regexp.MustCompile(`(?i)S-1-\d+(?:-\d+){3,}`)

// long matches words among which are tokens and tickets in base64 whose beginning says
// nothing.
var long = regexp.MustCompile(`[A-Za-z0-9+_=-]{28,}`)

const shortestOpaque = 28

// withoutOpaque hides a word in which capitals, small letters and digits are mixed
// well. Names of files and functions are not like that, nor are GUIDs and thumbprints.
func withoutOpaque(word string) string {
	var capitals, small, turns int
	wasDigit := false
	for i, c := range []byte(word) {
		digit := '0' <= c && c <= '9'
		switch {
		case 'A' <= c && c <= 'Z':
			capitals++
		case 'a' <= c && c <= 'z':
			small++
		}
		if i > 0 && digit != wasDigit {
			turns++
		}
		wasDigit = digit
	}
	if capitals < 3 || small < 3 || turns < 4 {
		return word
	}
	return "(secret)"
}

// Hide returns text without what must not leave the process.
func (d Discretion) Hide(text string) string {
	if strings.Contains(text, "eyJ") { // which is quicker found out
		text = tokenLike.ReplaceAllString(text, "(secret)")
	}
	if strings.Contains(text, "-1-") {
		text = sidLike.ReplaceAllString(text, "(SID)")
	}
	if len(text) >= shortestOpaque {
		text = long.ReplaceAllStringFunc(text, withoutOpaque)
	}
	if d == nil {
		return text
	}
	return d(text)
}
