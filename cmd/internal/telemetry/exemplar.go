package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/sdk/metric/exemplar"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// exemplary is an [exemplar.Filter]: a measurement may lead to its trace when that
// is sampled, or when the tail will keep it by what is known already. Of a trace
// that fails later nothing leads to it from here; of those beyond what pace allows,
// a point may lead to nothing.
func exemplary(ctx context.Context) bool {
	span := trace.SpanFromContext(ctx)
	if span.SpanContext().IsSampled() {
		return true
	}
	measured, ok := span.(sdk.ReadOnlySpan)
	return ok && (failed(measured) || time.Since(measured.StartTime()) >= SlowTrace)
}

var _ exemplar.Filter = exemplary
