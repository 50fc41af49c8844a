package ews

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// readTimeZoneDefinition reads the TimeZoneDefinition of a TimeZoneContext
// header, which callers from Exchange 2010 on send instead of a TimeZone. What
// it spells out counts; a definition that is only an Id, as ews-javascript-api
// and exchangelib send it, is the Windows zone of that name. start is the wall
// clock at which the window begins: rules of other years are left out.
func readTimeZoneDefinition(e *etree.Element, start time.Time) (freebusy.TimeZone, error) {
	if soap.Child(e, nsTypes, "Transitions") == nil {
		return windowsZone(e.SelectAttrValue("Id", ""), start)
	}
	d := zoneDefinition{e}
	group, err := d.groupAt(start)
	if err != nil {
		return freebusy.TimeZone{}, badTimeZone(err)
	}
	z, err := d.rules(group, start.Year())
	if err != nil {
		return z, badTimeZone(err)
	}
	return z, checkTimeZone(z)
}

// windowsZone is the zone with that Windows name, by the rules that are in
// force when its wall clock shows start, give or take a day.
func windowsZone(id string, start time.Time) (freebusy.TimeZone, error) {
	location, err := freebusy.WindowsLocation(id)
	if err != nil {
		return freebusy.TimeZone{}, badTimeZone(err)
	}
	return freebusy.ZoneOf(location, start), nil
}

// zoneDefinition is a t:TimeZoneDefinition with Periods, TransitionsGroups and
// Transitions ([MS-OXWSCDATA]).
type zoneDefinition struct{ e *etree.Element }

// groupAt returns the TransitionsGroup that is in force at that wall clock:
// the one of the first Transition, until an AbsoluteDateTransition has passed.
func (d zoneDefinition) groupAt(wall time.Time) (*etree.Element, error) {
	var id string
	for _, t := range soap.Child(d.e, nsTypes, "Transitions").ChildElements() {
		if !soap.Is(t, nsTypes, "Transition") && !soap.Is(t, nsTypes, "AbsoluteDateTransition") {
			continue
		}
		if text, absolute := soap.ChildText(t, nsTypes, "DateTime"); absolute {
			at, _, err := parseDateTime(text)
			if err != nil {
				return nil, err
			}
			if at.After(wall) {
				continue
			}
		}
		id, _ = soap.ChildText(t, nsTypes, "To")
	}
	for _, g := range soap.Children(soap.Child(d.e, nsTypes, "TransitionsGroups"), nsTypes, "TransitionsGroup") {
		if g.SelectAttrValue("Id", "") == id {
			return g, nil
		}
	}
	return nil, fmt.Errorf("no TransitionsGroup %.100q", id)
}

// rules turns the one or two transitions of a group into a yearly rule. Of two
// periods the one with the greater bias is standard time. year is given to switches that are a date rather than a weekday.
func (d zoneDefinition) rules(group *etree.Element, year int) (z freebusy.TimeZone, err error) {
	transitions := group.ChildElements()
	if len(transitions) != 1 && len(transitions) != 2 {
		return z, fmt.Errorf("%d transitions in a group", len(transitions))
	}
	switches := make([]freebusy.Transition, len(transitions))
	for i, t := range transitions {
		if switches[i], err = d.transition(t, year); err != nil {
			return z, err
		}
	}
	if len(switches) == 1 {
		return freebusy.TimeZone{Bias: switches[0].Bias}, nil
	}
	slices.SortFunc(switches, func(a, b freebusy.Transition) int { return b.Bias - a.Bias })
	z = freebusy.TimeZone{Bias: switches[0].Bias, Standard: switches[0], Daylight: switches[1]}
	z.Standard.Bias = 0
	z.Daylight.Bias -= z.Bias
	return z, nil
}

// transition reads one transition to a Period; its Bias is the whole one.
func (d zoneDefinition) transition(t *etree.Element, year int) (s freebusy.Transition, err error) {
	to, _ := soap.ChildText(t, nsTypes, "To")
	if s.Bias, err = d.periodBias(to); err != nil || soap.Is(t, nsTypes, "Transition") {
		return s, err
	}
	offset, _ := soap.ChildText(t, nsTypes, "TimeOffset")
	at, err := parseDuration(offset)
	if err != nil || at < 0 || at > 24*time.Hour {
		return s, fmt.Errorf("time offset %.100q", offset)
	}
	s.Time = int(at / time.Second)
	month, _ := soap.ChildText(t, nsTypes, "Month")
	s.Month = time.Month(number(month))
	if s.Month < time.January || s.Month > time.December {
		return s, fmt.Errorf("month %.100q", month)
	}
	if soap.Is(t, nsTypes, "RecurringDateTransition") {
		day, _ := soap.ChildText(t, nsTypes, "Day")
		s.Year, s.DayOrder = year, number(day)
		return s, nil
	}
	return s, d.weekday(t, &s)
}

// weekday reads what a RecurringDayTransition has of its own. Occurrence -1 is
// the last one, which a SerializableTimeZone calls the fifth.
func (d zoneDefinition) weekday(t *etree.Element, s *freebusy.Transition) error {
	name, _ := soap.ChildText(t, nsTypes, "DayOfWeek")
	day := slices.Index(daysOfWeek, name)
	if day < 0 {
		return fmt.Errorf("day of the week %.100q", name)
	}
	s.DayOfWeek = time.Weekday(day)
	occurrence, _ := soap.ChildText(t, nsTypes, "Occurrence")
	if s.DayOrder = number(occurrence); occurrence == "-1" {
		s.DayOrder = 5
	}
	return nil
}

var errNoPeriod = errors.New("a transition to no Period")

func (d zoneDefinition) periodBias(id string) (minutes int, err error) {
	for _, p := range soap.Children(soap.Child(d.e, nsTypes, "Periods"), nsTypes, "Period") {
		if p.SelectAttrValue("Id", "") == id {
			bias, err := parseDuration(p.SelectAttrValue("Bias", ""))
			return int(bias / time.Minute), err
		}
	}
	return 0, errNoPeriod
}

// number reads a small number; what is none is 0, which no month and no day
// has.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
