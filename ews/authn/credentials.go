package authn

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// Credentials returns what r holds in its Authorization header for a scheme
// such as "Negotiate"; schemes compare without regard to case (RFC 9110 11.1).
// ok is false when the header is of another scheme or not there.
func Credentials(r *http.Request, scheme string) (credentials string, ok bool) {
	given, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(given, scheme) {
		return "", false
	}
	return strings.Trim(rest, " "), true
}

var errManyAuthorizations = errors.New("authn: more than one Authorization header")

// oneAuthorization refuses a request in which somebody in front of us could
// have looked at another Authorization header than we do.
func oneAuthorization(r *http.Request) error {
	if len(r.Header["Authorization"]) > 1 {
		return &Refusal{Reason: Malformed, Err: errManyAuthorizations}
	}
	return nil
}

// schemes are those that callers of an Exchange server use, with or without us.
// Nothing else of an Authorization header is told: it may be a secret.
var schemes = []string{"Basic", "Bearer", "Digest", "Kerberos", "Negotiate", "Nego2", "NTLM", "WSSecurity"}

// leftover refuses credentials that no mechanism has taken, and nothing else.
func leftover(r *http.Request) error {
	given, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if given == "" {
		return nil
	}
	at := slices.IndexFunc(schemes, func(s string) bool { return strings.EqualFold(s, given) })
	if at < 0 {
		return Refuse("", UnknownScheme, "authn: credentials of no scheme that is known")
	}
	return Refuse("", UnknownScheme, "authn: credentials of the scheme %s, which is not configured here", schemes[at])
}
