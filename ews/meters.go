package ews

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"availproxy/ews/soap"
)

// meters counts and times the questions of a Handler. Its zero value is ready.
type meters struct {
	once     sync.Once
	queries  metric.Int64Counter
	duration metric.Float64Histogram
	underWay metric.Int64UpDownCounter
	general  metric.Int64Counter

	outcomes map[string]options      // made once, since to make one costs more than to count
	reasons  map[soap.Reason]options // of the general path
}

// options are what is said along with a measurement.
type options struct {
	add    []metric.AddOption
	record []metric.RecordOption
}

func newOptions(name, value string) options {
	with := metric.WithAttributeSet(attribute.NewSet(attribute.String(name, value)))
	return options{[]metric.AddOption{with}, []metric.RecordOption{with}}
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
	m.general, _ = meter.Int64Counter("availproxy.queries.general_path",
		metric.WithDescription("Requests that were not read on the fast path, by why not."))
	m.outcomes, m.reasons = map[string]options{}, map[soap.Reason]options{}
	for _, outcome := range outcomes {
		m.outcomes[outcome] = newOptions("outcome", outcome)
	}
	for _, why := range reasons {
		m.reasons[why] = newOptions("reason", string(why))
	}
}

// record takes one question that has been answered or turned away.
func (m *meters) record(ctx context.Context, outcome string, took time.Duration) {
	m.once.Do(m.make)
	how := m.outcomes[outcome]
	m.queries.Add(ctx, 1, how.add...)
	m.duration.Record(ctx, took.Seconds(), how.record...)
}

// begin counts a question as under way until end.
func (m *meters) begin(ctx context.Context) {
	m.once.Do(m.make)
	m.underWay.Add(ctx, 1)
}

func (m *meters) end(ctx context.Context) { m.underWay.Add(ctx, -1) }

// declined counts a request that takes the general path.
func (m *meters) declined(ctx context.Context, why soap.Reason) {
	m.once.Do(m.make)
	m.general.Add(ctx, 1, m.reasons[why].add...)
}
