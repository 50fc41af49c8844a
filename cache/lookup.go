package cache

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/trace"

	"availproxy/freebusy"
)

// lookup is one question on its way through the cache.
type lookup struct {
	cache   *Cache
	query   freebusy.Query
	now     time.Time
	answers []freebusy.Answer
	open    []*open // what memory could not answer
	due     []*open // what it answered, and had better fetch anew

	missing, partial, coalesced int // mailboxes, for the trace
}

// open is a mailbox of which something is to be fetched.
type open struct {
	at      int // its position in the question
	key     key
	exactly bool              // no more than what is asked
	gaps    []freebusy.Window // the hours that are missing
	parts   []held            // what is known of the others
	flights []*flight
}

func newLookup(c *Cache, q freebusy.Query) *lookup {
	return &lookup{cache: c, query: q, now: time.Now(), answers: make([]freebusy.Answer, len(q.Mailboxes))}
}

// fromMemory answers what it can.
func (l *lookup) fromMemory() {
	for i, m := range l.query.Mailboxes {
		k := keyOf(l.query.Scope, m)
		e, uses := l.cache.store.get(k)
		if l.atHand(i, e, uses) {
			continue
		}
		o := &open{at: i, key: k, exactly: since(e.narrow, l.now) < l.cache.options.NotFound}
		if !l.remembered(o, e, uses) {
			l.missed(o, m)
		}
	}
}

// atHand answers position i when one fresh calendar covers all that is asked,
// which is how most are answered, and which costs no memory.
func (l *lookup) atHand(i int, e entry, uses int) bool {
	for at, h := range e.held {
		if h.age(l.now) < l.cache.freshFor(h) && covers(h.calendar, l.query) && !l.cache.popular(e.held[at:at+1], uses, l.now) {
			l.answers[i].Calendar = h.calendar
			return true
		}
	}
	return false
}

// remembered answers o when what is known is enough: an answer that is fresh, a
// failure of late, or an answer that may be used while it is renewed.
func (l *lookup) remembered(o *open, e entry, uses int) bool {
	o.parts, o.gaps = e.known(l.query, func(h held) bool { return h.age(l.now) < l.cache.freshFor(h) })
	if len(o.gaps) == 0 && l.answerWith(o.at, o.key, o.parts, false) {
		if l.cache.popular(o.parts, uses, l.now) {
			l.due = append(l.due, o)
		}
		return true
	}
	if e.failure.answers(l.query, l.now) {
		l.answers[o.at] = l.orStale(o, freebusy.Answer{Err: e.failure.err})
		l.failed(o.at, e.failure)
		return true
	}
	parts, gaps := e.known(l.query, func(h held) bool {
		return h.age(l.now) < min(l.cache.freshFor(h)+l.cache.options.Revalidate, l.cache.options.Stale)
	})
	if len(gaps) > 0 || !l.answerWith(o.at, o.key, parts, true) {
		return false
	}
	l.due = append(l.due, o)
	return true
}

// popular reports whether parts are asked for often enough to be fetched anew
// before they expire, so that nobody has to wait for them.
func (c *Cache) popular(parts []held, uses int, now time.Time) bool {
	const often = 3
	oldest := parts[len(parts)-1]
	return uses >= often && oldest.age(now) > c.freshFor(oldest)*3/4
}

// answerWith answers position i with what parts know together.
func (l *lookup) answerWith(i int, k key, parts []held, stale bool) bool {
	if len(parts) == 0 {
		return false
	}
	calendar, err := l.cache.whole(k, parts)
	if err != nil {
		return false
	}
	if stale {
		calendar = calendar.AsStale()
	}
	l.answers[i] = freebusy.Answer{Calendar: calendar}
	return true
}

// orStale returns what is held though no longer fresh in place of a failure
// that may pass.
func (l *lookup) orStale(o *open, a freebusy.Answer) freebusy.Answer {
	if a.Err == nil || !mayPass(a.Err) {
		return a
	}
	e, _ := l.cache.store.get(o.key)
	parts, gaps := e.known(l.query, func(h held) bool { return h.age(time.Now()) < l.cache.options.Stale })
	if len(gaps) > 0 || !l.answerWith(o.at, o.key, parts, true) {
		return a
	}
	return l.answers[o.at]
}

// renew sends for what has been answered and is due, and waits for nothing.
func (l *lookup) renew(ctx context.Context) {
	for _, o := range l.due {
		o.gaps = []freebusy.Window{l.query.Window}
	}
	l.send(ctx, l.due)
}

// fetch sends for what is open and takes the answers as they come. What needs
// it is asked for once more, exactly.
func (l *lookup) fetch(ctx context.Context, span trace.Span) {
	l.coalesced += l.send(ctx, l.open)
	l.link(span, l.open)
	var exactly []*open
	for _, o := range l.open {
		if !l.take(ctx, o) {
			exactly = append(exactly, o)
		}
	}
	for _, o := range exactly {
		o.exactly, o.parts, o.flights, o.gaps = true, nil, nil, []freebusy.Window{l.query.Window}
	}
	l.send(ctx, exactly)
	l.link(span, exactly)
	for _, o := range exactly {
		l.take(ctx, o)
	}
}

// link names, in the trace of this question, those whose fetches it waits for.
func (l *lookup) link(span trace.Span, waiting []*open) {
	own := span.SpanContext().TraceID()
	for _, o := range waiting {
		for _, f := range o.flights {
			if f.trace.IsValid() && f.trace.TraceID() != own {
				span.AddLink(trace.Link{SpanContext: f.trace})
			}
		}
	}
}

// take waits for the flights of o and answers it, until ctx ends. It reports
// false when o has to be asked for exactly, which is only once.
func (l *lookup) take(ctx context.Context, o *open) bool {
	for _, f := range o.flights {
		a, ok := f.await(ctx)
		switch {
		case !ok:
			l.answers[o.at] = l.orStale(o, freebusy.Answer{Err: freebusy.TimeoutExpired(context.Cause(ctx))})
			return true
		case a.Err != nil:
			l.answers[o.at] = l.orStale(o, a)
			return true
		case a.Calendar == nil:
			return false
		}
		o.parts = append(o.parts, held{calendar: a.Calendar})
	}
	return l.assemble(o)
}

// assemble answers o with what it knew and what it was brought, unless that is
// the word of two servers: then the mailbox has moved in between.
func (l *lookup) assemble(o *open) bool {
	if !o.exactly && !sameServer(o.parts) {
		return false
	}
	calendar, err := l.cache.whole(o.key, o.parts)
	if !o.exactly && (err != nil || !covers(calendar, l.query)) {
		return false
	}
	if err != nil {
		l.answers[o.at] = freebusy.Answer{Err: freebusy.ProxyFailed("The answers of the other forest do not fit together", err)}
		return true
	}
	l.answers[o.at] = freebusy.Answer{Calendar: calendar}
	return true
}
