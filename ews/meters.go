package ews

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// meters counts and times the questions of a Handler. Its zero value is ready.
type meters struct {
	once     sync.Once
	queries  metric.Int64Counter
	duration metric.Float64Histogram
}

// record takes one question. An instrument that could not be made is a no-op,
// so that there is nothing to be done about its error.
func (m *meters) record(ctx context.Context, outcome string, took time.Duration) {
	m.once.Do(func() {
		meter := otel.Meter("availproxy/ews")
		m.queries, _ = meter.Int64Counter("availproxy.queries",
			metric.WithDescription("Availability questions, by how they were answered."))
		m.duration, _ = meter.Float64Histogram("availproxy.query.duration", metric.WithUnit("s"),
			metric.WithDescription("Time from the head of a question to its answer."),
			metric.WithExplicitBucketBoundaries(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 8, 10, 20))
	})
	how := metric.WithAttributes(attribute.String("outcome", outcome))
	m.queries.Add(ctx, 1, how)
	m.duration.Record(ctx, took.Seconds(), how)
}
