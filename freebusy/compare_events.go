package freebusy

import (
	"cmp"
	"slices"
	"time"
)

// events pairs what both sides have: first what is equal in everything, then
// what is equal in less and less. What remains has no counterpart.
func (c *comparison) events(served, other []Event) {
	p := &pairing{c.prepared(served), c.prepared(other)}
	p.equal(byText, func(Event, Event) {})
	p.equal(byBusyType, c.texts)
	p.equal(byTime, func(a, b Event) { c.differ(BusyTypeDiffers, a.told(), b.told()) })
	p.nearest(wholeDays, func(a, b Event) { c.differ(WholeDayFloats, a.told(), b.told()) })
	p.nearest(overlapping, func(a, b Event) { c.differ(TimeMoved, a.told(), b.told()) })
	for _, e := range p.served {
		c.differ(c.alone(e, OnlyServed), e.told(), "")
	}
	for _, e := range p.other {
		c.differ(c.alone(e, OnlyOther), "", e.told())
	}
}

// prepared are those of events that belong to the window, in an order that says
// nothing of the one they came in.
func (c *comparison) prepared(events []Event) []Event {
	var all []Event
	for _, e := range events {
		e.Start, e.End = e.Start.Truncate(time.Second), e.End.Truncate(time.Second)
		if c.window.Holds(e) {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, byText)
	return all
}

// Each of these orders is one within the one below it.

func byText(a, b Event) int {
	return cmp.Or(byBusyType(a, b), cmp.Compare(a.subject(), b.subject()), cmp.Compare(a.location(), b.location()))
}

func byBusyType(a, b Event) int { return cmp.Or(byTime(a, b), cmp.Compare(a.Busy, b.Busy)) }

func byTime(a, b Event) int { return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End)) }

func (e Event) subject() string {
	if e.Details == nil {
		return ""
	}
	return e.Details.Subject
}

func (e Event) location() string {
	if e.Details == nil {
		return ""
	}
	return e.Details.Location
}

// texts tells of two events at the same time that differ in subject or location.
// Where one side shows none at all, it has been granted less, which is told once.
func (c *comparison) texts(a, b Event) {
	if a.Details != nil && b.Details != nil {
		c.differ(TextDiffers, a.told(), b.told())
		return
	}
	granted := func(e Event) string {
		if e.Details == nil {
			return FreeBusy.String()
		}
		return Detailed.String()
	}
	if told := (Difference{DetailGranted, granted(a), granted(b)}); !slices.Contains(c.found, told) {
		c.found = append(c.found, told)
	}
}

// mostShift is how far the clocks of the earth go ahead of UTC.
const mostShift = 14 * time.Hour

// wholeDays tells how far two events are apart that last the same whole days, one
// of them from a midnight of UTC, the other from one that may be elsewhere.
func wholeDays(a, b Event) (apart time.Duration, ok bool) {
	apart = a.Start.Sub(b.Start).Abs()
	shifted := apart <= mostShift && apart%(15*time.Minute) == 0 && a.End.Sub(b.End).Abs() <= mostShift
	return apart, a.Busy == b.Busy && shifted && a.days() > 0 && a.days() == b.days() && (a.fromMidnight() || b.fromMidnight())
}

// days is how many days e lasts, of which one may have an hour more or less; 0
// when they are no whole ones.
func (e Event) days() int {
	length := e.End.Sub(e.Start)
	days := length.Round(24 * time.Hour)
	if (length - days).Abs() > time.Hour {
		return 0
	}
	return int(days / (24 * time.Hour))
}

// fromMidnight reports whether e lasts from a midnight of UTC to another one.
func (e Event) fromMidnight() bool {
	return e.Start.UTC().Equal(midnight(e.Start.UTC())) && e.End.UTC().Equal(midnight(e.End.UTC()))
}

// overlapping tells how far the bounds are apart of two events of the same busy
// type that overlap.
func overlapping(a, b Event) (apart time.Duration, ok bool) {
	apart = a.Start.Sub(b.Start).Abs() + a.End.Sub(b.End).Abs()
	return apart, a.Busy == b.Busy && a.Start.Before(b.End) && b.Start.Before(a.End)
}

// alone is of what kind an event is that has no counterpart: the given one,
// unless it lasts whole days and floats out of the window at its edge.
func (c *comparison) alone(e Event, kind DifferenceKind) DifferenceKind {
	if e.days() == 0 {
		return kind
	}
	for _, h := range c.zones {
		if h == nil {
			continue
		}
		wall := Event{Start: h.Zone.Wall(e.Start), End: h.Zone.Wall(e.End)}
		own := Event{Start: h.Zone.Instant(e.Start.UTC()), End: h.Zone.Instant(e.End.UTC())}
		if wall.fromMidnight() && !c.window.Holds(wall) || e.fromMidnight() && !c.window.Holds(own) {
			return WholeDayFloats
		}
	}
	return kind
}
