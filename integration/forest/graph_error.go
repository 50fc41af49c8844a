package forest

import (
	"encoding/json"
	"net/http"
	"time"

	"availproxy/integration/forest/s2s"
)

// graphError is how Graph refuses a whole request (graph/errors). Codes and texts
// are those of public reports where there are any.
type graphError struct {
	status     int
	code, text string
	retryAfter time.Duration
}

func badGraphRequest(code, text string) *graphError {
	return &graphError{http.StatusBadRequest, code, text, 0}
}

// faultOfExchange is the refusal of EWS for the same question, as Graph passes it
// on.
func faultOfExchange(f *fault) *graphError { return badGraphRequest(f.code, f.text) }

// tokenRefused says in the words of Graph why a token does not pass.
func tokenRefused(refusal *s2s.Refusal) *graphError {
	if refusal.Status == http.StatusForbidden {
		return &graphError{http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.", 0}
	}
	text := map[int]string{
		0:                    "Access token is empty.",
		s2s.InvalidSignature: "Access token validation failure. Invalid signature.",
		s2s.InvalidResource:  "Access token validation failure. Invalid audience.",
		s2s.InvalidTenant:    "Access token validation failure. Invalid issuer.",
		s2s.InvalidToken:     "Lifetime validation failed, or the token could not be parsed.",
	}[refusal.Code]
	return &graphError{http.StatusUnauthorized, "InvalidAuthenticationToken", text, 0}
}

func (e *graphError) write(w http.ResponseWriter, seen Request) {
	type inner struct {
		Date     string `json:"date"`
		ID       string `json:"request-id"`
		ClientID string `json:"client-request-id"`
	}
	client := seen.ClientRequestID
	if client == "" {
		client = seen.RequestID
	}
	document, err := json.Marshal(map[string]any{"error": struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Inner   inner  `json:"innerError"`
	}{e.code, e.text, inner{seen.Time.UTC().Format(wallClock), seen.RequestID, client}}})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if e.retryAfter > 0 {
		setRetryAfter(w, e.retryAfter)
	}
	sendAs(w, "application/json", e.status, document)
}

// graphDialect is how Graph says that it failed on purpose.
type graphDialect struct{ seen Request }

// failed implements dialect.
func (d graphDialect) failed(w http.ResponseWriter, status int) {
	code, known := map[int]string{
		http.StatusUnauthorized:        "InvalidAuthenticationToken",
		http.StatusForbidden:           "ErrorAccessDenied",
		http.StatusTooManyRequests:     "ApplicationThrottled",
		http.StatusInternalServerError: "ErrorInternalServerError",
		http.StatusServiceUnavailable:  "serviceNotAvailable",
		http.StatusGatewayTimeout:      "UnknownError",
	}[status]
	if !known {
		code = "UnknownError"
	}
	(&graphError{status, code, http.StatusText(status), 0}).write(w, d.seen)
}

// busy implements dialect.
func (d graphDialect) busy(w http.ResponseWriter, backOff time.Duration) {
	(&graphError{http.StatusTooManyRequests, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.", backOff}).write(w, d.seen)
}
