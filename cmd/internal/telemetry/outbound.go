package telemetry

import (
	"cmp"
	"net/http"
	"regexp"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Outbound makes a span of every request that goes through base. In it are the
// ids by which Microsoft finds a request in its own logs: what we called it, and
// what the server did.
func Outbound(base http.RoundTripper) http.RoundTripper {
	return otelhttp.NewTransport(identified{base})
}

// identified notes ids in the span around it.
type identified struct{ http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (i identified) RoundTrip(r *http.Request) (*http.Response, error) {
	span := trace.SpanFromContext(r.Context())
	note(span, "availproxy.client_request_id", r.Header.Get("client-request-id"))
	resp, err := i.RoundTripper.RoundTrip(r)
	if err == nil {
		if resp.StatusCode == http.StatusUnauthorized && showsNothing(r) {
			span.SetStatus(codes.Ok, "") // which nothing takes back
		}
		// Exchange and Graph say the former, Entra ID the latter.
		note(span, "availproxy.server_request_id", cmp.Or(resp.Header.Get("request-id"), resp.Header.Get("x-ms-request-id")))
		diagnose(span, resp.Header.Get("x-ms-diagnostics"))
	}
	return resp, err
}

// showsNothing reports whether r has no token, or an empty one: such a request is
// sent to be told what to show, so that to be refused is no failure.
func showsNothing(r *http.Request) bool {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer")
	return strings.TrimSpace(token) == ""
}

// idLike is what an id can look like. Whatever else another server sends stays
// out of traces.
var idLike = regexp.MustCompile(`^[0-9A-Za-z._-]{1,80}$`)

// diagnostics are the code and the category with which Exchange explains why it
// refuses a token. Between them it tells of names.
var diagnostics = regexp.MustCompile(`^\s*([0-9]{1,9})(?:;.*error_category="([A-Za-z0-9_]{1,60})")?`)

func diagnose(span trace.Span, header string) {
	if found := diagnostics.FindStringSubmatch(header); found != nil {
		span.SetAttributes(attribute.String("availproxy.diagnostics", strings.TrimSpace(found[1]+" "+found[2])))
	}
}

func note(span trace.Span, key, id string) {
	if idLike.MatchString(id) {
		span.SetAttributes(attribute.String(key, id))
	}
}
