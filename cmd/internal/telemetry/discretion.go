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

// Hide returns text without what must not leave the process.
func (d Discretion) Hide(text string) string {
	if strings.Contains(text, "eyJ") { // which is quicker found out
		text = tokenLike.ReplaceAllString(text, "(secret)")
	}
	if strings.Contains(text, "-1-") {
		text = sidLike.ReplaceAllString(text, "(SID)")
	}
	if d == nil {
		return text
	}
	return d(text)
}
