package ews

import (
	"time"

	"availproxy/freebusy"
)

// workingHours reads what [readWorkingHours] reads, where no part of it is missing
// or wrong.
func (s *answerScan) workingHours() *freebusy.WorkingHours {
	const zone, periods fields = 1, 2
	var has fields
	hours := &freebusy.WorkingHours{}
	for s.typed() {
		switch string(s.Local) {
		case "TimeZone":
			s.once(&has, zone)
			hours.Zone = s.ownersZone()
		case "WorkingPeriodArray":
			s.once(&has, periods)
			hours.Periods = s.workingPeriods()
		default:
			s.Decline(otherElement)
		}
	}
	s.need(has, zone|periods)
	return hours
}

func (s *answerScan) workingPeriods() (all []freebusy.WorkingPeriod) {
	for s.typed() {
		if string(s.Local) != "WorkingPeriod" {
			s.Decline(otherElement)
		}
		all = append(all, s.workingPeriod())
	}
	if len(all) == 0 {
		s.Decline(otherValue)
	}
	return all
}

func (s *answerScan) workingPeriod() (p freebusy.WorkingPeriod) {
	const days, start, end fields = 1, 2, 4
	var has fields
	known := false
	for s.typed() {
		switch string(s.Local) {
		case "DayOfWeek":
			s.once(&has, days)
			p.Days, known = readDaysOfWeek(string(s.Text()))
		case "StartTimeInMinutes":
			s.once(&has, start)
			p.Start = s.integer()
		case "EndTimeInMinutes":
			s.once(&has, end)
			p.End = s.integer()
		default:
			s.Decline(otherElement)
		}
	}
	s.need(has, days|start|end)
	if !known || p.Start < 0 || p.End < p.Start || p.End > 24*60 {
		s.Decline(otherValue)
	}
	return p
}

// ownersZone reads what [readOwnersZone] reads.
func (s *answerScan) ownersZone() (z freebusy.TimeZone) {
	var has fields
	for s.typed() {
		switch string(s.Local) {
		case "Bias":
			s.once(&has, hasBias)
			z.Bias = s.integer()
		case "StandardTime":
			s.once(&has, hasStandard)
			z.Standard = s.ownersSwitch()
		case "DaylightTime":
			s.once(&has, hasDaylight)
			z.Daylight = s.ownersSwitch()
		default:
			s.Decline(otherElement)
		}
	}
	s.need(has, hasBias|hasStandard|hasDaylight)
	if z.Validate() != nil {
		s.Decline(otherValue)
	}
	return z
}

// ownersSwitch reads what [readOwnersSwitch] reads, unless the week is counted
// in another way or a year is named.
func (s *answerScan) ownersSwitch() (t freebusy.Transition) {
	var has fields
	for s.typed() {
		switch string(s.Local) {
		case "Bias":
			s.once(&has, hasBias)
			t.Bias = s.integer()
		case "Time":
			s.once(&has, hasTime)
			t.Time = s.timeOfDay()
		case "DayOrder":
			s.once(&has, hasDayOrder)
			t.DayOrder = s.integer()
		case "Month":
			s.once(&has, hasMonth)
			t.Month = time.Month(s.integer())
		case "DayOfWeek":
			s.once(&has, hasDayOfWeek)
			t.DayOfWeek = s.dayOfWeek()
		default:
			s.Decline(otherElement)
		}
	}
	s.need(has, hasBias|hasTime|hasDayOrder|hasMonth|hasDayOfWeek)
	if t.Month == 0 {
		return freebusy.Transition{Bias: t.Bias}
	}
	if t.DayOrder < 1 {
		s.Decline(otherValue)
	}
	return t
}
