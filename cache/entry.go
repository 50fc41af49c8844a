package cache

import (
	"slices"
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
	return key{scope, m.Key(), m.RoutingType}
}

// entry is what is held under one key. It is never changed, only replaced.
type entry struct {
	held    []held   // newest first, at most maxHeld
	failure *failure // nil when the last fetch succeeded
}

// maxHeld bounds how many separate spans of hours are held for a mailbox.
const maxHeld = 4

// held is one calendar with the question that fetched it: the other side may
// have granted less detail than was asked, and asking again would not help.
type held struct {
	calendar *freebusy.Calendar
	asked    freebusy.Detail
}

type failure struct {
	err   *freebusy.Error
	until time.Time
}

// covering returns the newest calendar that answers q, or nil.
func (e entry) covering(q freebusy.Query) *freebusy.Calendar {
	for _, h := range e.held {
		if h.covers(q) {
			return h.calendar
		}
	}
	return nil
}

// covers reports whether the calendar is all that the other side would say to
// q. Digits without events are reused only for the very same slots.
func (h held) covers(q freebusy.Query) bool {
	if h.asked < q.Detail || !h.calendar.Known.Covers(q.Window) {
		return false
	}
	if m := h.calendar.Merged; m != nil {
		return m.Start.Equal(q.Window.Start) && m.Interval == q.Interval && h.calendar.Known.End.Equal(q.Window.End)
	}
	return true
}

// with returns e with a newly fetched calendar, which pushes out those that it
// makes superfluous.
func (e entry) with(h held) entry {
	kept := slices.DeleteFunc(slices.Clone(e.held), func(old held) bool {
		return old.asked <= h.asked && old.calendar.Merged == nil && h.calendar.Merged == nil &&
			h.calendar.Known.Covers(old.calendar.Known)
	})
	kept = slices.Insert(kept, 0, h)
	return entry{held: kept[:min(len(kept), maxHeld)]}
}

// failed returns e after a failed fetch. What was held survives a failure that
// may pass, to be served stale, but never a refusal.
func (e entry) failed(err *freebusy.Error, until time.Time) entry {
	after := entry{failure: &failure{err, until}}
	if !err.Refusal() {
		after.held = e.held
	}
	return after
}

// The estimated cost in memory of the parts of an entry, in bytes, with the
// allocator's rounding and the maps and lists that hold them.
const (
	entryCost   = 400
	heldCost    = 350
	eventCost   = 64
	detailsCost = 64
)

// size is about what e costs in memory, but for the memos of its calendars.
func (e entry) size() int64 {
	n := entryCost
	for _, h := range e.held {
		n += heldCost
		for _, event := range h.calendar.Events {
			n += eventCost
			if d := event.Details; d != nil {
				n += detailsCost + len(d.ID) + len(d.Subject) + len(d.Location)
			}
		}
	}
	return int64(n)
}

func (e entry) memoBytes() int64 {
	n := 0
	for _, h := range e.held {
		n += h.calendar.MemoBytes()
	}
	return int64(n)
}

func (e entry) empty() bool { return len(e.held) == 0 && e.failure == nil }
