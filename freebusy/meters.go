package freebusy

import (
	"cmp"
	"context"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

const instrumentation = "availproxy/freebusy"

// meters are the instruments of a Router, made with its first question.
type meters struct {
	once      sync.Once
	inFlight  metric.Int64UpDownCounter
	mailboxes metric.Int64Counter
}

func (m *meters) make() {
	meter := otel.Meter(instrumentation) // constant names are valid names, so nothing fails below
	m.inFlight, _ = meter.Int64UpDownCounter("availproxy.forest.in_flight",
		metric.WithDescription("Questions that a forest has not answered yet."))
	m.mailboxes, _ = meter.Int64Counter("availproxy.mailboxes",
		metric.WithDescription("Mailboxes that were asked for, by where the answer came from and what it was."))
}

// sighting is the trace and the count of what one forest is asked and answers.
// No address gets into it.
type sighting struct {
	meters    *meters
	forest    attribute.KeyValue
	span      trace.Span
	mailboxes int
	calendars int
	backend   string         // that gave the first of the calendars
	codes     map[Code]int64 // of the mailboxes
	err       *Error         // the first
}

// start opens the span of a question to f.
func (m *meters) start(ctx context.Context, f *forest) (context.Context, *sighting) {
	m.once.Do(m.make)
	s := &sighting{meters: m, forest: attribute.String("forest", f.connector), codes: map[Code]int64{}}
	m.inFlight.Add(ctx, 1, metric.WithAttributes(s.forest))
	ctx, s.span = otel.Tracer(instrumentation).Start(ctx, "forest.query", trace.WithAttributes(
		attribute.String("availproxy.forest", f.connector),
		attribute.Int("availproxy.mailboxes.count", len(f.stops))))
	return ctx, s
}

func (s *sighting) answer(a Answer) {
	s.mailboxes++
	code := NoError
	if a.Err != nil {
		code = a.Err.Code
	}
	switch {
	case a.Calendar != nil:
		s.calendars++
		s.backend = cmp.Or(s.backend, a.Calendar.Origin.Backend)
	case s.err == nil:
		s.err = a.Err
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
	if s.calendars == 0 && s.err != nil {
		s.span.SetAttributes(attribute.String("error.type", string(s.err.Code)))
	}
	if outcome == "failed" {
		s.span.SetStatus(codes.Error, string(s.err.Code))
	}
	s.span.End()
	for code, n := range s.codes {
		s.meters.mailboxes.Add(ctx, n, metric.WithAttributes(s.forest,
			attribute.String("source", "forest"), attribute.String("code", string(code))))
	}
	s.meters.inFlight.Add(ctx, -1, metric.WithAttributes(s.forest))
}

// outcome is "ok" when every mailbox got its calendar, "partial" when some did,
// else "refused" or "failed".
func (s *sighting) outcome() string {
	switch {
	case s.calendars == s.mailboxes:
		return "ok"
	case s.calendars > 0:
		return "partial"
	case s.err.Code.Refusal():
		return "refused"
	default:
		return "failed"
	}
}
