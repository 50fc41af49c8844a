package freebusy

import (
	"cmp"
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"
)

// What bounds the work of a Shadow, so that rehearsing neither takes from the
// other side what it gives in earnest, nor compares calendars of different times.
const (
	shadowWaiting   = 4                // questions that wait; further ones are skipped
	shadowMailboxes = 20               // of one question, which Graph takes at once
	shadowPatience  = 30 * time.Second // what has waited longer is skipped: calendars change
)

// Shadow rehearses a change of back end. Beside a Source that serves, it asks
// another one the same questions, later and on its own, and tells in what the
// answers differ. The answers of the other one are never served, and neither its
// failures nor its slowness reach those who are.
//
// It asks one question at a time and only so many a minute. What does not fit is
// skipped, and counted. A calendar that changes between the two questions is told
// as a difference.
type Shadow struct {
	options ShadowOptions
	pace    *rate.Limiter
	waiting chan rehearsal
	tally   tally
}

// ShadowOptions are the choices for a Shadow.
type ShadowOptions struct {
	Connector string        // whose answers are compared, for the metrics
	Backend   string        // that of the other side: what it has served itself is not compared
	PerMinute int           // questions to the other side at most; 0 means 12
	Timeout   time.Duration // for one of them; 0 means 20 s
}

// NewShadow makes a Shadow that works while [Shadow.Run] does.
func NewShadow(o ShadowOptions) *Shadow {
	o.PerMinute, o.Timeout = cmp.Or(max(o.PerMinute, 0), 12), cmp.Or(max(o.Timeout, 0), 20*time.Second)
	every := rate.Every(time.Minute / time.Duration(o.PerMinute))
	return &Shadow{options: o, pace: rate.NewLimiter(every, 1), waiting: make(chan rehearsal, shadowWaiting)}
}

// rehearsal is a question that was answered and is to be asked again.
type rehearsal struct {
	query    Query
	served   []Answer
	answered time.Time
	other    Source
	link     trace.Link // to the trace in which it was served
}

// Beside is a Source that serves what served answers, and has s compare it with
// what other answers.
func (s *Shadow) Beside(served, other Source) Source { return shadowed{s, served, other} }

// shadowed is a Shadow beside one Source.
type shadowed struct {
	*Shadow
	served, other Source
}

var _ Deliverer = shadowed{}

// Availability implements [Source].
func (s shadowed) Availability(ctx context.Context, q Query) ([]Answer, error) {
	return Collect(ctx, s, q)
}

// Deliver implements [Deliverer].
func (s shadowed) Deliver(ctx context.Context, q Query, yield func(i int, a Answer)) error {
	answers := make([]Answer, len(q.Mailboxes))
	err := Deliver(ctx, s.served, q, func(i int, a Answer) {
		answers[i] = a
		yield(i, a)
	})
	if err != nil {
		for i := range answers {
			answers[i] = Answer{Err: AsError(err)}
		}
	}
	s.offer(ctx, s.other, q, answers)
	return err
}

// offer takes what was answered for a rehearsal, if there is time for one now. It
// never waits.
func (s *Shadow) offer(ctx context.Context, other Source, q Query, served []Answer) {
	if ctx.Err() != nil {
		s.skip(ctx, len(served)) // who asked is gone, and the answers may be cut short
		return
	}
	r := rehearsal{query: q, answered: time.Now(), other: other, link: trace.LinkFromContext(ctx)}
	r.query.Mailboxes = nil
	for i, m := range q.Mailboxes {
		a := served[i]
		twice := a.Calendar != nil && a.Calendar.Origin.Backend == s.options.Backend
		if len(r.served) < shadowMailboxes && (a.Calendar != nil || a.Err != nil) && !twice {
			r.query.Mailboxes, r.served = append(r.query.Mailboxes, m), append(r.served, a)
		}
	}
	s.skip(ctx, len(served)-len(r.served))
	if len(r.served) > 0 && !s.enqueue(r) {
		s.skip(ctx, len(r.served))
	}
}

// enqueue does not take more than there is a pace for.
func (s *Shadow) enqueue(r rehearsal) bool {
	if len(s.waiting) == cap(s.waiting) || !s.pace.Allow() {
		return false
	}
	select {
	case s.waiting <- r:
		return true
	default: // somebody else was faster
		return false
	}
}

// Run does the rehearsals, one after the other, until ctx ends. It returns nil.
func (s *Shadow) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-s.waiting:
			s.rehearse(ctx, r)
		}
	}
}

// rehearse asks the other side, in a trace of its own.
func (s *Shadow) rehearse(ctx context.Context, r rehearsal) {
	if time.Since(r.answered) > shadowPatience {
		s.skip(ctx, len(r.served))
		return
	}
	asking, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	asking, span := otel.Tracer(instrumentation).Start(asking, "shadow.query", trace.WithNewRoot(), trace.WithLinks(r.link), trace.WithAttributes(
		attribute.String("availproxy.forest", s.options.Connector),
		attribute.Int("availproxy.mailboxes.count", len(r.served))))
	defer span.End()
	answers, err := ask(asking, r.other, r.query)
	if ctx.Err() != nil {
		return // we are being stopped, which says nothing of the other side
	}
	for i, m := range r.query.Mailboxes {
		other := Answer{Err: AsError(cmp.Or(err, errNoAnswer))}
		if err == nil && (answers[i].Calendar != nil || answers[i].Err != nil) {
			other = answers[i]
		}
		s.compare(ctx, m, r.served[i], other, r.query.Window)
	}
}

// compare settles one mailbox. That the other side could not be asked, or does
// not let us, is no difference.
func (s *Shadow) compare(ctx context.Context, m Mailbox, served, other Answer, w Window) {
	if e := other.Err; e != nil && (onTheWay(e.Code) && !errors.Is(e, ErrAnswered) || errors.Is(e, ErrRefused)) {
		s.fail(ctx, e)
		return
	}
	s.settle(ctx, m, Compare(served, other, w))
}
