package freebusy

import (
	"slices"
	"sync/atomic"
	"unsafe"
)

// limited holds what a Calendar shows at each Detail that has events, made
// once and then shared, so that what hangs on it (see Memo) is shared as well.
type limited [Detailed - FreeBusy + 1]atomic.Pointer[Calendar]

// Limited returns what may be shown of c to someone who is allowed d: c itself
// when it holds nothing beyond that, and always the same twin otherwise. This
// is the one place that enforces privacy: no Event that Limited returns has an
// ID, Subject or Location where IsPrivate is set, or any Details below
// Detailed, whatever the source of c put there.
//
// MergedOnly is not a way to hide events from the encoder, which needs them to
// compute digits; nothing below FreeBusy is made.
func (c *Calendar) Limited(d Detail) *Calendar {
	d = min(max(d, FreeBusy), Detailed)
	held := &c.limited[d-FreeBusy]
	if twin := held.Load(); twin != nil {
		return twin
	}
	held.CompareAndSwap(nil, c.reduced(d))
	return held.Load()
}

// reduced is c itself when all of it may be shown at d, else a new Calendar
// that shares with c whatever it can.
func (c *Calendar) reduced(d Detail) *Calendar {
	tooMuch := func(e Event) bool { return e.Details.limited(d) != e.Details }
	if c.Detail <= d && !slices.ContainsFunc(c.Events, tooMuch) {
		return c
	}
	events := make([]Event, len(c.Events))
	for i, e := range c.Events {
		e.Details = e.Details.limited(d)
		events[i] = e
	}
	return &Calendar{
		Events: events, Detail: min(c.Detail, d), Known: c.Known, AsOf: c.AsOf,
		WorkingHours: c.WorkingHours, Merged: c.Merged, Origin: c.Origin,
	}
}

// limited is x itself when all of it may be shown at d.
func (x *Details) limited(d Detail) *Details {
	switch {
	case x == nil:
		return nil
	case d < Detailed:
		return nil
	case x.IsPrivate && (x.ID != "" || x.Subject != "" || x.Location != ""):
		bare := *x
		bare.ID, bare.Subject, bare.Location = "", "", ""
		return &bare
	default:
		return x
	}
}

// twins calls visit for each Calendar that Limited has made of c.
func (c *Calendar) twins(visit func(*Calendar)) {
	for i := range c.limited {
		if twin := c.limited[i].Load(); twin != nil && twin != c {
			visit(twin)
		}
	}
}

const eventBytes = int(unsafe.Sizeof(Event{}))
