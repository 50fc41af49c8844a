package graph

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// workingHours are those of learn.microsoft.com workinghours.
type workingHours struct {
	DaysOfWeek []string     `json:"daysOfWeek"`
	StartTime  string       `json:"startTime"`
	EndTime    string       `json:"endTime"`
	TimeZone   timeZoneBase `json:"timeZone"`
}

// timeZoneBase is a zone by its name, or a customTimeZone, which spells out its
// rules (learn.microsoft.com customtimezone).
type timeZoneBase struct {
	Name           string      `json:"name"`
	Bias           *int        `json:"bias"`
	StandardOffset *zoneOffset `json:"standardOffset"`
	DaylightOffset *zoneOffset `json:"daylightOffset"`
}

// zoneOffset is a standardTimeZoneOffset or a daylightTimeZoneOffset.
type zoneOffset struct {
	Time          string `json:"time"`
	DayOccurrence int    `json:"dayOccurrence"`
	DayOfWeek     string `json:"dayOfWeek"`
	Month         int    `json:"month"`
	Year          int    `json:"year"`
	DaylightBias  int    `json:"daylightBias"`
}

const wholeDay = 24 * 60

// read returns nil for hours that are missing or make no sense: an answer is
// better without them than not at all. A zone that is only named has the rules of
// the year of at.
func (h *workingHours) read(at time.Time) *freebusy.WorkingHours {
	if h == nil {
		return nil
	}
	period := freebusy.WorkingPeriod{}
	for _, name := range h.DaysOfWeek {
		day := slices.IndexFunc(weekdays, func(known string) bool { return strings.EqualFold(known, name) })
		if day < 0 {
			return nil
		}
		period.Days = append(period.Days, time.Weekday(day))
	}
	start, ok := minutes(h.StartTime)
	end, okEnd := minutes(h.EndTime)
	if end == 0 && start > 0 {
		end = wholeDay // midnight at the end of the day
	}
	zone, err := h.TimeZone.read(at)
	if !ok || !okEnd || end < start || err != nil || len(period.Days) == 0 {
		return nil
	}
	period.Start, period.End = start, end
	return &freebusy.WorkingHours{Zone: zone, Periods: []freebusy.WorkingPeriod{period}}
}

var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// minutes reads a timeOfDay, such as 08:00:00.0000000, as minutes after midnight.
func minutes(text string) (int, bool) {
	t, err := time.Parse("15:04:05", text)
	return t.Hour()*60 + t.Minute(), err == nil
}

func (z timeZoneBase) read(at time.Time) (freebusy.TimeZone, error) {
	if z.Bias == nil {
		location, err := locate(z.Name)
		if err != nil {
			return freebusy.TimeZone{}, err
		}
		return freebusy.ZoneOf(location, at), nil
	}
	zone := freebusy.TimeZone{Bias: *z.Bias}
	var err error
	if zone.Standard, err = z.StandardOffset.read(); err != nil {
		return zone, err
	}
	if zone.Daylight, err = z.DaylightOffset.read(); err != nil {
		return zone, err
	}
	return zone, zone.Validate()
}

// read is no switch at all for a zone that has none.
func (o *zoneOffset) read() (freebusy.Transition, error) {
	if o == nil || o.Month == 0 {
		return freebusy.Transition{}, nil
	}
	day := slices.IndexFunc(weekdays, func(known string) bool { return strings.EqualFold(known, o.DayOfWeek) })
	t, err := time.Parse("15:04:05", o.Time)
	if err != nil || day < 0 {
		return freebusy.Transition{}, fmt.Errorf("graph: a zone switches on %q at %q", upstream.Sayable(o.DayOfWeek), upstream.Sayable(o.Time))
	}
	return freebusy.Transition{
		Bias:  o.DaylightBias,
		Month: time.Month(o.Month), DayOrder: o.DayOccurrence, DayOfWeek: time.Weekday(day), Year: o.Year,
		Time: t.Hour()*3600 + t.Minute()*60 + t.Second(),
	}, nil
}
