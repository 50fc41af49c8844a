package telemetry

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// TraceID is ID in the form of OpenTelemetry.
func (t Trace) TraceID() trace.TraceID { return t.last().SpanContext().TraceID() }

// Size is about how many bytes t holds.
func (t Trace) Size() (bytes int) {
	const ofSpan, ofAttribute = 700, 64
	for _, span := range t.spans {
		bytes += ofSpan
		for _, a := range span.Attributes() {
			bytes += ofAttribute
			if a.Value.Type() == attribute.STRING {
				bytes += len(a.Value.AsString())
			}
		}
	}
	return bytes
}
