package cache

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"availproxy/freebusy"
)

// Cache is a [freebusy.Source] that asks its origin only for what its Store
// does not hold. It must not be copied.
type Cache struct {
	store   *Store
	origin  freebusy.Source
	options Options
	flights flights
	retired atomic.Bool
}

var _ freebusy.Source = (*Cache)(nil)

// New returns a Cache around store in front of origin.
func New(store *Store, origin freebusy.Source, options Options) *Cache {
	return &Cache{store: store, origin: origin, options: options, flights: flights{byWhat: map[course]*flight{}}}
}

// Run waits until ctx ends and then for the fetches that are still under way,
// at most Options.Abandon long.
func (c *Cache) Run(ctx context.Context) error {
	<-ctx.Done()
	c.flights.wait.Wait()
	return nil
}

// Retire stops c from changing its Store: its origin belongs to a
// configuration that is no longer in force. Questions that have come already
// are still answered.
func (c *Cache) Retire() { c.retired.Store(true) }

// Availability implements [freebusy.Source]. What is held and fresh is answered
// at once. The rest is fetched; when ctx ends first, a mailbox gets what is held
// though stale, else [freebusy.ErrorTimeoutExpired], and the fetch goes on and
// is remembered.
func (c *Cache) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	ctx, span := otel.Tracer("availproxy/cache").Start(ctx, "cache.lookup")
	defer span.End()

	l := lookup{cache: c, query: q, answers: make([]freebusy.Answer, len(q.Mailboxes))}
	l.fromMemory()
	if len(l.waiting) > 0 {
		l.fetch(ctx)
		l.await(ctx)
	}
	l.report(ctx, span)
	return l.answers, nil
}

// lookup is one question on its way through the cache.
type lookup struct {
	cache   *Cache
	query   freebusy.Query
	answers []freebusy.Answer

	waiting   []waiting // positions that memory could not answer
	coalesced int
	stale     int
}

type waiting struct {
	at     int
	flight *flight
}

// fromMemory answers what it can and joins or starts a flight for the rest.
func (l *lookup) fromMemory() {
	for i := range l.query.Mailboxes {
		if !l.held(i) {
			l.waiting = append(l.waiting, waiting{at: i})
		}
	}
}

// held answers position i if something fresh is known, be it a failure.
func (l *lookup) held(i int) bool {
	e := l.cache.store.get(keyOf(l.query.Scope, l.query.Mailboxes[i]))
	now := time.Now()
	if calendar := e.covering(l.query); calendar != nil && now.Sub(calendar.AsOf) < l.cache.options.Fresh {
		l.answers[i] = freebusy.Answer{Calendar: calendar}
		return true
	}
	if e.failure == nil || !now.Before(e.failure.until) {
		return false
	}
	l.answers[i] = l.orStale(i, freebusy.Answer{Err: e.failure.err})
	return true
}

// fetch sends for every waiting mailbox that nobody has sent for yet.
func (l *lookup) fetch(ctx context.Context) {
	var started []departure
	for n := range l.waiting {
		w := &l.waiting[n]
		c := courseOf(l.query, l.query.Mailboxes[w.at])
		var first bool
		if w.flight, first = l.cache.flights.join(c); !first {
			l.coalesced++
			continue
		}
		// A flight may have landed between the look into memory and here.
		if l.held(w.at) {
			l.cache.flights.land(c, w.flight, l.answers[w.at])
			continue
		}
		started = append(started, departure{c, w.flight, l.query.Mailboxes[w.at]})
	}
	if len(started) > 0 {
		l.cache.depart(ctx, l.query, started)
	}
}

// await takes each answer as its flight lands, until ctx ends.
func (l *lookup) await(ctx context.Context) {
	for _, w := range l.waiting {
		answer, ok := w.flight.await(ctx)
		if !ok {
			answer = freebusy.Answer{Err: freebusy.TimeoutExpired(context.Cause(ctx))}
		}
		l.answers[w.at] = l.orStale(w.at, answer)
	}
}

// orStale returns what is held though no longer fresh in place of a failure
// that may pass.
func (l *lookup) orStale(i int, a freebusy.Answer) freebusy.Answer {
	if a.Err == nil || a.Err.Refusal() {
		return a
	}
	held := l.cache.store.get(keyOf(l.query.Scope, l.query.Mailboxes[i])).covering(l.query)
	if held == nil || time.Since(held.AsOf) >= l.cache.options.Stale {
		return a
	}
	l.stale++
	return freebusy.Answer{Calendar: held.AsStale()}
}

// report says in the span and in the counters where the answers came from.
func (l *lookup) report(ctx context.Context, span trace.Span) {
	all, missed := len(l.query.Mailboxes), len(l.waiting)
	m := &l.cache.store.metrics
	m.requests.Add(ctx, int64(all))
	m.hits.Add(ctx, int64(all-missed))
	m.stale.Add(ctx, int64(l.stale))
	m.coalesced.Add(ctx, int64(l.coalesced))
	span.SetAttributes(
		attribute.String("availproxy.cache", l.outcome()),
		attribute.Int("availproxy.mailboxes.count", all),
		attribute.Int("availproxy.cache.missed", missed),
		attribute.Int("availproxy.cache.coalesced", l.coalesced),
	)
}

func (l *lookup) outcome() string {
	switch {
	case l.stale > 0:
		return "stale"
	case len(l.waiting) == 0:
		return "fresh"
	case len(l.waiting) < len(l.answers):
		return "partial"
	default:
		return "none"
	}
}
