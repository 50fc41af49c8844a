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

	// narrow is when more than what was asked turned out to be too much for the
	// other side, or gave digits that fit no other question.
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

// age is the time since the calendar was fetched.
func (h held) age(now time.Time) time.Duration { return since(h.calendar.AsOf, now) }

// since is the time from then to now, by whichever clock says more: one stands
// still while a machine sleeps, and the other may be set back.
func since(then, now time.Time) time.Duration {
	return max(now.Sub(then), now.Round(0).Sub(then.Round(0)))
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

// forest is the connector that e is about, as far as e knows.
func (e entry) forest() string {
	switch {
	case len(e.held) > 0:
		return e.held[0].calendar.Origin.Connector
	case e.failure != nil:
		return e.failure.forest
	default:
		return ""
	}
}

// with returns e with a newly fetched calendar, which pushes out those that it
// makes superfluous and those that another server gave: the mailbox has moved.
// Of a failure it refutes what is not about another question.
func (e entry) with(h held) entry {
	kept := slices.DeleteFunc(slices.Clone(e.held), func(old held) bool {
		return old.calendar.Origin.URL != h.calendar.Origin.URL || h.replaces(old)
	})
	kept = slices.Insert(kept, 0, h)
	after := entry{held: kept[:min(len(kept), maxHeld)], narrow: e.narrow}
	if e.failure != nil && e.failure.err.OfQuestion() {
		after.failure = e.failure
	}
	return after
}

// joined returns e with whole, which was made of parts. Unless e still holds all
// of them it stays as it is: they have been refused, purged or replaced by now.
func (e entry) joined(whole held, parts []held) entry {
	for _, p := range parts {
		if !slices.ContainsFunc(e.held, func(h held) bool { return h.calendar == p.calendar }) {
			return e
		}
	}
	after := e.with(whole)
	after.failure = e.failure // nothing new has been heard
	return after
}

// replaces reports whether old says nothing that h does not.
func (h held) replaces(old held) bool {
	return (old.calendar.Merged == nil) == (h.calendar.Merged == nil) &&
		h.calendar.Known.Covers(old.calendar.Known) && !old.calendar.AsOf.After(h.calendar.AsOf) &&
		(h.calendar.Merged == nil || h.calendar.Merged.Interval == old.calendar.Merged.Interval && h.calendar.Known == old.calendar.Known)
}

func (e entry) empty() bool { return len(e.held) == 0 && e.failure == nil && e.narrow.IsZero() }
