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

// depart fetches in the background, so that the answer is remembered even when
// the asker has left; Run waits for it. It must not block.
func (c *Cache) depart(ctx context.Context, q freebusy.Query, started []departure) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.options.Abandon)
	c.flights.wait.Go(func() {
		defer cancel()
		c.fetch(ctx, q, started)
	})
}

// fetch asks for the padded window, and once more for exactly what was asked
// where the padding was too much.
func (c *Cache) fetch(ctx context.Context, q freebusy.Query, started []departure) {
	padded := q
	padded.Detail = max(q.Detail, freebusy.FreeBusy) // events can be cut to any window, digits cannot
	padded.Window = pad(q.Window, c.options.Padding)
	again := c.ask(ctx, padded, q, started)
	if len(again) > 0 {
		exact := padded
		exact.Window = q.Window
		c.ask(ctx, exact, q, again)
	}
}

// ask puts one question to the origin and lands each flight with its answer.
// It returns the flights that must ask again for exactly the window of q.
func (c *Cache) ask(ctx context.Context, asked, q freebusy.Query, started []departure) (again []departure) {
	asked.Mailboxes = make([]freebusy.Mailbox, len(started))
	for i, d := range started {
		asked.Mailboxes[i] = d.mailbox
	}
	landed := make([]bool, len(started))
	err := freebusy.Deliver(ctx, c.origin, asked, func(i int, a freebusy.Answer) {
		landed[i] = true
		if tooWide(asked, q, a) {
			again = append(again, started[i])
			return
		}
		c.land(started[i], asked.Detail, a)
	})
	for i, d := range started {
		if !landed[i] {
			c.land(d, asked.Detail, freebusy.Answer{Err: wholeFailure(err)})
		}
	}
	return again
}

// land remembers an answer and hands it to everybody who waits for it. It is
// remembered first: whoever finds the flight gone must find the answer.
func (c *Cache) land(d departure, asked freebusy.Detail, a freebusy.Answer) {
	if !c.retired.Load() {
		c.remember(d.course.key, asked, a)
	}
	c.flights.land(d.course, d.flight, a)
}

func (c *Cache) remember(k key, asked freebusy.Detail, a freebusy.Answer) {
	c.store.change(k, func(e entry) entry {
		if a.Err != nil {
			return e.failed(a.Err, time.Now().Add(c.lifetime(a.Err)))
		}
		return e.with(held{a.Calendar, asked})
	})
}

func (c *Cache) lifetime(err *freebusy.Error) time.Duration {
	switch err.Code {
	case freebusy.ErrorMailRecipientNotFound, freebusy.ErrorNonExistentMailbox:
		return c.options.NotFound
	default:
		return c.options.Negative
	}
}

// pad widens w to whole days of UTC with padding on either side, so that
// questions about neighbouring hours meet, within what servers accept.
func pad(w freebusy.Window, padding time.Duration) freebusy.Window {
	const day = 24 * time.Hour
	if padding <= 0 {
		return w
	}
	padded := freebusy.Window{
		Start: w.Start.Add(-padding).UTC().Truncate(day),
		End:   w.End.Add(padding + day - 1).UTC().Truncate(day),
	}
	if padded.Duration() <= widest {
		return padded
	}
	spare := (widest - w.Duration()) / 2
	if spare <= 0 {
		return w
	}
	return freebusy.Window{Start: w.Start.Add(-spare), End: w.End.Add(spare)}
}

// tooWide reports whether a might have been better without padding: the other
// side counts entries and days, and its digits fit only the slots asked for.
func tooWide(asked, q freebusy.Query, a freebusy.Answer) bool {
	if asked.Window == q.Window {
		return false
	}
	if a.Err != nil {
		return a.Err.Code == freebusy.ErrorResultSetTooBig || a.Err.Code == freebusy.ErrorTimeIntervalTooBig
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
