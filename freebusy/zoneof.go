package freebusy

import "time"

// ZoneOf returns the rule pair by which loc switches in the year of at, as the
// old Exchange servers write it: for other years it is only as good as that
// pair. A loc that does not switch in that year, or not to and fro, gives the
// fixed zone in force at at. Offsets are cut to whole minutes, which all zones
// have had since 1972.
func ZoneOf(loc *time.Location, at time.Time) TimeZone {
	at = at.In(loc)
	switches := switchesIn(loc, at.Year())
	if len(switches) != 2 || switches[0].before != switches[1].after {
		_, offset := at.Zone()
		return TimeZone{Bias: -offset / 60}
	}
	toStandard, toDaylight := switches[0], switches[1]
	if toStandard.after > toDaylight.after {
		toStandard, toDaylight = toDaylight, toStandard
	}
	zone := TimeZone{
		Bias:     -toStandard.after / 60,
		Standard: toStandard.rule(),
		Daylight: toDaylight.rule(),
	}
	zone.Daylight.Bias = -(toDaylight.after - toStandard.after) / 60
	return zone
}

// change is a moment at which a location changes its offset from UTC.
type change struct {
	at            time.Time
	before, after int // seconds east of UTC
}

// switchesIn returns the changes of the offset in that year of loc. A zone that
// changes only its name has not switched.
func switchesIn(loc *time.Location, year int) []change {
	var changes []change
	t, next := time.Date(year, time.January, 1, 0, 0, 0, 0, loc), time.Date(year+1, time.January, 1, 0, 0, 0, 0, loc)
	for {
		_, at := t.ZoneBounds()
		if at.IsZero() || !at.Before(next) {
			return changes
		}
		if !at.After(t) { // ZoneBounds gives leap years from 2038 on one day too few
			at = t.Add(24 * time.Hour)
		}
		_, before := t.Zone()
		_, after := at.Zone()
		if before != after {
			changes = append(changes, change{at, before, after})
		}
		t = at
	}
}

// rule is c as a Transition of every year: the last such weekday of the month where
// it is in the last seven days, else the first to the fourth.
func (c change) rule() Transition {
	wall := c.at.UTC().Add(time.Duration(c.before) * time.Second)
	order := 1 + (wall.Day()-1)/7
	if wall.AddDate(0, 0, 7).Month() != wall.Month() {
		order = lastInMonth
	}
	return Transition{
		Month: wall.Month(), DayOrder: order, DayOfWeek: wall.Weekday(),
		Time: wall.Hour()*3600 + wall.Minute()*60 + wall.Second(),
	}
}
