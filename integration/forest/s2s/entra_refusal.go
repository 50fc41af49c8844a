package s2s

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// EntraError is a refusal of the token endpoint. The numbers are those of Entra's
// public list (reference-error-codes) or of public reports. Where the list has
// none for a case, such as an assertion that is shown twice, the nearest one is
// our choice.
type EntraError struct {
	Status     int
	Error      string // RFC 6749 5.2, or one of Entra's own words
	Code       int    // the AADSTS number
	Text       string
	Suberror   string        // "" is left out
	RetryAfter time.Duration // whole seconds; 0 is left out
	Times      int           // as Entra.Refuse, how many requests it hits; 0 is all of them
}

// EntraThrottled is what a tenant is told that asks too often.
func EntraThrottled(wait time.Duration) EntraError {
	return EntraError{
		Status: http.StatusTooManyRequests, Error: "temporarily_unavailable", Code: 90055,
		Text: "There are too many incoming requests.", RetryAfter: wait,
	}
}

// EntraUnavailable is what everybody is told while Entra is out of order.
func EntraUnavailable(wait time.Duration) EntraError {
	return EntraError{
		Status: http.StatusServiceUnavailable, Error: "temporarily_unavailable", Code: 90033,
		Text: "A transient error has occurred. Please try again.", RetryAfter: wait,
	}
}

// EntraBlocked is what an application is told that Conditional Access keeps out.
func EntraBlocked() EntraError {
	return EntraError{
		Status: http.StatusBadRequest, Error: "access_denied", Code: 53003, Suberror: "message_only",
		Text: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
	}
}

func entraRequest(failure string, code int, text string, args ...any) *EntraError {
	return &EntraError{Status: http.StatusBadRequest, Error: failure, Code: code, Text: fmt.Sprintf(text, args...)}
}

func entraClient(code int, text string, args ...any) *EntraError {
	return &EntraError{Status: http.StatusUnauthorized, Error: "invalid_client", Code: code, Text: fmt.Sprintf(text, args...)}
}

func entraMalformed(err error) *EntraError {
	return entraClient(50027, "JWT token is invalid or malformed: %s.", clean(err.Error()))
}

// refusal writes the error in the form of Entra's v2 endpoints.
func (e *Entra) refusal(refused *EntraError, seen EntraRequest) reply {
	const layout = "2006-01-02 15:04:05Z"
	stamp := seen.Time.UTC().Format(layout)
	trace := guid("trace", seen.Time.String())
	correlation := seen.ClientRequestID
	if correlation == "" {
		correlation = guid("correlation", seen.Time.String())
	}
	p := jsonReply(refused.Status, struct {
		Error         string `json:"error"`
		Description   string `json:"error_description"`
		Codes         []int  `json:"error_codes"`
		Timestamp     string `json:"timestamp"`
		TraceID       string `json:"trace_id"`
		CorrelationID string `json:"correlation_id"`
		URI           string `json:"error_uri"`
		Suberror      string `json:"suberror,omitempty"`
	}{
		refused.Error,
		fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", refused.Code, refused.Text, trace, correlation, stamp),
		[]int{refused.Code}, stamp, trace, correlation,
		fmt.Sprintf("https://%s/error?code=%d", e.Host, refused.Code), refused.Suberror,
	})
	if refused.RetryAfter > 0 {
		p.header.Set("Retry-After", strconv.Itoa(int(refused.RetryAfter/time.Second)))
	}
	return p
}

// refused is the EntraError that whoever asks now is to have, if any.
func (e *Entra) refused() *EntraError {
	if e.Refuse.Code == 0 {
		return nil
	}
	hit := e.Refuse
	if e.Refuse.Times > 0 {
		if e.Refuse.Times--; e.Refuse.Times == 0 {
			e.Refuse = EntraError{}
		}
	}
	return &hit
}
