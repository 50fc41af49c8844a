package oauth

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// AuthServerError is the refusal of an auth server, in the form of Entra.
type AuthServerError struct {
	Status        int    // of HTTP
	Code          string // "invalid_client"; "" when the answer was not of that form
	AADSTS        []int  // numbers of the reasons, 700027
	Description   string // one line, shortened, without what looks like a token
	TraceID       string // of the request there, for support cases
	CorrelationID string // ours, as it came back, for the same

	retryAfter time.Duration // how long it wants to be left alone; 0 when it does not say
}

// Codes of a certificate that the auth server does not know.
const (
	aadstsKeyNotFound      = 50012
	aadstsAssertionInvalid = 700027
)

// Error implements error.
func (e *AuthServerError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("the auth server answered %d %s", e.Status, http.StatusText(e.Status))
	}
	return fmt.Sprintf("the auth server answered error code %q, description %q (trace id %q, correlation id %q)", e.Code, e.Description, e.TraceID, e.CorrelationID)
}

// UnknownKey reports whether the server does not know the certificate that
// signed the assertion.
func (e *AuthServerError) UnknownKey() bool {
	return e.Code == "invalid_client" ||
		slices.Contains(e.AADSTS, aadstsKeyNotFound) || slices.Contains(e.AADSTS, aadstsAssertionInvalid)
}

// reasons are why it refused, the most telling first: its numbers, its status
// where that tells anything, its word.
func (e *AuthServerError) reasons() []freebusy.Reason {
	var reasons []freebusy.Reason
	for _, n := range e.AADSTS {
		reasons = append(reasons, freebusy.AADSTS(n))
	}
	rest := AuthServerRefused
	if e.Status >= 500 {
		rest = AuthServerUnavailable
	}
	return append(reasons, freebusy.Status("auth server", e.Status), freebusy.Reason(e.Code), freebusy.Reason(rest))
}

// consequence is what becomes of the question that a token was for.
func (e *AuthServerError) consequence() freebusy.Consequence {
	c := freebusy.ConsequenceOf(e.reasons()...)
	if e.retryAfter > 0 && !c.Refused {
		c.Code, c.BackOff = freebusy.ErrorServerBusy, e.retryAfter
	}
	return c
}

// kind tells a decision from a failure.
func (e *AuthServerError) kind() TokenErrorKind {
	if e.consequence().Refused {
		return AuthServerRefused
	}
	return AuthServerUnavailable
}

var aadsts = regexp.MustCompile(`AADSTS([0-9]{4,9})`)

// readAuthServerError reads a refusal. What is not JSON leaves only the status.
func readAuthServerError(a answer) *AuthServerError {
	e := &AuthServerError{Status: a.status, retryAfter: upstream.RetryAfter(a.header, time.Now())}
	var told struct {
		Error         string `json:"error"`
		Description   string `json:"error_description"`
		Codes         []int  `json:"error_codes"`
		TraceID       string `json:"trace_id"`
		CorrelationID string `json:"correlation_id"`
	}
	if json.Unmarshal(a.body, &told) != nil {
		return e
	}
	e.Code, e.Description = printable(told.Error), printable(told.Description)
	e.TraceID, e.CorrelationID = printable(told.TraceID), printable(told.CorrelationID)
	e.AADSTS = told.Codes
	for _, found := range aadsts.FindAllStringSubmatch(told.Description, -1) {
		if n, err := strconv.Atoi(found[1]); err == nil && !slices.Contains(e.AADSTS, n) {
			e.AADSTS = append(e.AADSTS, n)
		}
	}
	return e
}
