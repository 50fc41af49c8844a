package ews

import (
	"slices"
	"strconv"
	"time"
)

// integer reads an xs:int. That of an element without content is left to
// [optionalInt].
func (r *elements) integer() int {
	n, err := strconv.ParseInt(string(r.Text()), 10, 32)
	if err != nil {
		r.Decline(otherValue)
	}
	return int(n)
}

// boolean reads an xs:boolean.
func (r *elements) boolean() bool {
	switch string(r.Text()) {
	case "true", "1":
		return true
	case "false", "0":
		return false
	}
	r.Decline(otherValue)
	return false
}

func (r *elements) timeOfDay() (seconds int) {
	t, err := time.Parse(time.TimeOnly, string(r.Text()))
	if err != nil {
		r.Decline(otherValue)
	}
	return t.Hour()*3600 + t.Minute()*60 + t.Second()
}

func (r *elements) dayOfWeek() time.Weekday {
	day := slices.Index(daysOfWeek, string(r.Text()))
	if day < 0 {
		r.Decline(otherValue)
	}
	return time.Weekday(day)
}

func (r *elements) moment() moment { return r.momentOf(r.Text()) }

func (r *elements) momentOf(text []byte) moment {
	t, ok := plainDateTime(text)
	if !ok {
		r.Decline(otherValue)
	}
	return t
}

// plainDateTime reads an xs:dateTime in the forms that callers write: whole
// seconds or a fraction of them, behind which there is nothing, "Z" or an offset
// with a colon. [parseDateTime] reads more, and all of these alike.
func plainDateTime(text []byte) (m moment, ok bool) {
	const form = "0000-00-00T00:00:00"
	if len(text) < len(form) || !isOfForm(text[:len(form)], form) {
		return m, false
	}
	year, month, day := number2(text)*100+number2(text[2:]), time.Month(number2(text[5:])), number2(text[8:])
	hour, minute, second := number2(text[11:]), number2(text[14:]), number2(text[17:])
	nanosecond, rest, ok := fraction(text[len(form):])
	if !ok || hour > 23 || minute > 59 || second > 59 {
		return m, false
	}
	m.time = time.Date(year, month, day, hour, minute, second, nanosecond, time.UTC)
	if m.time.Month() != month || m.time.Day() != day {
		return m, false
	}
	east, ok := offset(rest)
	m.time, m.offset = m.time.Add(-east), len(rest) > 0
	return m, ok
}

// isOfForm compares text with form, in which 0 is any digit.
func isOfForm(text []byte, form string) bool {
	for i, b := range text {
		if digit := b >= '0' && b <= '9'; digit != (form[i] == '0') || !digit && b != form[i] {
			return false
		}
	}
	return true
}

func number2(text []byte) int { return int(text[0]-'0')*10 + int(text[1]-'0') }

// fraction reads up to nine digits behind a point, if there is one.
func fraction(text []byte) (nanoseconds int, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != '.' {
		return 0, text, true
	}
	i, unit := 1, 100_000_000
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		nanoseconds += int(text[i]-'0') * unit
		unit /= 10
	}
	return nanoseconds, text[i:], i > 1 && i <= 10
}

// offset reads a time zone as xs:dateTime has it, which is at most 14 hours away.
func offset(text []byte) (east time.Duration, ok bool) {
	const form = "+00:00"
	switch {
	case len(text) == 0, string(text) == "Z":
		return 0, true
	case len(text) != len(form), text[0] != '+' && text[0] != '-', !isOfForm(text[1:], form[1:]):
		return 0, false
	}
	hours, minutes := number2(text[1:]), number2(text[4:])
	east = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if text[0] == '-' {
		east = -east
	}
	return east, hours <= 14 && minutes <= 59
}
