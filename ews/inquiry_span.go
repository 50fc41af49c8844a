package ews

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"availproxy/freebusy"
)

// origin appends who asks, and where. The names without a prefix of ours are those
// of the semantic conventions of OpenTelemetry for HTTP servers.
func (q *inquiry) origin(list []attribute.KeyValue, r *http.Request) []attribute.KeyValue {
	list = append(list, attribute.String("http.request.method", http.MethodPost))
	for _, a := range [...]struct {
		key   attribute.Key
		value string
	}{
		{"url.path", shortened(r.URL.Path)},
		{"server.address", hostOf(r.Host)},
		{"client.address", hostOf(r.RemoteAddr)},
		{"user_agent.original", shortened(r.UserAgent())},
		{"availproxy.client_request_id", shortened(r.Header.Get("client-request-id"))},
		{"availproxy.caller.build", q.caller.build},
		{"availproxy.caller.mechanism", string(q.asker.Mechanism)},
	} {
		if a.value != "" {
			list = append(list, a.key.String(a.value))
		}
	}
	return list
}

// hostOf is address without its port, if it has one.
func hostOf(address string) string {
	if strings.Contains(address, ":") {
		if host, _, err := net.SplitHostPort(address); err == nil {
			address = host
		}
	}
	return shortened(address)
}

// trace ends the span of q, and gives it all of its attributes at once. A question
// is an error where it is an operator's matter; that somebody is unknown, or not to
// be seen, is everyday life.
func (q *inquiry) trace(r *http.Request, outcome string) {
	if q.span.IsRecording() {
		q.told = q.attributes(q.origin(q.told[:0], r), outcome)
		q.span.SetAttributes(q.told...)
		if worst := q.worst(); worst != nil {
			q.span.SetAttributes(attribute.String("error.type", string(worst.Code)))
			q.span.SetStatus(codes.Error, string(worst.Code))
		}
	}
	q.span.End()
}

// attributes appends what was asked, and how it went.
func (q *inquiry) attributes(list []attribute.KeyValue, outcome string) []attribute.KeyValue {
	list = append(list,
		attribute.Int("http.response.status_code", q.status()),
		attribute.String("availproxy.outcome", outcome),
		attribute.String("availproxy.operation", string(q.operation)),
		attribute.Int("availproxy.mailboxes.count", len(q.mailboxes)),
		attribute.Int("availproxy.mailboxes.failed", len(q.errs)),
		attribute.String("availproxy.caller.generation", q.caller.generation.String()),
		attribute.String("availproxy.caller.generation_because", q.caller.because.String()),
	)
	if kind := q.caller.header.proxyType; kind != "" {
		list = append(list, attribute.String("availproxy.caller.proxy_type", kind))
	}
	if id := q.caller.header.messageID; id != "" {
		list = append(list, attribute.String("availproxy.message_id", id))
	}
	if codes := q.codes(); len(codes) > 0 {
		list = append(list, attribute.StringSlice("availproxy.codes", codes))
	}
	if causes := q.causes(); len(causes) > 0 {
		list = append(list, attribute.StringSlice(freebusy.CauseAttribute, causes))
	}
	if remedies := q.remedies(); len(remedies) > 0 {
		list = append(list, attribute.StringSlice("availproxy.remedies", remedies))
	}
	if q.request == nil {
		if q.fault != nil {
			list = q.unread(list)
		}
		return list
	}
	p := q.request.Presentation
	return append(list,
		attribute.Float64("availproxy.window.days", q.request.Query.Window.Duration().Hours()/24),
		attribute.Float64("availproxy.interval.minutes", p.Interval.Minutes()),
		attribute.String("availproxy.view", p.View.String()),
		attribute.Bool("availproxy.suggestions", p.Suggestions != nil),
	)
}

// unread appends who has sent what cannot be read, and what was said to that: no
// other place knows of such a question.
func (q *inquiry) unread(list []attribute.KeyValue) []attribute.KeyValue {
	if q.asker.Mechanism != "" {
		list = append(list, attribute.String("availproxy.caller.principal", q.asker.String()))
	}
	return append(list, attribute.String("availproxy.fault.text", q.fault.Text))
}

// status is that of the answer: a fault has 500 (SOAP 1.1, 6.2).
func (q *inquiry) status() int {
	if q.fault != nil {
		return http.StatusInternalServerError
	}
	return http.StatusOK
}

// codes are those of what went wrong, each once.
func (q *inquiry) codes() (found []string) {
	for err := range q.each {
		found = append(found, string(err.Code))
	}
	slices.Sort(found)
	return slices.Compact(found)
}
