package ews

import (
	"time"

	"availproxy/freebusy"
)

// find sets what is to be found out so that one question serves view and
// suggestions alike: about the hull of their windows, and with events, which
// suggestions need. The view still shows no more than its own window.
func (r *request) find() error {
	p, q := r.Presentation, &r.Query
	q.Window, q.Detail, q.Interval = p.Window, p.View.Detail, p.Interval
	if p.Suggestions == nil {
		return nil
	}
	q.Window = p.Suggestions.Window
	if p.View != (View{}) {
		q.Window = hull(p.Window, p.Suggestions.Window)
	}
	q.Detail = max(q.Detail, freebusy.FreeBusy)
	q.Interval = p.slot(q.Window.Start)
	return checkHull(q.Window, p.Zone)
}

// hull is the shortest window that covers both.
func hull(a, b freebusy.Window) freebusy.Window {
	if b.Start.Before(a.Start) {
		a.Start = b.Start
	}
	if b.End.After(a.End) {
		a.End = b.End
	}
	return a
}

// slot is how long the slots must be from start on, so that digits alone tell as
// much as events would: the slots of the view and all meetings are then made up
// of whole ones. Where that takes shorter ones than servers give, slots that
// reach over an edge count for both sides of it.
func (p Presentation) slot(start time.Time) time.Duration {
	const halfHour = 30 * time.Minute
	clock := p.Zone.Wall(start)
	slot := common(halfHour, clock.Sub(clock.Truncate(halfHour)))
	slot = common(slot, p.Suggestions.Duration)
	usual := defaultInterval * time.Minute
	if p.View != (View{}) {
		usual = p.Interval
		slot = common(slot, common(p.Interval, p.Window.Start.Sub(start)))
	}
	if s := p.Suggestions; !s.Current.Before(s.Window.Start) && s.Current.Before(s.Window.End) {
		slot = common(slot, s.Current.Sub(start))
	}
	if slot < minInterval || slot%time.Minute != 0 {
		return usual
	}
	return slot
}

// common is the greatest length of which both are multiples.
func common(a, b time.Duration) time.Duration {
	for b != 0 {
		a, b = b, a%b
	}
	return a.Abs()
}
