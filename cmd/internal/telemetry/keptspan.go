package telemetry

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// keptSpan is a span that leaves the process although the sampler did not want
// it. It says why, so that nobody takes kept traces for a fair sample.
type keptSpan struct {
	sdk.ReadOnlySpan
	why reason
}

// SpanContext implements [sdk.ReadOnlySpan]. Exporters take only what is sampled.
func (s keptSpan) SpanContext() trace.SpanContext {
	c := s.ReadOnlySpan.SpanContext()
	return c.WithTraceFlags(c.TraceFlags().WithSampled(true))
}

// Attributes implements [sdk.ReadOnlySpan].
func (s keptSpan) Attributes() []attribute.KeyValue {
	return append(slices.Clip(s.ReadOnlySpan.Attributes()), attribute.String("availproxy.trace.kept", string(s.why)))
}
