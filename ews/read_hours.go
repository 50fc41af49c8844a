package ews

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"availproxy/freebusy"
)

// readWorkingHours reads WorkingHours. They are an
// ornament: where any part is missing or wrong there are none, rather than
// wrong ones, and the calendar is good all the same.
func readWorkingHours(e *etree.Element) *freebusy.WorkingHours {
	zone, err := readOwnersZone(child(e, "TimeZone"))
	if err != nil {
		return nil
	}
	hours := &freebusy.WorkingHours{Zone: zone}
	for _, p := range children(child(e, "WorkingPeriodArray"), "WorkingPeriod") {
		period, ok := readPeriod(p)
		if !ok {
			return nil
		}
		hours.Periods = append(hours.Periods, period)
	}
	if len(hours.Periods) == 0 {
		return nil
	}
	return hours
}

func readPeriod(e *etree.Element) (p freebusy.WorkingPeriod, ok bool) {
	var err error
	if p.Start, err = readInt(e, "StartTimeInMinutes"); err != nil || p.Start < 0 {
		return p, false
	}
	if p.End, err = readInt(e, "EndTimeInMinutes"); err != nil || p.End < p.Start || p.End > 24*60 {
		return p, false
	}
	p.Days, ok = readDaysOfWeek(childText(e, "DayOfWeek"))
	return p, ok
}

// readDaysOfWeek reads a DayOfWeek, in any order and with repetitions.
func readDaysOfWeek(text string) (all []time.Weekday, ok bool) {
	all = make([]time.Weekday, 0, 7)
	for word := range strings.FieldsSeq(text) {
		days, known := readDays(word)
		if !known {
			return nil, false
		}
		for _, day := range days {
			if !slices.Contains(all, day) {
				all = append(all, day)
			}
		}
	}
	slices.Sort(all)
	return all, len(all) > 0
}

// readDays reads one word of DayOfWeek. Three of them stand for several days.
func readDays(word string) (days []time.Weekday, known bool) {
	switch word {
	case "Day":
		return []time.Weekday{0, 1, 2, 3, 4, 5, 6}, true
	case "Weekday":
		return []time.Weekday{1, 2, 3, 4, 5}, true
	case "WeekendDay":
		return []time.Weekday{0, 6}, true
	}
	day := slices.Index(daysOfWeek, word)
	return []time.Weekday{time.Weekday(day)}, day >= 0
}

// readOwnersZone reads the zone of working hours. Unlike the zone of a request
// it may leave out the switches.
func readOwnersZone(e *etree.Element) (z freebusy.TimeZone, err error) {
	if z.Bias, err = readInt(e, "Bias"); err != nil {
		return z, err
	}
	if z.Standard, err = readOwnersSwitch(child(e, "StandardTime")); err != nil {
		return z, err
	}
	if z.Daylight, err = readOwnersSwitch(child(e, "DaylightTime")); err != nil {
		return z, err
	}
	return z, z.Validate()
}

// readOwnersSwitch reads a SerializableTimeZoneTime. Some write the last week
// of a month as -1, as other parts of EWS do.
func readOwnersSwitch(e *etree.Element) (s freebusy.Transition, err error) {
	if e == nil {
		return s, nil
	}
	if s.Bias, err = readInt(e, "Bias"); err != nil {
		return s, err
	}
	month, err := readInt(e, "Month")
	if err != nil || month == 0 {
		return s, err
	}
	s.Month = time.Month(month)
	if s.DayOrder, err = readInt(e, "DayOrder"); err != nil {
		return s, err
	}
	if s.DayOrder == -1 {
		s.DayOrder = 5
	}
	clock, err := time.Parse(time.TimeOnly, childText(e, "Time"))
	if err != nil {
		return s, err
	}
	s.Time = clock.Hour()*3600 + clock.Minute()*60 + clock.Second()
	if child(e, "Year") != nil {
		if s.Year, err = readInt(e, "Year"); err != nil || s.Year != 0 {
			return s, err
		}
	}
	day := slices.Index(daysOfWeek, childText(e, "DayOfWeek"))
	if day < 0 || s.DayOrder == 0 {
		return s, errors.New("no rule for a day")
	}
	s.DayOfWeek = time.Weekday(day)
	return s, nil
}

func readInt(e *etree.Element, name string) (int, error) {
	n, err := strconv.ParseInt(childText(e, name), 10, 32)
	return int(n), err
}
