package cli

import (
	"strconv"
	"strings"
	"time"

	"availproxy/freebusy"
)

// moment reads a time of a flag: RFC 3339, a date, "today", or "+7d" (also "+8h",
// "-30m") counted from base. Dates begin at midnight in loc, and so does today;
// days are those of the calendar, not 24 hours.
func moment(text string, base, today time.Time, loc *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, loc); err == nil {
		return t, nil
	}
	if text == "today" {
		return today, nil
	}
	if strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-") {
		if days, ok := strings.CutSuffix(text, "d"); ok {
			if n, err := strconv.Atoi(days); err == nil {
				return base.In(loc).AddDate(0, 0, n), nil
			}
		}
		if d, err := time.ParseDuration(text); err == nil {
			return base.Add(d), nil
		}
	}
	return time.Time{}, usage(`%q is no time; want RFC 3339, 2026-11-23, "today" or "+7d"`, text)
}

// today is the midnight before now.
func today(now time.Time, loc *time.Location) time.Time {
	y, m, d := now.In(loc).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, loc)
}

// zone finds a time zone by its name in the tz database or in Windows; "" and
// "Local" are that of the machine.
func zone(name string) (*time.Location, error) {
	if name == "" {
		return time.Local, nil
	}
	loc, err := freebusy.Location(name)
	if err != nil {
		return nil, usage("--time-zone: %w", err)
	}
	return loc, nil
}

// zoneName is how to call a zone in a sentence.
func zoneName(loc *time.Location, at time.Time) string {
	if loc == time.Local {
		return "the zone of this machine, " + at.In(loc).Format("MST -07:00")
	}
	return loc.String()
}
