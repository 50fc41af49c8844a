package telemetry

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace"
)

// discreet is an exporter that gets no address and no token to see. Whoever
// makes a span cannot always prevent them: Exchange Online puts the mailbox
// into the URLs that it redirects autodiscover to.
type discreet struct {
	trace.SpanExporter
	discretion Discretion
}

// ExportSpans implements [trace.SpanExporter].
func (e discreet) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	hidden := make([]trace.ReadOnlySpan, len(spans))
	for i, s := range spans {
		hidden[i] = discreetSpan{s, e.discretion}
	}
	return e.SpanExporter.ExportSpans(ctx, hidden)
}

// discreetSpan is a span with its words changed.
type discreetSpan struct {
	trace.ReadOnlySpan
	discretion Discretion
}

// Name implements [trace.ReadOnlySpan].
func (s discreetSpan) Name() string { return s.discretion.Hide(s.ReadOnlySpan.Name()) }

// Status implements [trace.ReadOnlySpan].
func (s discreetSpan) Status() trace.Status {
	status := s.ReadOnlySpan.Status()
	status.Description = s.discretion.Hide(status.Description)
	return status
}

// Attributes implements [trace.ReadOnlySpan].
func (s discreetSpan) Attributes() []attribute.KeyValue { return s.hide(s.ReadOnlySpan.Attributes()) }

// Events implements [trace.ReadOnlySpan].
func (s discreetSpan) Events() []trace.Event {
	events := slices.Clone(s.ReadOnlySpan.Events())
	for i := range events {
		events[i].Name, events[i].Attributes = s.discretion.Hide(events[i].Name), s.hide(events[i].Attributes)
	}
	return events
}

// Links implements [trace.ReadOnlySpan].
func (s discreetSpan) Links() []trace.Link {
	links := slices.Clone(s.ReadOnlySpan.Links())
	for i := range links {
		links[i].Attributes = s.hide(links[i].Attributes)
	}
	return links
}

// hide returns a copy, since other exporters may get the span as it is.
func (s discreetSpan) hide(attributes []attribute.KeyValue) []attribute.KeyValue {
	hidden := slices.Clone(attributes)
	for i, a := range hidden {
		switch a.Value.Type() {
		case attribute.STRING:
			hidden[i].Value = attribute.StringValue(s.discretion.Hide(a.Value.AsString()))
		case attribute.STRINGSLICE:
			words := a.Value.AsStringSlice()
			for n := range words {
				words[n] = s.discretion.Hide(words[n])
			}
			hidden[i].Value = attribute.StringSliceValue(words)
		}
	}
	return hidden
}
