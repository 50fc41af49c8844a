package oauth

import (
	"fmt"
	"net/http"
)

// Refusal says why a token does not pass. What the other side is told is in the
// terms of Exchange; Err is for our log.
type Refusal struct {
	Diagnostics
	Err error
}

// Error implements error.
func (r *Refusal) Error() string {
	return fmt.Sprintf("oauth: token refused (%d %s): %v", r.Code, r.Category, r.Err)
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// Explain sets the header that tells the other side.
func (r *Refusal) Explain(h http.Header) { h.Set(diagnosticsHeader, r.Diagnostics.String()) }

// The reasons are those of Exchange, where a public sample exists. There is
// none for a bad lifetime.

func unreadable(err error) error {
	return &Refusal{Diagnostics{InvalidToken, "OAuth token submitted with the request can not be parsed.", "invalid_token"}, err}
}

func badLifetime(err error) error {
	return &Refusal{Diagnostics{InvalidToken, "The lifetime of the token is invalid.", "invalid_lifetime"}, err}
}

func badSignature(err error) error {
	return &Refusal{Diagnostics{InvalidSignature, "The token has an invalid signature.", "invalid_signature"}, err}
}

func wrongAudience(err error) error {
	return &Refusal{Diagnostics{InvalidResource, "The audience claim value is invalid 'aud'.", "invalid_resource"}, err}
}

func wrongTenant(realm string) error {
	err := fmt.Errorf("the audience is of realm %q", printable(realm))
	return &Refusal{Diagnostics{InvalidTenant, "The tenant of the audience claim does not exist.", "invalid_tenant"}, err}
}

func unknownUser(err error) error {
	return &Refusal{Diagnostics{InvalidUser, "The user specified by the user-context in the token does not exist.", "invalid_user"}, err}
}

func noGrant(err error) error {
	reason := "The token should have valid permissions or linked account associated with partner application."
	return &Refusal{Diagnostics{InvalidGrant, reason, "invalid_grant"}, err}
}
