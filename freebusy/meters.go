package freebusy

import (
	"cmp"
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

const instrumentation = "availproxy/freebusy"

// MailboxesMetric counts the answers about mailboxes by their source: a forest,
// or a memory in front of it, which adds its own.
const (
	MailboxesMetric      = "availproxy.mailboxes"
	MailboxesDescription = "Answers about mailboxes, by where they came from and what they were."
)

// times are the buckets of what another server takes, up to where we give up.
var times = metric.WithExplicitBucketBoundaries(.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 8, 10, 20)

// meters are the instruments of a Router, made with its first question.
type meters struct {
	once      sync.Once
	inFlight  metric.Int64UpDownCounter
	mailboxes metric.Int64Counter
	duration  metric.Float64Histogram
}

func (m *meters) make() {
	meter := otel.Meter(instrumentation) // constant names are valid names, so nothing fails below
	m.inFlight, _ = meter.Int64UpDownCounter("availproxy.forest.in_flight", metric.WithUnit("{question}"),
		metric.WithDescription("Questions that a forest has not answered yet."))
	m.mailboxes, _ = meter.Int64Counter(MailboxesMetric, metric.WithUnit("{mailbox}"), metric.WithDescription(MailboxesDescription))
	m.duration, _ = meter.Float64Histogram("availproxy.forest.duration", metric.WithUnit("s"), times,
		metric.WithDescription("Time until a forest has answered a question, by what came of it."))
}

// sighting is the trace and the count of what one forest is asked and answers.
// No address gets into it.
type sighting struct {
	meters  *meters
	forest  attribute.KeyValue
	span    trace.Span
	began   time.Time
	backend string         // that gave the first of the calendars
	codes   map[Code]int64 // of the mailboxes
	harvest
}

// start opens the span of a question to f.
func (m *meters) start(ctx context.Context, f *forest) (context.Context, *sighting) {
	m.once.Do(m.make)
	s := &sighting{meters: m, forest: attribute.String("forest", f.connector), began: time.Now(), codes: map[Code]int64{}}
	m.inFlight.Add(ctx, 1, metric.WithAttributes(s.forest))
	ctx, s.span = otel.Tracer(instrumentation).Start(ctx, "forest.query", trace.WithAttributes(
		attribute.String("availproxy.forest", f.connector),
		attribute.Int("availproxy.mailboxes.count", len(f.stops))))
	return ctx, s
}

func (s *sighting) answer(a Answer) {
	s.note(a.Err)
	code := NoError
	if a.Err != nil {
		code = a.Err.Code
	}
	if a.Calendar != nil {
		s.backend = cmp.Or(s.backend, a.Calendar.Origin.Backend)
	}
	s.codes[code]++
}

// end closes the span. A forest that refuses has done its work; only one that
// fails marks the span as an error.
func (s *sighting) end(ctx context.Context) {
	outcome := s.outcome()
	s.span.SetAttributes(attribute.String("availproxy.outcome", outcome))
	if s.backend != "" {
		s.span.SetAttributes(attribute.String("availproxy.backend", s.backend))
	}
	if s.answered == 0 && s.err != nil {
		s.span.SetAttributes(attribute.String("error.type", string(s.err.Code)), attribute.String(CauseAttribute, string(s.err.Cause())))
	}
	if outcome == "failed" {
		s.span.SetStatus(codes.Error, string(s.err.Code))
	}
	for code, n := range s.codes {
		s.meters.mailboxes.Add(ctx, n, metric.WithAttributes(s.forest,
			attribute.String("source", "forest"), attribute.String("code", code.Label())))
	}
	s.meters.duration.Record(ctx, time.Since(s.began).Seconds(), metric.WithAttributes(s.forest, attribute.String("outcome", outcome)))
	s.meters.inFlight.Add(ctx, -1, metric.WithAttributes(s.forest))
	s.span.End()
}
