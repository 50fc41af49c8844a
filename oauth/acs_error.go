package oauth

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

// ACSError is the refusal of an auth server, in the form of Entra.
type ACSError struct {
	Status        int    // of HTTP
	Code          string // "invalid_client"; "" when the answer was not of that form
	AADSTS        []int  // numbers of the reasons, 700027
	Description   string // one line, shortened, without what looks like a token
	CorrelationID string // for support cases
}

// Codes of a certificate that the auth server does not know.
const (
	aadstsKeyNotFound      = 50012
	aadstsAssertionInvalid = 700027
)

// Error implements error.
func (e *ACSError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("the auth server answered %d %s", e.Status, http.StatusText(e.Status))
	}
	return fmt.Sprintf("the auth server answered error code %q, description %q (correlation id %q)", e.Code, e.Description, e.CorrelationID)
}

// UnknownKey reports whether the server does not know the certificate that
// signed the assertion.
func (e *ACSError) UnknownKey() bool {
	return e.Code == "invalid_client" ||
		slices.Contains(e.AADSTS, aadstsKeyNotFound) || slices.Contains(e.AADSTS, aadstsAssertionInvalid)
}

// kind tells a decision from a failure.
func (e *ACSError) kind() TokenErrorKind {
	if e.Status >= 500 || e.Status == http.StatusTooManyRequests || e.Status == http.StatusRequestTimeout {
		return AuthServerUnavailable
	}
	return AuthServerRefused
}

var aadsts = regexp.MustCompile(`AADSTS([0-9]{4,9})`)

// parseACSError reads a refusal. What is not JSON leaves only the status.
func parseACSError(status int, body []byte) *ACSError {
	var answer struct {
		Error         string `json:"error"`
		Description   string `json:"error_description"`
		Codes         []int  `json:"error_codes"`
		CorrelationID string `json:"correlation_id"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return &ACSError{Status: status}
	}
	e := &ACSError{
		Status:        status,
		Code:          printable(answer.Error),
		AADSTS:        answer.Codes,
		Description:   printable(answer.Description),
		CorrelationID: printable(answer.CorrelationID),
	}
	for _, found := range aadsts.FindAllStringSubmatch(answer.Description, -1) {
		if n, err := strconv.Atoi(found[1]); err == nil && !slices.Contains(e.AADSTS, n) {
			e.AADSTS = append(e.AADSTS, n)
		}
	}
	return e
}
