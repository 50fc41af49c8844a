package freebusy

import (
	"slices"
	"time"
)

// WorkingHours are kept in the mailbox owner's own zone and never converted.
type WorkingHours struct {
	Zone    TimeZone
	Periods []WorkingPeriod
}

// WorkingPeriod is a daily span of work on some days of the week.
type WorkingPeriod struct {
	Days       []time.Weekday
	Start, End int // minutes after local midnight, 0 to 1440
}

// usualHours are assumed for whoever has told none.
func usualHours(zone TimeZone) *WorkingHours {
	weekdays := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	return &WorkingHours{Zone: zone, Periods: []WorkingPeriod{{Days: weekdays, Start: 8 * 60, End: 17 * 60}}}
}

// Within returns the parts of w in which there is work, in order and disjoint: all
// moments at which the owner's clock shows a day and a time of one of the periods.
func (h *WorkingHours) Within(w Window) []Window {
	var work []Window
	for _, steady := range h.Zone.steady(w) {
		offset := h.Zone.Offset(steady.Start)
		for day := midnight(steady.Start.UTC().Add(offset)); day.Before(steady.End.UTC().Add(offset)); day = day.AddDate(0, 0, 1) {
			work = append(work, h.on(day, offset, steady)...)
		}
	}
	slices.SortFunc(work, func(a, b Window) int { return a.Start.Compare(b.Start) })
	return union(work)
}

// on returns the work of one day, so far as it falls into w, while the owner's
// clock is that far from UTC.
func (h *WorkingHours) on(day time.Time, offset time.Duration, w Window) (work []Window) {
	for _, p := range h.Periods {
		part := Window{
			Start: later(w.Start, day.Add(time.Duration(p.Start)*time.Minute-offset)),
			End:   earlier(w.End, day.Add(time.Duration(p.End)*time.Minute-offset)),
		}
		if slices.Contains(p.Days, day.Weekday()) && part.Start.Before(part.End) {
			work = append(work, part)
		}
	}
	return work
}

// midnight is the beginning of the day of a wall clock that is labelled UTC.
func midnight(wall time.Time) time.Time {
	return time.Date(wall.Year(), wall.Month(), wall.Day(), 0, 0, 0, 0, time.UTC)
}
