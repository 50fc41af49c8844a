package freebusy

import "sync/atomic"

// limited holds the reduced twins of a Calendar, made once and then shared, so
// that what hangs on them (see Memo) is shared as well.
type limited [Detailed]atomic.Pointer[Calendar]

// Limited returns c with no more than d. It is c itself when c holds no more,
// and always the same twin otherwise.
//
// MergedOnly is not a way to hide events from the encoder, which needs them to
// compute digits; a twin never holds less than FreeBusy.
func (c *Calendar) Limited(d Detail) *Calendar {
	d = max(d, FreeBusy)
	if c.Detail <= d {
		return c
	}
	if twin := c.limited[d].Load(); twin != nil {
		return twin
	}
	twin := &Calendar{
		Events: withoutDetails(c.Events), Detail: d, Known: c.Known, AsOf: c.AsOf,
		WorkingHours: c.WorkingHours, Merged: c.Merged, Origin: c.Origin,
	}
	if !c.limited[d].CompareAndSwap(nil, twin) {
		return c.limited[d].Load()
	}
	return twin
}

func withoutDetails(events []Event) []Event {
	bare := make([]Event, len(events))
	for i, e := range events {
		bare[i] = Event{Start: e.Start, End: e.End, Busy: e.Busy}
	}
	return bare
}
