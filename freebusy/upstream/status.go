package upstream

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"availproxy/freebusy"
)

// MaxBackOff bounds how long another server may make us keep quiet.
const MaxBackOff = 5 * time.Minute

// StatusFailure says what an HTTP status of who, "EWS" or "Graph", means, in the words of Exchange as its
// support article prints them (resolve-free-busy-errors). Nothing of the page
// behind it, or of its reason phrase, is shown. why are reasons that tell more than
// the status does.
func StatusFailure(who string, response *http.Response, why ...freebusy.Reason) *freebusy.Error {
	status := response.StatusCode
	what := strings.TrimSuffix(fmt.Sprintf("The request failed with HTTP status %d: %s", status, http.StatusText(status)), ": ")
	cause := fmt.Errorf("HTTP status %d", status)
	reasons := append(slices.Clip(why), freebusy.Status(who, status))
	switch {
	case status >= 300 && status < 400:
		what = fmt.Sprintf("The request failed with HTTP status %d: Object moved", status)
		cause = fmt.Errorf("HTTP status %d to %s: %w", status, location(response), freebusy.ErrMoved)
	case status == http.StatusNotFound, status == http.StatusGone, status == http.StatusMisdirectedRequest:
		cause = fmt.Errorf("HTTP status %d: %w", status, freebusy.ErrMoved)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		d := readDiagnostics(response.Header)
		reasons = slices.Concat(why, refusalReasons(response, d), reasons)
		what += d.String()
		cause = fmt.Errorf("HTTP status %d%s", status, d)
		if Page(response.Header) {
			cause = fmt.Errorf("%w, and a web page", cause)
		}
	}
	failure := freebusy.ConsequenceOf(reasons...).Failure(what, cause)
	if status == http.StatusTooManyRequests || status >= http.StatusInternalServerError {
		return Pause(failure, RetryAfter(response.Header, time.Now()))
	}
	return failure
}

// location is where a redirect points, without a query, in which there may be
// the whole question.
func location(response *http.Response) string {
	to, err := url.Parse(response.Header.Get("Location"))
	if err != nil {
		return "an address that is none"
	}
	return Sayable((&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}).String())
}

// diagnostics is what Exchange says of a token that it refuses, in the header
// x-ms-diagnostics. The codes are an open set; by those that are known
// an operator is advised.
type diagnostics struct{ code, reason, category string }

var diagnosticsField = regexp.MustCompile(`(reason|error_category)\s*=\s*"([^"]*)"`)

func readDiagnostics(h http.Header) (d diagnostics) {
	header := h.Get("x-ms-diagnostics")
	code, fields, _ := strings.Cut(header, ";")
	if _, err := strconv.Atoi(code); err == nil {
		d.code = code
	}
	for _, field := range diagnosticsField.FindAllStringSubmatch(fields, -1) {
		switch field[1] {
		case "reason":
			d.reason = Sayable(field[2])
		case "error_category":
			d.category = Sayable(field[2])
		}
	}
	return d
}

// String puts d as Exchange appends it to the status (resolve-free-busy-errors,
// "Exception proxy web request failed"). It is empty when there is nothing.
func (d diagnostics) String() string {
	if d == (diagnostics{}) {
		return ""
	}
	return fmt.Sprintf(` diagnostics: %s;reason="%s";error_category="%s"`, d.code, d.reason, d.category)
}

// Pause turns a failure into the wish to be left alone for so long, if that is
// any time at all. The caller reads the same as without.
func Pause(failure *freebusy.Error, wait time.Duration) *freebusy.Error {
	if wait > 0 {
		failure.Code, failure.BackOff = freebusy.ErrorServerBusy, wait
	}
	return failure
}

// RetryAfter is how long the other side wants to be left alone (RFC 9110
// 10.2.3), in seconds or until a date, or 0 when it does not say.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	header := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, MaxBackOff)
	}
	if date, err := http.ParseTime(header); err == nil {
		return min(max(date.Sub(now), 0), MaxBackOff)
	}
	return 0
}
