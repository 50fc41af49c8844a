package ews

import (
	"time"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

const (
	hasBias fields = 1 << iota
	hasStandard
	hasDaylight
	hasTime
	hasDayOrder
	hasMonth
	hasDayOfWeek
	hasYear
)

// lastZone is the TimeZone of an earlier request, and how that was written.
type lastZone struct {
	form soap.Form
	zone freebusy.TimeZone
}

// sameTimeZone passes the TimeZone, which comes first, if it is written like that
// of the request before: it is a third of all elements, and hardly ever another.
func (r *scan) sameTimeZone() {
	r.Resume(&r.before.form)
	if _, same := r.Again(&r.before.form); same {
		r.has, r.zone = hasTimeZone, r.before.zone
		return
	}
	r.Begin(&r.before.form)
}

// rememberTimeZone is for the one that has just been read.
func (r *scan) rememberTimeZone() {
	const mostKept = 4 << 10
	if r.has == hasTimeZone && r.Learn(&r.before.form) && r.before.form.Keep(mostKept) {
		r.before.zone = r.zone
	}
}

// timeZone reads what [readTimeZone] reads.
func (r *scan) timeZone() (z freebusy.TimeZone) {
	var has fields
	for r.typed() {
		switch string(r.Local) {
		case "Bias":
			r.once(&has, hasBias)
			z.Bias = r.integer()
		case "StandardTime":
			r.once(&has, hasStandard)
			z.Standard = r.switchTime()
		case "DaylightTime":
			r.once(&has, hasDaylight)
			z.Daylight = r.switchTime()
		default:
			r.Decline(otherElement)
		}
	}
	r.need(has, hasBias|hasStandard|hasDaylight)
	if z.Validate() != nil {
		r.Decline(otherValue)
	}
	return z
}

// switchTime reads what [readSwitch] reads.
func (r *scan) switchTime() (s freebusy.Transition) {
	var has fields
	for r.typed() {
		switch string(r.Local) {
		case "Bias":
			r.once(&has, hasBias)
			s.Bias = r.integer()
		case "Time":
			r.once(&has, hasTime)
			s.Time = r.timeOfDay()
		case "DayOrder":
			r.once(&has, hasDayOrder)
			s.DayOrder = r.integer()
		case "Month":
			r.once(&has, hasMonth)
			s.Month = time.Month(r.integer())
		case "DayOfWeek":
			r.once(&has, hasDayOfWeek)
			s.DayOfWeek = r.dayOfWeek()
		case "Year":
			r.once(&has, hasYear)
			s.Year = r.integer()
		default:
			r.Decline(otherElement)
		}
	}
	r.need(has, hasBias|hasMonth|hasDayOrder)
	if s.Month == 0 || s.DayOrder == 0 {
		return freebusy.Transition{Bias: s.Bias}
	}
	r.need(has, hasTime)
	if s.Year == 0 {
		r.need(has, hasDayOfWeek)
	}
	return s
}
