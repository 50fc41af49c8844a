package cache

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"availproxy/freebusy"
)

const scope = "availproxy/cache"

// begin starts the span of a look-up, unless it belongs to a trace that is not
// recorded. A question from the command line begins its trace here.
func (l *lookup) begin(ctx context.Context) (context.Context, trace.Span) {
	if of := trace.SpanFromContext(ctx); of.SpanContext().IsValid() && !of.IsRecording() {
		return ctx, noop.Span{}
	}
	return otel.Tracer(scope).Start(ctx, "cache.lookup", trace.WithTimestamp(l.now))
}

// beginFetch starts the span of a fetch, which may go on when the look-up that
// began it has been answered.
func beginFetch(ctx context.Context, mailboxes int) (context.Context, trace.Span) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, noop.Span{}
	}
	return otel.Tracer(scope).Start(ctx, "cache.fetch", trace.WithAttributes(attribute.Int("availproxy.mailboxes.count", mailboxes)))
}

// freshAnswer is all there is to say of a look-up that fetches nothing. It gets no
// span of its own: nearly all are like that.
var freshAnswer = []attribute.KeyValue{attribute.String("availproxy.cache", "fresh")}

func (l *lookup) reportFresh(of trace.Span) {
	if stale := l.count(); stale > 0 {
		of.SetAttributes(attribute.String("availproxy.cache", l.outcome(stale)))
		return
	}
	of.SetAttributes(freshAnswer...)
}

// missed notes that o has to be fetched.
func (l *lookup) missed(o *open, m freebusy.Mailbox) {
	l.open = append(l.open, o)
	l.missing++
	t := l.cache.count(m, freebusy.Answer{})
	t.requests.Add(1)
	t.misses.Add(1)
	if len(o.parts) > 0 {
		l.partial++
		t.partial.Add(1)
	}
}

// failed counts the answer at that place, which memory gave because of f.
func (l *lookup) failed(at int, f *failure) {
	if l.answers[at].Calendar != nil {
		return // one that stands in for f: see count
	}
	t := l.cache.store.tallies.of(f.forest)
	t.requests.Add(1)
	t.negative.Add(1)
	t.failures.Add(f.err.Code, 1)
}

// report says in the span and in the counters where the answers came from.
func (l *lookup) report(span trace.Span) {
	stale := l.count()
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(
		attribute.String("availproxy.cache", l.outcome(stale)),
		attribute.Int("availproxy.mailboxes.count", len(l.answers)),
		attribute.Int("availproxy.cache.missed", l.missing),
		attribute.Int("availproxy.cache.partial", l.partial),
		attribute.Int("availproxy.cache.coalesced", l.coalesced),
		attribute.Int("availproxy.cache.renewed", len(l.due)),
	)
}

// count adds the calendars to the tallies of their forests, neighbours of one
// forest at a time, and returns how many of them are stale.
func (l *lookup) count() (stale int) {
	var all streak
	open := l.open // in the order of the question
	for i, a := range l.answers {
		fetched := len(open) > 0 && open[0].at == i
		if fetched {
			open = open[1:]
		}
		if a.Calendar == nil {
			continue // see missed and failed
		}
		if a.Calendar.Origin.Stale {
			stale++
		}
		if forest := a.Calendar.Origin.Connector; forest != all.forest {
			all.count(l.cache.store)
			all = streak{forest: forest}
		}
		all.add(a.Calendar.Origin.Stale, fetched)
	}
	all.count(l.cache.store)
	for _, o := range l.due {
		l.cache.count(l.query.Mailboxes[o.at], l.answers[o.at]).renewed.Add(1)
	}
	return stale
}

// streak are calendars of one forest that stand beside each other in an answer.
type streak struct {
	forest                string
	remembered, hits, old int64
}

func (s *streak) add(stale, fetched bool) {
	if stale {
		s.old++
	}
	if !fetched { // what is fetched has been counted as missed
		s.remembered++
		if !stale {
			s.hits++
		}
	}
}

func (s *streak) count(store *Store) {
	if s.remembered == 0 && s.old == 0 {
		return
	}
	t := store.tallies.of(s.forest)
	t.requests.Add(s.remembered)
	t.hits.Add(s.hits)
	t.stale.Add(s.old)
}

func (l *lookup) outcome(stale int) string {
	switch {
	case stale > 0:
		return "stale"
	case l.missing == 0:
		return "fresh"
	case l.missing < len(l.answers) || l.partial > 0:
		return "partial"
	default:
		return "none"
	}
}
