package freebusy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// TimeZone is the SerializableTimeZone of the Availability service
// ([MS-OXWAVLS] 3.1.4.1): a bias and two yearly switches, applied to every
// year alike. It is comparable, and the zero value is UTC.
//
// Biases are minutes to add to local time to get UTC: 480 in Seattle, -480 in
// Beijing. The bias in force is Bias plus that of Standard or Daylight.
type TimeZone struct {
	Bias               int
	Standard, Daylight Transition
}

// Transition is the yearly moment at which a zone turns to standard or to daylight
// time, given on the wall clock that is in force before it, as Windows does.
type Transition struct {
	Bias      int
	Month     time.Month   // 0: the zone never switches
	DayOrder  int          // 1 to 5, 5 is the last; with Year, the day of the month
	DayOfWeek time.Weekday // not used with Year
	Time      int          // seconds after midnight
	Year      int          // 0: every year; else this year only
}

// Switches reports whether the zone has daylight time at all. Callers write
// "no daylight time" as month 0 (evolution-ews, Outlook) or as two switches
// that change nothing (DavMail, EWS Managed API).
func (z TimeZone) Switches() bool {
	return z.Standard.Month != 0 && z.Daylight.Month != 0 && z.Standard.Bias != z.Daylight.Bias
}

// Offset is what must be added to UTC to get the wall clock at t.
func (z TimeZone) Offset(t time.Time) time.Duration {
	if z.Switches() && z.daylightAt(t) {
		return z.daylightOffset()
	}
	return z.standardOffset()
}

// Wall returns the wall clock at t, labelled UTC.
func (z TimeZone) Wall(t time.Time) time.Time { return t.UTC().Add(z.Offset(t)) }

// Instant returns the moment at which the wall clock shows what wall shows,
// whatever location wall is labelled with. A time that occurs twice is taken as
// standard time, one that a switch skips is read as if the switch had not been
// yet. But for those skipped, a later wall clock is never an earlier moment.
func (z TimeZone) Instant(wall time.Time) time.Time { return z.instant(wall, z.Offset) }

// instant is Instant for whoever knows Offset by heart.
func (z TimeZone) instant(wall time.Time, offset func(time.Time) time.Duration) time.Time {
	if wall.Location() != time.UTC {
		wall = time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), time.UTC)
	}
	standard, daylight := wall.Add(-z.standardOffset()), wall.Add(-z.daylightOffset())
	switch {
	case offset(standard) == z.standardOffset():
		return standard
	case offset(daylight) == z.daylightOffset(), daylight.After(standard):
		return daylight
	default:
		return standard
	}
}

func (z TimeZone) standardOffset() time.Duration {
	return -time.Duration(z.Bias+z.Standard.Bias) * time.Minute
}

func (z TimeZone) daylightOffset() time.Duration {
	return -time.Duration(z.Bias+z.Daylight.Bias) * time.Minute
}

// SteadyAround is Offset at t, and a window around t all through which it is the
// same. A Start or an End that is zero has no bound on that side.
func (z TimeZone) SteadyAround(t time.Time) (time.Duration, Window) {
	if !z.Switches() {
		return z.standardOffset(), Window{}
	}
	before, behind := z.switchesAround(t)
	steady := Window{Start: before.at, End: behind.at}
	if before.toDaylight || before.at.IsZero() && !behind.toDaylight {
		return z.daylightOffset(), steady
	}
	return z.standardOffset(), steady
}

// daylightAt looks for the last switch at or before t. This serves both
// hemispheres and rules with a year; before the first switch that there is,
// the zone is in the state that this switch ends.
func (z TimeZone) daylightAt(t time.Time) bool {
	before, behind := z.switchesAround(t)
	return before.toDaylight || before.at.IsZero() && !behind.toDaylight
}

// turn is a moment at which a zone switches; the zero turn is none.
type turn struct {
	at         time.Time
	toDaylight bool
}

// switchesAround are the last switch at or before t, and the first one behind.
func (z TimeZone) switchesAround(t time.Time) (before, behind turn) {
	around := t.UTC().Add(z.standardOffset()).Year()
	for y := around - 1; y <= around+1; y++ {
		for _, next := range [...]turn{{z.toDaylight(y), true}, {z.toStandard(y), false}} {
			switch {
			case next.at.After(t):
				if behind.at.IsZero() || next.at.Before(behind.at) {
					behind = next
				}
			case before.at.IsZero() || next.at.After(before.at):
				before = next
			}
		}
	}
	return before, behind
}

// toDaylight and toStandard are the moments of the switches of that year.
func (z TimeZone) toDaylight(year int) time.Time {
	return z.Daylight.wall(year).Add(-z.standardOffset())
}

func (z TimeZone) toStandard(year int) time.Time {
	return z.Standard.wall(year).Add(-z.daylightOffset())
}

// steady divides w where the clocks of z change: all through each part Offset
// is the same.
func (z TimeZone) steady(w Window) []Window {
	changes := []time.Time{w.End}
	for y := w.Start.UTC().Year() - 1; z.Switches() && y <= w.End.UTC().Year()+1; y++ {
		for _, at := range [...]time.Time{z.toDaylight(y), z.toStandard(y)} {
			if at.After(w.Start) && at.Before(w.End) {
				changes = append(changes, at)
			}
		}
	}
	slices.SortFunc(changes, time.Time.Compare)
	var parts []Window
	start := w.Start
	for _, at := range slices.CompactFunc(changes, time.Time.Equal) {
		parts = append(parts, Window{start, at})
		start = at
	}
	return parts
}

// wall is the wall clock of the switch in that year, or in the only year that
// the switch has, labelled UTC.
func (s Transition) wall(year int) time.Time {
	if s.Year != 0 {
		return time.Date(s.Year, s.Month, s.DayOrder, 0, 0, s.Time, 0, time.UTC)
	}
	week := time.Date(year, s.Month, 1+7*(s.DayOrder-1), 0, 0, 0, 0, time.UTC)
	if s.DayOrder == lastInMonth {
		week = time.Date(year, s.Month+1, -6, 0, 0, 0, 0, time.UTC)
	}
	days := (s.DayOfWeek - week.Weekday() + 7) % 7
	return week.Add(time.Duration(days)*24*time.Hour + time.Duration(s.Time)*time.Second)
}

// lastInMonth is the DayOrder of the last such weekday, be it the fourth or the
// fifth.
const lastInMonth = 5

// Validate says what is wrong with a zone that someone else wrote, or nil. The
// weekdays and days of switches are not looked at in a zone that never
// switches: callers have many ways to write one.
func (z TimeZone) Validate() error {
	if err := validateBias(z.Bias); err != nil {
		return fmt.Errorf("freebusy: time zone: %w", err)
	}
	if err := z.validate(z.Standard); err != nil {
		return fmt.Errorf("freebusy: time zone: standard time: %w", err)
	}
	if err := z.validate(z.Daylight); err != nil {
		return fmt.Errorf("freebusy: time zone: daylight time: %w", err)
	}
	return nil
}

func (z TimeZone) validate(s Transition) error {
	switch {
	case s.Month < 0 || s.Month > time.December:
		return fmt.Errorf("month %d is not 1 to 12, nor 0 for no switch", int(s.Month))
	case s.Time < 0 || s.Time >= 24*60*60:
		return errors.New("the time is not between 00:00:00 and 23:59:59")
	case s.Year < 0 || s.Year > 9999:
		return fmt.Errorf("year %d is not 1 to 9999, nor 0 for every year", s.Year)
	}
	if err := cmp.Or(validateBias(s.Bias), validateBias(z.Bias+s.Bias)); err != nil {
		return err
	}
	if z.Switches() {
		return s.validateDay()
	}
	return nil
}

func (s Transition) validateDay() error {
	switch {
	case s.Year != 0:
		if day := s.wall(s.Year); day.Month() != s.Month || day.Day() != s.DayOrder {
			return fmt.Errorf("%s %d has no day %d", s.Month, s.Year, s.DayOrder)
		}
	case s.DayOrder < 1 || s.DayOrder > lastInMonth:
		return fmt.Errorf("day order %d is not 1 to 5", s.DayOrder)
	case s.DayOfWeek < time.Sunday || s.DayOfWeek > time.Saturday:
		return fmt.Errorf("weekday %d is not 0 to 6", int(s.DayOfWeek))
	}
	return nil
}

func validateBias(minutes int) error {
	if minutes < -24*60 || minutes > 24*60 {
		return fmt.Errorf("a bias of %d minutes is more than a day", minutes)
	}
	return nil
}
