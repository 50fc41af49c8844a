package discovery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// attemptTimeout is for one request, from dialling to the end of the answer. A
// service may take 30 s; whoever asks us does not wait that long.
const attemptTimeout = 10 * time.Second

// reply is what came back for one request: an answer, or, with a status of 3xx,
// where to ask instead.
type reply struct {
	status   int
	answer   *settingsAnswer
	location string
}

// post asks for the settings of users at u, once. It follows nothing.
func (f *forest) post(ctx context.Context, u *url.URL, anchor string, users []string) (reply, *Error) {
	ctx, span := otel.Tracer(scope).Start(ctx, "discovery.attempt",
		trace.WithAttributes(attribute.String("availproxy.forest", f.Name), attribute.String("server.address", u.Hostname()),
			attribute.Int("availproxy.mailboxes.count", len(users))))
	defer span.End()
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()

	r, err := f.exchange(ctx, u, anchor, users)
	if r.status != 0 {
		span.SetAttributes(attribute.Int("http.response.status_code", r.status))
	}
	result := "ok"
	switch {
	case err != nil:
		result = string(err.Kind)
		span.SetStatus(codes.Error, result)
		span.SetAttributes(attribute.String("error.type", result), attribute.String(freebusy.CauseAttribute, string(err.Cause())))
	case r.answer == nil:
		result = "redirect"
	default:
		span.SetAttributes(attribute.String("availproxy.discovery.code", r.answer.code))
	}
	f.metrics.attempt(ctx, f.Name, result)
	return r, err
}

func (f *forest) exchange(ctx context.Context, u *url.URL, anchor string, users []string) (reply, *Error) {
	body := settingsRequest(u.String(), users, f.settings())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return reply{}, f.fail(BadAnswer, "System.UriFormatException: Invalid URI", withoutURL(err))
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("Accept", "text/xml")
	req.Header.Set("User-Agent", f.UserAgent)
	req.Header.Set("X-AnchorMailbox", anchor) // Exchange 2013 and later route by it
	req.Header.Set("client-request-id", freebusy.RequestID(ctx))
	req.Header.Set("return-client-request-id", "true")

	resp, err := f.client.Do(req)
	if err != nil {
		return reply{}, f.noAnswer(ctx, u, err)
	}
	defer resp.Body.Close()
	r := reply{status: resp.StatusCode}
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		r.location = resp.Header.Get("Location")
		return r, nil
	case http.StatusOK, http.StatusInternalServerError: // a SOAP fault comes with 500
		r.answer, err = readSettings(resp.Body)
		if err != nil {
			return r, f.unreadable(ctx, u, resp, err)
		}
		return r, nil
	}
	return r, f.refused(u, resp)
}

// fail makes an Error of f. exception are the words for the caller; reasons tell
// more than kind does.
func (f *forest) fail(kind Kind, exception string, err error, reasons ...freebusy.Reason) *Error {
	return &Error{Kind: kind, Connector: f.Name, exception: exception, Err: err, reasons: reasons}
}

// noAnswer is for a request that was not answered at all.
func (f *forest) noAnswer(ctx context.Context, u *url.URL, err error) *Error {
	err = fmt.Errorf("%s: %w", u.Host, withoutURL(err))
	told, explained := errors.AsType[freebusy.Explained](err)
	switch {
	case explained && told.Consequence().Refused:
		return f.fail(AuthFailed, told.SafeText(), err)
	case errors.Is(err, ErrAddressNotAllowed):
		f.metrics.refused(ctx, "dial")
		return f.fail(Refused, webException+"Unable to connect to the remote server", err, upstream.NetworkReason(err))
	case timedOut(err):
		return f.fail(Unreachable, webException+"The operation has timed out", err)
	case explained:
		failed := f.fail(Unreachable, told.SafeText(), err)
		if wait := told.Consequence().BackOff; wait > 0 {
			failed.Kind, failed.retryAfter = Busy, wait
		}
		return failed
	}
	return f.fail(Unreachable, webException+"Unable to connect to the remote server", err, upstream.NetworkReason(err))
}

func timedOut(err error) bool {
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && t.Timeout()
}

const notXML = "System.InvalidOperationException: Response is not well-formed XML"

// unreadable is for an answer that broke off or is none.
func (f *forest) unreadable(ctx context.Context, u *url.URL, resp *http.Response, err error) *Error {
	err = fmt.Errorf("%s: status %d: %w", u.Host, resp.StatusCode, err)
	fault, isFault := errors.AsType[faultError](err)
	switch {
	case isFault && fault.Code == "InvalidSecurity":
		return f.fail(AuthFailed, "System.Web.Services.Protocols.SoapHeaderException: An error occurred when verifying security for the message", err)
	case isFault:
		return f.fail(BadAnswer, "System.Web.Services.Protocols.SoapException: The remote server returned a fault", err)
	case ctx.Err() != nil:
		return f.fail(Unreachable, webException+"The operation has timed out", err)
	case resp.StatusCode != http.StatusOK:
		return f.fail(BadAnswer, statusException(resp.StatusCode), err)
	}
	if upstream.Page(resp.Header) {
		return f.fail(BadAnswer, notXML, err, "page")
	}
	return f.fail(BadAnswer, notXML, err)
}

// errAnchor marks a 404 that is about the anchor mailbox, and not about the URL.
var errAnchor = errors.New("the anchor mailbox is not known")

// refused is for every status that is neither an answer nor a redirect.
func (f *forest) refused(u *url.URL, resp *http.Response) *Error {
	exception := statusException(resp.StatusCode)
	err := fmt.Errorf("%s: status %d %s%s", u.Host, resp.StatusCode, http.StatusText(resp.StatusCode), diagnostics(resp))
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		if offers(resp.Header, "basic") && !offers(resp.Header, "bearer") {
			return f.fail(AuthDowngradeRefused, exception, fmt.Errorf("%w: it offers Basic and not Bearer", err))
		}
		return f.fail(AuthFailed, exception, err, upstream.RefusalReasons(resp)...)
	case http.StatusForbidden, 457: // 457: a password that has expired
		return f.fail(AuthFailed, exception, err, upstream.RefusalReasons(resp)...)
	case http.StatusNotFound:
		if anchorUnknown(resp) {
			err = fmt.Errorf("%w: %w", err, errAnchor)
		}
		return f.fail(BadAnswer, exception, err)
	case http.StatusServiceUnavailable, http.StatusTooManyRequests, 456: // 456: a logon error that will pass
		busy := f.fail(Busy, exception, err)
		busy.retryAfter = retryAfter(resp.Header.Get("Retry-After"))
		return busy
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return f.fail(Unreachable, exception, err)
	case http.StatusMethodNotAllowed: // what IIS says of an svc file without a handler (KB 2773628)
		return f.fail(BadAnswer, exception, err, freebusy.Status("EWS", resp.StatusCode))
	}
	return f.fail(BadAnswer, exception, err)
}

// diagnostics is why Exchange refuses a token, in the header x-ms-diagnostics,
// for the log.
func diagnostics(resp *http.Response) string {
	why := resp.Header.Get("x-ms-diagnostics")
	if why == "" {
		return ""
	}
	return fmt.Sprintf(" diagnostics: %.300q", why)
}

func statusException(status int) string {
	reason := http.StatusText(status)
	if status == http.StatusServiceUnavailable {
		reason = "Server Unavailable" // as .NET has it
	}
	return strings.TrimSpace(fmt.Sprintf("%sThe remote server returned an error: (%d) %s", webException, status, reason))
}

var authScheme = regexp.MustCompile(`(?i)(?:^|,)\s*([a-z][a-z0-9-]*)\b`)

// offers reports whether a challenge names that scheme. Exchange folds several
// schemes into one line.
func offers(h http.Header, scheme string) bool {
	for _, line := range h.Values("WWW-Authenticate") {
		for _, m := range authScheme.FindAllStringSubmatch(line, -1) {
			if strings.EqualFold(m[1], scheme) {
				return true
			}
		}
	}
	return false
}

// anchorUnknown recognises the 404 of a front end that could not route by the
// anchor mailbox (KB 3010570).
func anchorUnknown(resp *http.Response) bool {
	const mark = "MailboxGuidWithDomainNotFound"
	for _, values := range resp.Header {
		if strings.Contains(strings.Join(values, " "), mark) {
			return true
		}
	}
	start, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10)) // what came before an error will do
	return strings.Contains(resp.Status+string(start), mark)
}

// retryAfter reads seconds or a date (RFC 9110 10.2.3); zero when there is none.
func retryAfter(value string) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return min(time.Duration(min(seconds, 3600))*time.Second, longestRetry)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, min(time.Until(at), longestRetry))
	}
	return 0
}
