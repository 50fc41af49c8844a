package cache

import (
	"context"
	"time"

	"availproxy/freebusy"
)

// departure is a flight that has been started and must land.
type departure struct {
	course  course
	flight  *flight
	mailbox freebusy.Mailbox
}

// send sees that there is a flight for each gap of waiting, and returns how
// many were under way already. Those that ask for the same hours go together.
func (l *lookup) send(ctx context.Context, waiting []*open) (joined int) {
	started := map[freebusy.Window][]departure{}
	for _, o := range waiting {
		m := l.query.Mailboxes[o.at]
		for _, gap := range o.gaps {
			course := l.course(o, gap, m)
			flight, first := l.cache.flights.join(ctx, course)
			o.flights = append(o.flights, flight)
			switch {
			case !first:
				joined++
				l.cache.count(m, freebusy.Answer{}).coalesced.Add(1)
			case !l.cache.landed(course, flight):
				started[course.window] = append(started[course.window], departure{course, flight, m})
			}
		}
	}
	for window, departures := range started {
		l.cache.depart(ctx, l.query, window, departures)
	}
	return joined
}

// course says what to fetch for a gap: more than is asked, unless that is known
// to be too much.
func (l *lookup) course(o *open, gap freebusy.Window, m freebusy.Mailbox) course {
	c := course{key: o.key, window: utc(l.query.Window)}
	if !o.exactly {
		c.window = utc(pad(gap, l.query.Window, l.cache.options.Padding, l.cache.options.widest(m)))
	}
	if c.window == utc(l.query.Window) {
		c.slot = int64(l.query.Interval)
	}
	return c
}

// landed lands a flight that need not start, since another landed between the
// look into memory and its own start.
func (c *Cache) landed(on course, f *flight) bool {
	e, _ := c.store.get(on.key)
	asked := freebusy.Query{Window: on.window, Interval: time.Duration(on.slot)}
	// Half its time, so that what is due to be renewed does not pass for new.
	parts, gaps := e.known(asked, func(h held) bool { return h.age(time.Now()) < c.freshFor(h)/2 })
	if len(gaps) > 0 || len(parts) != 1 {
		return false
	}
	c.flights.land(on, f, freebusy.Answer{Calendar: parts[0].calendar})
	return true
}

// depart fetches in the background, so that the answer is remembered even when
// the asker has left; Run waits for it. It does not block.
func (c *Cache) depart(ctx context.Context, q freebusy.Query, window freebusy.Window, started []departure) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.options.Abandon)
	ctx, span := beginFetch(ctx, len(started))
	c.flights.wait.Go(func() {
		defer cancel()
		defer span.End()
		padded := q
		padded.Window = window
		again := c.ask(ctx, padded, q, started)
		if len(again) > 0 {
			c.ask(ctx, q, q, again)
		}
	})
}

// ask puts one question to the origin and lands each flight with its answer.
// It returns, as new flights, what must be asked for again with exactly the
// window of q. All detail is asked for, which whoever asks a forest lowers to
// what may be passed on: a later question may want it.
func (c *Cache) ask(ctx context.Context, asked, q freebusy.Query, started []departure) (again []departure) {
	asked.Detail = freebusy.Detailed
	asked.Mailboxes = make([]freebusy.Mailbox, len(started))
	for i, d := range started {
		asked.Mailboxes[i] = d.mailbox
	}
	landed := make([]bool, len(started))
	err := freebusy.Deliver(ctx, c.origin, asked, func(i int, a freebusy.Answer) {
		if landed[i] || a.Calendar == nil && a.Err == nil {
			return // as no Source should: see wholeFailure
		}
		landed[i] = true
		c.count(started[i].mailbox, a).fetched.Add(1)
		if tooWide(asked, q, a) {
			again = append(again, c.exactly(ctx, q, started[i])...)
			return
		}
		c.land(started[i], a)
	})
	for i, d := range started {
		if !landed[i] {
			failed := freebusy.Answer{Err: wholeFailure(err)}
			c.count(d.mailbox, failed).fetched.Add(1)
			c.land(d, failed)
		}
	}
	return again
}

// exactly lands d with nothing, which tells everybody who waits for it to ask
// for just what they want, and starts with what q wants.
func (c *Cache) exactly(ctx context.Context, q freebusy.Query, d departure) []departure {
	c.keep(d.course.key, func(e entry) entry {
		if !d.flight.void.Load() {
			e.narrow = time.Now()
		}
		return e
	})
	exact := course{key: d.course.key, window: utc(q.Window), slot: int64(q.Interval)}
	flight, first := c.flights.join(ctx, exact)
	c.flights.land(d.course, d.flight, freebusy.Answer{})
	if !first {
		return nil
	}
	return []departure{{exact, flight, d.mailbox}}
}

// land remembers an answer and hands it to everybody who waits for it. It is
// remembered first: whoever finds the flight gone must find the answer.
func (c *Cache) land(d departure, a freebusy.Answer) {
	if a.Err != nil && a.Err.Refusal() && !d.flight.void.Load() {
		c.flights.ground(func(k key) bool { return k == d.course.key }, func(f *flight) { f.doubted.Store(true) })
	}
	c.keep(d.course.key, func(e entry) entry {
		switch {
		case d.flight.void.Load():
			return e
		case a.Err != nil:
			return e.failed(failure{
				err: a.Err, forest: c.forest(d.mailbox), at: time.Now(), lasts: c.lifetime(a.Err), asked: d.course,
			})
		case d.flight.doubted.Load():
			return e
		}
		return e.with(newHeld(a.Calendar))
	})
	c.flights.land(d.course, d.flight, a)
}

// lifetime is how long a failure is remembered, wherever it is the answer:
// somebody who does not exist is not born in a minute.
func (c *Cache) lifetime(err *freebusy.Error) time.Duration {
	switch err.Code {
	case freebusy.ErrorMailRecipientNotFound, freebusy.ErrorNonExistentMailbox:
		return c.options.NotFound
	default:
		return c.options.Negative
	}
}

// tooWide reports whether a might have been better without padding: less might
// be answered, what is wrong with the question may be the padding, and digits
// fit only the slots asked for.
func tooWide(asked, q freebusy.Query, a freebusy.Answer) bool {
	if asked.Window.Start.Equal(q.Window.Start) && asked.Window.End.Equal(q.Window.End) {
		return false
	}
	if a.Err != nil {
		return overLimit(a.Err) || a.Err.OfQuestion()
	}
	return a.Calendar.Merged != nil
}

// wholeFailure is the answer for each mailbox of a question that failed as a
// whole, or whose origin broke its promise of one answer for each.
func wholeFailure(err error) *freebusy.Error {
	if own, ok := err.(*freebusy.Error); ok && own != nil {
		return own
	}
	return freebusy.ProxyFailed("the question could not be forwarded", err)
}
