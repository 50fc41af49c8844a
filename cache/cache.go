package cache

import (
	"context"
	"sync/atomic"
	"time"

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
// at once; so is, for Options.Revalidate longer, what is fetched anew
// meanwhile. The rest is fetched; when ctx ends first, a mailbox gets what is
// held though stale, else [freebusy.ErrorTimeoutExpired], and the fetch goes on
// and is remembered.
func (c *Cache) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	l := newLookup(c, q)
	l.fromMemory()
	if of := trace.SpanFromContext(ctx); of.IsRecording() && len(l.open)+len(l.due) == 0 {
		l.reportFresh(of)
		return l.answers, nil
	}
	ctx, span := l.begin(ctx)
	defer span.End()
	l.renew(ctx)
	if len(l.open) > 0 {
		l.fetch(ctx, span)
	}
	l.report(span)
	return l.answers, nil
}

// freshFor is how long h is served without asking again.
func (c *Cache) freshFor(h held) time.Duration {
	return c.options.Fresh - time.Duration(h.jitter*float64(c.options.Fresh))
}

// whole makes one calendar of the parts that known found. One that had to be
// joined is held as well, so that what hangs on it serves the next question.
func (c *Cache) whole(k key, parts []held) (*freebusy.Calendar, error) {
	if len(parts) == 1 {
		return parts[0].calendar, nil
	}
	joined, err := join(parts)
	if err != nil {
		return nil, err
	}
	c.keep(k, func(e entry) entry { return e.joined(joined, parts) })
	return joined.calendar, nil
}

// keep changes what is held under k, unless c has been retired. It looks while
// the entry is its own: what a Purge after Retire has dropped does not come back.
func (c *Cache) keep(k key, change func(entry) entry) {
	c.store.change(k, func(e entry) entry {
		if c.retired.Load() {
			return e
		}
		return change(e)
	})
}
