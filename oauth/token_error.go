package oauth

import (
	"errors"
	"fmt"

	"availproxy/freebusy"
)

// TokenErrorKind says at which step there was no token.
type TokenErrorKind string

// The steps at which there may be no token.
const (
	HostRefused           TokenErrorKind = "host_refused"            // we give no token to this host
	ChallengeRefused      TokenErrorKind = "challenge_refused"       // the host wants what we do not give
	CertificateUnusable   TokenErrorKind = "certificate_unusable"    // we cannot sign
	UserUnusable          TokenErrorKind = "user_unusable"           // a user must be named and is not, or cannot be
	AuthServerRefused     TokenErrorKind = "auth_server_refused"     // Err holds an *AuthServerError where there is one
	AuthServerUnavailable TokenErrorKind = "auth_server_unavailable" // it may do better a moment later
)

// TokenError says why there was no token for a request, which was then not
// sent. Its text is for our logs: it may hold names and URLs, never a token.
type TokenError struct {
	Kind       TokenErrorKind
	AuthServer string // name of the auth server, "self", or "" before one was chosen
	Err        error

	reason freebusy.Reason // that tells more than Kind does; "" is none
}

// Error implements error.
func (e *TokenError) Error() string {
	if e.AuthServer == "" {
		return fmt.Sprintf("oauth: no token (%s): %v", e.Kind, e.Err)
	}
	return fmt.Sprintf("oauth: no token from %s (%s): %v", e.AuthServer, e.Kind, e.Err)
}

// Unwrap returns the cause.
func (e *TokenError) Unwrap() error { return e.Err }

// SafeText is what the caller of a free/busy question may be told.
func (e *TokenError) SafeText() string {
	switch e.Kind {
	case AuthServerRefused, AuthServerUnavailable:
		return "Unable to get token from Auth Server."
	case UserUnusable:
		return "The requester could not be identified."
	default:
		return "The server-to-server token could not be issued."
	}
}

var _ freebusy.Explained = (*TokenError)(nil)

// Consequence implements [freebusy.Explained].
func (e *TokenError) Consequence() freebusy.Consequence {
	if refusal, ok := errors.AsType[*AuthServerError](e.Err); ok {
		return refusal.consequence()
	}
	if errors.Is(e.Err, ErrNoBearer) {
		return freebusy.ConsequenceOf("no_bearer")
	}
	return freebusy.ConsequenceOf(e.reason, freebusy.Reason(e.Kind))
}

// Refused reports whether somebody has decided, rather than failed: the same
// request will meet the same answer until something is configured anew.
func (e *TokenError) Refused() bool { return e.Consequence().Refused }

// Cause is why, for the catalogue of causes.
func (e *TokenError) Cause() freebusy.Cause { return e.Consequence().Cause }

// Remedy is what whoever runs us can do.
func (e *TokenError) Remedy() string { return e.Consequence().Remedy }
