package s2s

import (
	"fmt"
	"net/http"
	"time"
)

// acsRefusal is an error of the token endpoint. Of the numbers, 70002 with 50012
// for a key that is not registered is what Exchange administrators report of
// this very endpoint. The others are in Entra's public list of AADSTS codes;
// that ACS picks the same one in the same case is our choice.
type acsRefusal struct {
	status int
	error  string // RFC 6749 5.2
	codes  []int
	text   string
}

func badRequest(failure string, code int, text string, args ...any) *acsRefusal {
	return &acsRefusal{http.StatusBadRequest, failure, []int{code}, fmt.Sprintf("AADSTS%d: ", code) + fmt.Sprintf(text, args...)}
}

func badClient(code int, text string, args ...any) *acsRefusal {
	return &acsRefusal{http.StatusUnauthorized, "invalid_client", []int{code}, fmt.Sprintf("AADSTS%d: ", code) + fmt.Sprintf(text, args...)}
}

func unknownRealm(realm string) *acsRefusal {
	return badRequest("invalid_request", 90002, "Tenant '%s' not found. Check to make sure you have the correct tenant ID.", clean(realm))
}

func unknownClient(client, tenant string) *acsRefusal {
	return badRequest("unauthorized_client", 700016, "Application with identifier '%s' was not found in the directory '%s'.", clean(client), tenant)
}

func unknownResource(resource, tenant string) *acsRefusal {
	return badRequest("invalid_resource", 500011, "The resource principal named %s was not found in the tenant named %s.", clean(resource), tenant)
}

// wrongKey is for an assertion that no registered certificate has signed.
func (a *ACS) wrongKey(err error, x5t string) *acsRefusal {
	reason := "The key was not found."
	if err == errSignature {
		reason = "The key was found, but use of the key to verify the signature failed."
	}
	if a.NewerCodes {
		return badClient(700027, "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - %s]", reason)
	}
	thumbprint, _ := decodeX5T(x5t)
	return &acsRefusal{http.StatusUnauthorized, "invalid_client", []int{70002, 50012}, fmt.Sprintf(
		"AADSTS70002: Error validating credentials. AADSTS50012: Client assertion contains an invalid signature. [Reason - %s, Thumbprint of key used by client: '%X']",
		reason, thumbprint)}
}

// refusal writes the error in the form of Entra's v1 endpoints.
func (a *ACS) refusal(r *acsRefusal, now time.Time) reply {
	const layout = "2006-01-02 15:04:05Z"
	trace, correlation := guid("trace", now.String()), guid("correlation", now.String())
	stamp := now.UTC().Format(layout)
	return jsonReply(r.status, struct {
		Error         string `json:"error"`
		Description   string `json:"error_description"`
		Codes         []int  `json:"error_codes"`
		Timestamp     string `json:"timestamp"`
		TraceID       string `json:"trace_id"`
		CorrelationID string `json:"correlation_id"`
	}{
		r.error,
		fmt.Sprintf("%s\r\nTrace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s", r.text, trace, correlation, stamp),
		r.codes, stamp, trace, correlation,
	})
}
