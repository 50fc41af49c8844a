package freebusy

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// errGap and errSlots say why calendars do not make one.
var (
	errGap   = errors.New("freebusy: there is a gap between the hours of two calendars")
	errSlots = errors.New("freebusy: the digits of two calendars do not stand on the same slots")
)

// Join makes one Calendar of several of the same mailbox whose hours follow on
// each other or overlap. An event that reaches from one into the next appears
// once, whole: it belongs to the calendar that knows its start. Where one has
// digits alone, all are joined as digits. The result is as old as the oldest
// part and holds as much as the least detailed one; everything else is that of
// the newest.
//
// The error says that the parts leave a gap, or that their digits do not
// continue each other.
func Join(parts []*Calendar) (*Calendar, error) {
	if len(parts) == 1 {
		return parts[0], nil
	}
	whole := merits(parts)
	parts = slices.SortedFunc(slices.Values(parts), func(a, b *Calendar) int {
		return cmp.Or(a.Known.Start.Compare(b.Known.Start), b.AsOf.Compare(a.AsOf))
	})
	whole.Known = Window{parts[0].Known.Start, parts[0].Known.Start}
	if whole.Detail == MergedOnly {
		if err := whole.appendDigits(parts); err != nil {
			return nil, err
		}
		return whole, nil
	}
	for i, part := range parts {
		if part.Known.Start.After(whole.Known.End) {
			return nil, errGap
		}
		whole.appendEvents(part, i == 0)
	}
	return whole, nil
}

// merits is everything of joined calendars that does not depend on the hours.
func merits(parts []*Calendar) *Calendar {
	parts = slices.SortedStableFunc(slices.Values(parts), func(a, b *Calendar) int { return b.AsOf.Compare(a.AsOf) })
	c := &Calendar{Detail: Detailed, AsOf: parts[len(parts)-1].AsOf, Origin: parts[0].Origin}
	for _, part := range parts {
		c.Detail = min(c.Detail, part.Detail)
		c.WorkingHours = cmp.Or(c.WorkingHours, part.WorkingHours)
	}
	return c
}

// appendEvents adds what part knows beyond c. What has started before the hours
// of the first part is in it, too.
func (c *Calendar) appendEvents(part *Calendar, first bool) {
	for _, e := range part.Limited(c.Detail).Events {
		if (first || !e.Start.Before(c.Known.End)) && e.Start.Before(part.Known.End) {
			c.Events = append(c.Events, e)
		}
	}
	if part.Known.End.After(c.Known.End) {
		c.Known.End = part.Known.End
	}
}

// appendDigits gives c the digits of parts. Where some have digits alone, those
// with events give theirs on the same slots.
func (c *Calendar) appendDigits(parts []*Calendar) error {
	c.Merged = &Merged{Start: c.Known.Start}
	for _, part := range parts {
		if part.Merged != nil {
			c.Merged.Interval = part.Merged.Interval
		}
	}
	if c.Merged.Interval <= 0 {
		return errSlots
	}
	for _, part := range parts {
		m := part.Merged
		if m == nil {
			m = &Merged{part.Known.Start, c.Merged.Interval, Merge(part.Events, part.Known, c.Merged.Interval)}
		}
		if m.Interval != c.Merged.Interval || !m.Start.Equal(c.Merged.end()) {
			return errSlots
		}
		c.Merged.Digits += m.Digits
		c.Known.End = part.Known.End
	}
	return nil
}

// end is where the last of the digits ends, were it a whole slot.
func (m *Merged) end() time.Time {
	return m.Start.Add(time.Duration(len(m.Digits)) * m.Interval)
}
