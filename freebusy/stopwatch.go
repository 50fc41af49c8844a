package freebusy

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Role is what a back end is asked for.
type Role string

// The roles of a back end.
const (
	Serving   Role = "serving"   // its answers go to the caller
	Comparing Role = "comparing" // it is a shadow, whose answers nobody gets
)

// Stopwatch counts and times what one back end of a forest is asked, also what
// nobody waits for. By its numbers an operator sees that nobody asks EWS any more.
type Stopwatch struct {
	duration metric.Float64Histogram
	with     map[string][]metric.RecordOption // by outcome
}

// NewStopwatch returns the Stopwatch for back end, "ews" or "graph", of a forest.
func NewStopwatch(forest, backend string, role Role) *Stopwatch {
	s := &Stopwatch{with: map[string][]metric.RecordOption{}}
	s.duration, _ = otel.Meter(instrumentation).Float64Histogram("availproxy.backend.duration", metric.WithUnit("s"), times,
		metric.WithDescription("Time until a back end has answered a request, by what came of it."))
	for _, outcome := range outcomes {
		s.with[outcome] = []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(
			attribute.String("forest", forest), attribute.String("backend", backend),
			attribute.String("role", string(role)), attribute.String("outcome", outcome)))}
	}
	return s
}

// Pass times one question of any kind, as [Limit.Pass] lets it through.
func (s *Stopwatch) Pass(ctx context.Context, ask func(note func(*Error)) error) error {
	var h harvest
	began := time.Now()
	err := ask(h.note)
	if err != nil {
		h = harvest{mailboxes: 1, err: AsError(err)}
	}
	s.duration.Record(ctx, time.Since(began).Seconds(), s.with[h.outcome()]...)
	return err
}

// Around is a Source that asks source with s running.
func (s *Stopwatch) Around(source Source) Source { return timed{s, source} }

// timed is a Source with a Stopwatch.
type timed struct {
	*Stopwatch
	source Source
}

var _ Deliverer = timed{}

// Availability implements [Source].
func (t timed) Availability(ctx context.Context, q Query) ([]Answer, error) {
	return Collect(ctx, t, q)
}

// Deliver implements [Deliverer].
func (t timed) Deliver(ctx context.Context, q Query, yield func(i int, a Answer)) error {
	return t.Pass(ctx, func(note func(*Error)) error {
		return Deliver(ctx, t.source, q, func(i int, a Answer) {
			note(a.Err)
			yield(i, a)
		})
	})
}
