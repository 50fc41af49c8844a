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
	underWay metric.Int64UpDownCounter
}

// make makes the instruments. One that could not be made is a no-op, so that
// there is nothing to be done about its error.
func (m *meters) make() {
	meter := otel.Meter("availproxy/ews")
	m.queries, _ = meter.Int64Counter("availproxy.queries",
		metric.WithDescription("Availability questions, by how they were answered."))
	m.duration, _ = meter.Float64Histogram("availproxy.query.duration", metric.WithUnit("s"),
		metric.WithDescription("Time from the head of a question to its answer."),
		metric.WithExplicitBucketBoundaries(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 8, 10, 20))
	m.underWay, _ = meter.Int64UpDownCounter("availproxy.queries.in_flight",
		metric.WithDescription("Availability questions that are being answered."))
}

// record takes one question that has been answered or turned away.
func (m *meters) record(ctx context.Context, outcome string, took time.Duration) {
	m.once.Do(m.make)
	how := metric.WithAttributes(attribute.String("outcome", outcome))
	m.queries.Add(ctx, 1, how)
	m.duration.Record(ctx, took.Seconds(), how)
}

// begin counts a question as under way until the function that it returns.
func (m *meters) begin(ctx context.Context) (end func()) {
	m.once.Do(m.make)
	m.underWay.Add(ctx, 1)
	return func() { m.underWay.Add(ctx, -1) }
}
