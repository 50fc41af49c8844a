package freebusy

import "time"

// TimeZone is the SerializableTimeZone of the Availability service
// ([MS-OXWAVLS] 3.1.4.1.3.19): a bias and two yearly switches, applied to every
// year alike. It is comparable, and the zero value is UTC.
//
// Biases are minutes to add to local time to get UTC: 480 in Seattle, -480 in
// Beijing. The bias in force is Bias plus that of Standard or Daylight.
type TimeZone struct {
	Bias               int
	Standard, Daylight Switch
}

// Switch is the yearly moment at which a zone turns to standard or to daylight
// time, given on the wall clock that is in force before it, as Windows does.
type Switch struct {
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
// whatever location wall is labelled with. An hour that occurs twice is taken
// as standard time; one that the switch skips is read as if the switch had not
// been yet, so that time never runs backwards.
func (z TimeZone) Instant(wall time.Time) time.Time {
	wall = time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), time.UTC)
	standard, daylight := wall.Add(-z.standardOffset()), wall.Add(-z.daylightOffset())
	if !z.Wall(standard).Equal(wall) && z.Wall(daylight).Equal(wall) {
		return daylight
	}
	return standard
}

func (z TimeZone) standardOffset() time.Duration {
	return -time.Duration(z.Bias+z.Standard.Bias) * time.Minute
}

func (z TimeZone) daylightOffset() time.Duration {
	return -time.Duration(z.Bias+z.Daylight.Bias) * time.Minute
}

// daylightAt looks for the last switch at or before t. This serves both
// hemispheres and rules with a year; before the first switch that there is,
// the zone is in the state that this switch ends.
func (z TimeZone) daylightAt(t time.Time) bool {
	var last, first time.Time
	var lastToDaylight, firstToDaylight bool
	consider := func(at time.Time, toDaylight bool) {
		if !at.After(t) && (last.IsZero() || at.After(last)) {
			last, lastToDaylight = at, toDaylight
		}
		if first.IsZero() || at.Before(first) {
			first, firstToDaylight = at, toDaylight
		}
	}
	around := t.UTC().Add(z.standardOffset()).Year()
	for y := around - 1; y <= around+1; y++ {
		consider(z.Daylight.wall(y).Add(-z.standardOffset()), true)
		consider(z.Standard.wall(y).Add(-z.daylightOffset()), false)
	}
	if last.IsZero() {
		return !firstToDaylight
	}
	return lastToDaylight
}

// wall is the wall clock of the switch in that year, or in the only year that
// the switch has, labelled UTC.
func (s Switch) wall(year int) time.Time {
	if s.Year != 0 {
		return time.Date(s.Year, s.Month, s.DayOrder, 0, 0, s.Time, 0, time.UTC)
	}
	first := time.Date(year, s.Month, 1, 0, 0, s.Time, 0, time.UTC)
	day := 1 + (int(s.DayOfWeek)-int(first.Weekday())+7)%7 + 7*(s.DayOrder-1)
	for last := first.AddDate(0, 1, -first.Day()).Day(); day > last; {
		day -= 7 // the fifth Sunday of a month with four is its last one
	}
	return time.Date(year, s.Month, day, 0, 0, s.Time, 0, time.UTC)
}
