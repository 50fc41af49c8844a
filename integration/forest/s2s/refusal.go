package s2s

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// Refusal says why a request does not pass. It is no error on purpose: it is an
// answer.
type Refusal struct {
	Status   int    // 401, or 403 for a principal that is known and blocked
	Code     int    // the number in x-ms-diagnostics; 0 where there was nothing to judge
	Reason   string // its text
	Category string // its error_category
	Bearer   bool   // the request came with the bearer scheme
}

// Codes of x-ms-diagnostics of which public samples exist.
const (
	InvalidSignature = 2000000
	InvalidToken     = 2000001
	InvalidResource  = 2000003
	InvalidTenant    = 2000004
	InvalidUser      = 2000005
	InvalidGrant     = 2000008
)

// Write sends the refusal: 401 with the challenge, and x-ms-diagnostics when a
// token was judged; or 403.
func (r *Refusal) Write(w http.ResponseWriter, c Challenge) {
	maps.Copy(w.Header(), r.header(c))
	w.WriteHeader(r.Status)
}

func (r *Refusal) header(c Challenge) http.Header {
	header := http.Header{}
	if r.Status == http.StatusUnauthorized {
		failure := ""
		if r.Code != 0 {
			failure = invalidToken
		}
		for _, line := range c.lines(r.Bearer, failure) {
			header.Add("WWW-Authenticate", line)
		}
	}
	if r.Code != 0 {
		header.Set("x-ms-diagnostics", r.String())
	}
	return header
}

// String is the value of x-ms-diagnostics.
func (r *Refusal) String() string {
	return fmt.Sprintf(`%d;reason="%s";error_category="%s"`, r.Code, clean(r.Reason), r.Category)
}

// clean makes the words of a stranger fit for a header and a log line.
func clean(text string) string {
	const most = 200
	if len(text) > most {
		text = text[:most]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, text)
}

func refuse(code int, category, reason string, args ...any) *Refusal {
	return &Refusal{
		Status: http.StatusUnauthorized, Code: code, Category: category,
		Reason: fmt.Sprintf(reason, args...), Bearer: true,
	}
}
