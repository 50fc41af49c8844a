package ews

import (
	"slices"
	"strconv"

	"availproxy/freebusy"
)

// appendWorkingHours appends WorkingHours in the owner's own zone, or nothing
// where there is not a single working day.
func appendWorkingHours(dst []byte, hours *freebusy.WorkingHours) []byte {
	works := func(p freebusy.WorkingPeriod) bool { return len(p.Days) > 0 }
	if hours == nil || !slices.ContainsFunc(hours.Periods, works) {
		return dst
	}
	dst = appendTimeZone(append(dst, "<t:WorkingHours>"...), hours.Zone)
	dst = append(dst, "<t:WorkingPeriodArray>"...)
	for _, p := range hours.Periods {
		if works(p) {
			dst = appendWorkingPeriod(dst, p)
		}
	}
	return append(dst, "</t:WorkingPeriodArray></t:WorkingHours>"...)
}

func appendWorkingPeriod(dst []byte, p freebusy.WorkingPeriod) []byte {
	dst = append(dst, "<t:WorkingPeriod><t:DayOfWeek>"...)
	for i, day := range p.Days {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, day.String()...)
	}
	dst = appendInt(append(dst, "</t:DayOfWeek>"...), "t:StartTimeInMinutes", p.Start)
	dst = appendInt(dst, "t:EndTimeInMinutes", p.End)
	return append(dst, "</t:WorkingPeriod>"...)
}

// appendTimeZone appends z as [addTimeZone] adds it.
func appendTimeZone(dst []byte, z freebusy.TimeZone) []byte {
	dst = appendInt(append(dst, "<t:TimeZone>"...), "t:Bias", z.Bias)
	dst = appendSwitch(append(dst, "<t:StandardTime>"...), z.Standard)
	dst = appendSwitch(append(dst, "</t:StandardTime><t:DaylightTime>"...), z.Daylight)
	return append(dst, "</t:DaylightTime></t:TimeZone>"...)
}

func appendSwitch(dst []byte, s freebusy.Transition) []byte {
	if s.Month == 0 {
		s = freebusy.Transition{Bias: s.Bias}
	}
	dst = appendInt(dst, "t:Bias", s.Bias)
	dst = appendClock(append(dst, "<t:Time>"...), s.Time)
	dst = appendInt(append(dst, "</t:Time>"...), "t:DayOrder", s.DayOrder)
	dst = appendInt(dst, "t:Month", int(s.Month))
	dst = appendElement(dst, "t:DayOfWeek", s.DayOfWeek.String())
	if s.Year != 0 {
		dst = appendInt(dst, "t:Year", s.Year)
	}
	return dst
}

func appendInt(dst []byte, name string, n int) []byte {
	dst = append(append(append(dst, '<'), name...), '>')
	dst = strconv.AppendInt(dst, int64(n), 10)
	return append(append(append(dst, "</"...), name...), '>')
}
