package ews

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// daysOfWeek are the words of the schema, in the order of time.Weekday.
var daysOfWeek = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

// readTimeZone reads a SerializableTimeZone ([MS-OXWAVLS] 3.1.4.1.3.19).
func readTimeZone(m *soap.Message, e *etree.Element) (z freebusy.TimeZone, err error) {
	if z.Bias, err = requiredInt(m, e, "Bias"); err != nil {
		return z, err
	}
	if z.Standard, err = readSwitch(m, e, "StandardTime"); err != nil {
		return z, err
	}
	if z.Daylight, err = readSwitch(m, e, "DaylightTime"); err != nil {
		return z, err
	}
	return z, checkTimeZone(z)
}

// readSwitch reads a SerializableTimeZoneTime. Month or DayOrder 0 mean that
// there is no daylight time. Year turns DayOrder into the day of the month;
// DayOfWeek may then be absent, as the EWS Managed API has it.
func readSwitch(m *soap.Message, zone *etree.Element, name string) (s freebusy.Transition, err error) {
	e := soap.Child(zone, nsTypes, name)
	if e == nil {
		return s, incomplete(m, zone, nsTypes, name)
	}
	if s.Bias, err = requiredInt(m, e, "Bias"); err != nil {
		return s, err
	}
	month, err := requiredInt(m, e, "Month")
	if err != nil {
		return s, err
	}
	if s.DayOrder, err = requiredInt(m, e, "DayOrder"); err != nil || month == 0 || s.DayOrder == 0 {
		return freebusy.Transition{Bias: s.Bias}, err
	}
	s.Month = time.Month(month)
	if s.Time, err = readTimeOfDay(m, e); err != nil {
		return s, err
	}
	if s.Year, err = optionalInt(m, e, "Year", 0); err != nil {
		return s, err
	}
	s.DayOfWeek, err = readDayOfWeek(m, e, s.Year != 0)
	return s, err
}

func readTimeOfDay(m *soap.Message, parent *etree.Element) (seconds int, err error) {
	e := soap.Child(parent, nsTypes, "Time")
	if e == nil {
		return 0, incomplete(m, parent, nsTypes, "Time")
	}
	t, err := time.Parse(time.TimeOnly, soap.Text(e))
	if err != nil {
		return 0, invalidValue(m, e, "http://www.w3.org/2001/XMLSchema:time")
	}
	return t.Hour()*3600 + t.Minute()*60 + t.Second(), nil
}

func readDayOfWeek(m *soap.Message, parent *etree.Element, optional bool) (time.Weekday, error) {
	e := soap.Child(parent, nsTypes, "DayOfWeek")
	if e == nil && optional {
		return time.Sunday, nil
	}
	if e == nil {
		return 0, incomplete(m, parent, nsTypes, "DayOfWeek")
	}
	day := slices.Index(daysOfWeek, soap.Text(e))
	if day < 0 {
		return 0, invalidValue(m, e, nsTypes+":DayOfWeekType")
	}
	return time.Weekday(day), nil
}

// checkTimeZone refuses rules that no calendar has. Everything else computes
// with a zone without a second thought.
func checkTimeZone(z freebusy.TimeZone) error {
	if err := z.Validate(); err != nil {
		return badTimeZone(err)
	}
	return nil
}

func badTimeZone(cause error) error {
	return &freebusy.Error{Code: freebusy.ErrorTimeZone, Text: "The time zone of the request is missing or not valid.", Err: fmt.Errorf("ews: %w", cause)}
}

// addTimeZone writes z as the child TimeZone of parent. Without daylight time
// both switches are in month 0, which every client reads.
func addTimeZone(parent *etree.Element, z freebusy.TimeZone) {
	e := parent.CreateElement("t:TimeZone")
	soap.AddText(e, "t:Bias", strconv.Itoa(z.Bias))
	addSwitch(e, "t:StandardTime", z.Standard)
	addSwitch(e, "t:DaylightTime", z.Daylight)
}

func addSwitch(parent *etree.Element, name string, s freebusy.Transition) {
	if s.Month == 0 {
		s = freebusy.Transition{Bias: s.Bias}
	}
	e := parent.CreateElement(name)
	soap.AddText(e, "t:Bias", strconv.Itoa(s.Bias))
	soap.AddText(e, "t:Time", fmt.Sprintf("%02d:%02d:%02d", s.Time/3600, s.Time/60%60, s.Time%60))
	soap.AddText(e, "t:DayOrder", strconv.Itoa(s.DayOrder))
	soap.AddText(e, "t:Month", strconv.Itoa(int(s.Month)))
	soap.AddText(e, "t:DayOfWeek", s.DayOfWeek.String())
	if s.Year != 0 {
		soap.AddText(e, "t:Year", strconv.Itoa(s.Year))
	}
}
