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
// once: it belongs to the calendar that knows its start. The result is as old
// as the oldest part and holds as much as the least detailed one; everything
// else is that of the newest.
//
// The error says that the parts leave a gap, or that there are digits among
// them which do not continue each other.
func Join(parts []*Calendar) (*Calendar, error) {
	if len(parts) == 1 {
		return parts[0], nil
	}
	parts = slices.SortedFunc(slices.Values(parts), func(a, b *Calendar) int {
		return cmp.Or(a.Known.Start.Compare(b.Known.Start), b.AsOf.Compare(a.AsOf))
	})
	newest := slices.MaxFunc(parts, func(a, b *Calendar) int { return a.AsOf.Compare(b.AsOf) })
	whole := &Calendar{
		Detail: parts[0].Detail, AsOf: parts[0].AsOf, Known: Window{parts[0].Known.Start, parts[0].Known.Start},
		WorkingHours: newest.WorkingHours, Origin: newest.Origin,
	}
	for i, part := range parts {
		if err := whole.append(part, i == 0); err != nil {
			return nil, err
		}
	}
	return whole.Limited(whole.Detail), nil
}

// append adds to c what part knows beyond it.
func (c *Calendar) append(part *Calendar, first bool) error {
	if part.Known.Start.After(c.Known.End) {
		return errGap
	}
	if part.AsOf.Before(c.AsOf) {
		c.AsOf = part.AsOf
	}
	c.Detail = min(c.Detail, part.Detail)
	if !part.Known.End.After(c.Known.End) {
		return nil
	}
	if err := c.appendDigits(part, first); err != nil {
		return err
	}
	for _, e := range part.Events {
		if (first || !e.Start.Before(c.Known.End)) && e.Start.Before(part.Known.End) {
			c.Events = append(c.Events, e)
		}
	}
	c.Known.End = part.Known.End
	return nil
}

func (c *Calendar) appendDigits(part *Calendar, first bool) error {
	switch m := part.Merged; {
	case first && m != nil:
		started := *m
		c.Merged = &started
	case first || m == nil && c.Merged == nil:
	case m == nil || c.Merged == nil || m.Interval != c.Merged.Interval || !m.Start.Equal(c.Merged.end()):
		return errSlots
	default:
		c.Merged.Digits += m.Digits
	}
	return nil
}

// end is where the last of the digits ends, were it a whole slot.
func (m *Merged) end() time.Time {
	return m.Start.Add(time.Duration(len(m.Digits)) * m.Interval)
}
