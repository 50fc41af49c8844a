package cache

import (
	"time"

	"availproxy/freebusy"
)

// How many bytes of a record an event and a period take at least.
const (
	leastEvent  = 6
	leastPeriod = 3
)

// mailbox writes under which key what follows is held.
func (p *pen) mailbox(k key) {
	p.text(k.scope.Requester)
	p.text(k.mailbox)
	p.text(k.routing)
}

func (r *reading) mailbox() key {
	return key{freebusy.Scope{Requester: r.text()}, r.text(), r.text()}
}

// calendar writes all of c that is not written elsewhere: its origin is shared
// by many, its age depends on when it is read. Memos and twins are made anew.
func (p *pen) calendar(c *freebusy.Calendar) {
	p.window(c.Known)
	p.count(int(c.Detail))
	p.flags(c.WorkingHours != nil, c.Merged != nil)
	if c.WorkingHours != nil {
		p.workingHours(c.WorkingHours)
	}
	if c.Merged != nil {
		p.moment(c.Merged.Start)
		p.number(int64(c.Merged.Interval))
		p.text(c.Merged.Digits)
	}
	p.count(len(c.Events))
	for _, e := range c.Events {
		p.event(e)
	}
}

func (r *reading) calendar() *freebusy.Calendar {
	c := &freebusy.Calendar{Known: r.window(), Detail: freebusy.Detail(r.below(int(freebusy.Detailed) + 1))}
	var hasHours, hasDigits bool
	r.flags(&hasHours, &hasDigits)
	if hasHours {
		c.WorkingHours = r.workingHours()
	}
	if hasDigits {
		c.Merged = &freebusy.Merged{Start: r.moment(), Interval: time.Duration(r.number()), Digits: r.text()}
	}
	if n := r.count(leastEvent); n > 0 {
		c.Events = make([]freebusy.Event, n)
		for i := range c.Events {
			c.Events[i] = r.event()
		}
	}
	return c
}

func (p *pen) window(w freebusy.Window) {
	p.moment(w.Start)
	p.moment(w.End)
}

func (r *reading) window() freebusy.Window {
	return freebusy.Window{Start: r.moment(), End: r.moment()}
}

func (p *pen) event(e freebusy.Event) {
	p.moment(e.Start)
	p.moment(e.End)
	p.count(int(e.Busy))
	p.flags(e.Details != nil)
	if d := e.Details; d != nil {
		p.flags(d.IsMeeting, d.IsRecurring, d.IsException, d.IsReminderSet, d.IsPrivate)
		p.text(d.ID)
		p.text(d.Subject)
		p.text(d.Location)
	}
}

func (r *reading) event() freebusy.Event {
	e := freebusy.Event{Start: r.moment(), End: r.moment(), Busy: freebusy.BusyType(r.below(int(freebusy.NoData) + 1))}
	var detailed bool
	if r.flags(&detailed); detailed {
		var d freebusy.Details
		r.flags(&d.IsMeeting, &d.IsRecurring, &d.IsException, &d.IsReminderSet, &d.IsPrivate)
		d.ID, d.Subject, d.Location = r.text(), r.text(), r.text()
		e.Details = &d
	}
	return e
}

func (p *pen) workingHours(h *freebusy.WorkingHours) {
	p.number(int64(h.Zone.Bias))
	p.zoneSwitch(h.Zone.Standard)
	p.zoneSwitch(h.Zone.Daylight)
	p.count(len(h.Periods))
	for _, period := range h.Periods {
		p.count(len(period.Days))
		for _, day := range period.Days {
			p.count(int(day))
		}
		p.number(int64(period.Start))
		p.number(int64(period.End))
	}
}

func (r *reading) workingHours() *freebusy.WorkingHours {
	h := &freebusy.WorkingHours{Zone: freebusy.TimeZone{Bias: int(r.number()), Standard: r.zoneSwitch(), Daylight: r.zoneSwitch()}}
	for range r.count(leastPeriod) {
		var period freebusy.WorkingPeriod
		for range r.count(1) {
			period.Days = append(period.Days, time.Weekday(r.below(int(time.Saturday)+1)))
		}
		period.Start, period.End = int(r.number()), int(r.number())
		h.Periods = append(h.Periods, period)
	}
	return h
}

func (p *pen) zoneSwitch(s freebusy.Transition) {
	for _, n := range []int{s.Bias, int(s.Month), s.DayOrder, int(s.DayOfWeek), s.Time, s.Year} {
		p.number(int64(n))
	}
}

func (r *reading) zoneSwitch() freebusy.Transition {
	return freebusy.Transition{
		Bias: int(r.number()), Month: time.Month(r.number()), DayOrder: int(r.number()),
		DayOfWeek: time.Weekday(r.number()), Time: int(r.number()), Year: int(r.number()),
	}
}
