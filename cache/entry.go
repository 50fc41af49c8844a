package cache

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"availproxy/freebusy"
)

// key is everything that what we hold depends on. Whatever else may make two
// askers see different things must become part of it.
type key struct {
	scope   freebusy.Scope
	mailbox string // freebusy.Mailbox.Key
	routing string
}

func keyOf(scope freebusy.Scope, m freebusy.Mailbox) key {
	routing := strings.ToUpper(m.RoutingType)
	if routing == "" {
		routing = "SMTP" // exchangelib says so, evolution-ews leaves it out
	}
	return key{scope, m.Key(), routing}
}

// entry is what is held under one key. It is never changed, only replaced.
type entry struct {
	held    []held   // newest first, at most maxHeld
	failure *failure // nil when the last fetch succeeded

	// narrow is until when only what is asked is fetched, since more was too
	// much for the other side or gave digits that fit no other question.
	narrow time.Time
}

// maxHeld bounds how many spans of hours are held for a mailbox.
const maxHeld = 6

// held is one calendar. It was asked for with all detail, so that whatever it
// holds is all that the other side grants.
type held struct {
	calendar *freebusy.Calendar
	jitter   float64 // up to mostJitter: the part of its time that it is fresh for less
}

const mostJitter = 0.1

func newHeld(c *freebusy.Calendar) held {
	return held{c, rand.Float64() * mostJitter} // so that what came together does not expire together
}

// age is the time since the calendar was fetched, by whichever clock says more:
// one stands still while a machine sleeps, and the other may be set back.
func (h held) age(now time.Time) time.Duration {
	return max(now.Sub(h.calendar.AsOf), now.Round(0).Sub(h.calendar.AsOf.Round(0)))
}

// failure is what the last fetch came to.
type failure struct {
	err    *freebusy.Error
	until  time.Time
	window freebusy.Window // that was asked for
}

// answers reports whether f is still the answer to a question about w. A window
// that was too much says nothing about a smaller one.
func (f *failure) answers(w freebusy.Window, now time.Time) bool {
	return f != nil && now.Before(f.until) && (!overLimit(f.err) || w.Covers(f.window))
}

// overLimit reports whether less might have been answered: the other side counts
// entries and days.
func overLimit(err *freebusy.Error) bool {
	return err.Code == freebusy.ErrorResultSetTooBig || err.Code == freebusy.ErrorTimeIntervalTooBig
}

// known is what of e answers as much of q as e can, newest first, and the hours
// that are missing. Only what usable accepts counts. One calendar that covers
// all comes alone.
func (e entry) known(q freebusy.Query, usable func(held) bool) (parts []held, gaps []freebusy.Window) {
	var windows []freebusy.Window
	for i, h := range e.held {
		if !usable(h) {
			continue
		}
		if covers(h.calendar, q) {
			return e.held[i : i+1], nil
		}
		if k := h.calendar.Known; h.calendar.Merged == nil && k.Start.Before(q.Window.End) && k.End.After(q.Window.Start) {
			parts, windows = append(parts, h), append(windows, k)
		}
	}
	return parts, missing(q.Window, windows)
}

// covers reports whether c is all that the other side would say to q. Digits
// without events are reused only for the very same slots.
func covers(c *freebusy.Calendar, q freebusy.Query) bool {
	if !c.Known.Covers(q.Window) {
		return false
	}
	if m := c.Merged; m != nil {
		return m.Start.Equal(q.Window.Start) && m.Interval == q.Interval && c.Known.End.Equal(q.Window.End)
	}
	return true
}

// with returns e with a newly fetched calendar, which pushes out those that it
// makes superfluous and those that another server gave: the mailbox has moved.
func (e entry) with(h held) entry {
	kept := slices.DeleteFunc(slices.Clone(e.held), func(old held) bool {
		return old.calendar.Origin.URL != h.calendar.Origin.URL || h.replaces(old)
	})
	kept = slices.Insert(kept, 0, h)
	return entry{held: kept[:min(len(kept), maxHeld)], narrow: e.narrow}
}

// replaces reports whether old says nothing that h does not.
func (h held) replaces(old held) bool {
	return (old.calendar.Merged == nil) == (h.calendar.Merged == nil) &&
		h.calendar.Known.Covers(old.calendar.Known) && !old.calendar.AsOf.After(h.calendar.AsOf) &&
		(h.calendar.Merged == nil || h.calendar.Merged.Interval == old.calendar.Merged.Interval && h.calendar.Known == old.calendar.Known)
}

// failed returns e after a failed fetch. What was held survives a failure that
// may pass, to be served stale, but never a refusal.
func (e entry) failed(f failure) entry {
	after := entry{failure: &f, narrow: e.narrow}
	if !f.err.Refusal() {
		after.held = e.held
	}
	return after
}

func (e entry) empty() bool { return len(e.held) == 0 && e.failure == nil && e.narrow.IsZero() }
