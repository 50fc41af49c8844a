package ews

import (
	"context"
	"net/http"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// tracing starts the traces of a Handler. What is the same for all of them it
// makes once, since most of them are not recorded. Its zero value is ready.
type tracing struct {
	once       sync.Once
	tracer     trace.Tracer
	propagator propagation.TextMapPropagator
	headers    []string // that propagator may find a trace in
}

func (t *tracing) make() {
	t.tracer = otel.Tracer("availproxy/ews")
	t.propagator = otel.GetTextMapPropagator()
	for _, header := range t.propagator.Fields() {
		t.headers = append(t.headers, http.CanonicalHeaderKey(header))
	}
}

var atServer = []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer)}

// begin starts the trace of a question. A trace of the caller becomes a link:
// whoever may ask us must not decide what we record.
func (t *tracing) begin(r *http.Request) (context.Context, trace.Span) {
	t.once.Do(t.make)
	options := atServer
	if theirs := t.theirs(r.Header); theirs.IsValid() {
		options = append(atServer[:1:1], trace.WithLinks(trace.Link{SpanContext: theirs}))
	}
	return t.tracer.Start(r.Context(), "availability.query", options...)
}

// theirs is the trace that the caller is in, if it says so.
func (t *tracing) theirs(h http.Header) trace.SpanContext {
	for _, header := range t.headers {
		if len(h[header]) > 0 {
			return trace.SpanContextFromContext(t.propagator.Extract(context.Background(), propagation.HeaderCarrier(h)))
		}
	}
	return trace.SpanContext{}
}
