package graph

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// schedule is a scheduleInformation (learn.microsoft.com scheduleinformation).
type schedule struct {
	ScheduleID       string         `json:"scheduleId"`
	AvailabilityView string         `json:"availabilityView"`
	ScheduleItems    []scheduleItem `json:"scheduleItems"`
	WorkingHours     *workingHours  `json:"workingHours"`
	Error            *scheduleError `json:"error"`
}

// scheduleItem is an entry (learn.microsoft.com scheduleitem). What its reader
// may not see is left out, which is why the pointers.
type scheduleItem struct {
	Status    string           `json:"status"`
	Start     dateTimeTimeZone `json:"start"`
	End       dateTimeTimeZone `json:"end"`
	Subject   *string          `json:"subject"`
	Location  *string          `json:"location"`
	IsPrivate *bool            `json:"isPrivate"`
}

func (r reader) answer(m freebusy.Mailbox, s schedule) freebusy.Answer {
	if s.Error != nil {
		failure := s.Error.failure(m)
		failure.Source = r.origin.URL
		return freebusy.Answer{Err: failure}
	}
	calendar, err := r.calendar(s)
	if err != nil {
		return r.unusable(err)
	}
	return freebusy.Answer{Calendar: calendar}
}

// calendar reads a schedule that reports no error.
func (r reader) calendar(s schedule) (*freebusy.Calendar, error) {
	// Hours that nobody has looked at, or that are taken, would look free without
	// the events.
	switch {
	case s.ScheduleItems == nil && s.AvailabilityView == "":
		return nil, errors.New("graph: the schedule has neither scheduleItems nor an availabilityView")
	case len(s.ScheduleItems) == 0 && strings.Trim(s.AvailabilityView, "0") != "":
		return nil, errors.New("graph: the availabilityView shows hours that are taken, and there are no scheduleItems")
	}
	c := &freebusy.Calendar{
		Detail: freebusy.FreeBusy, Known: r.asked.window, AsOf: r.asOf, Origin: r.origin,
		WorkingHours: s.WorkingHours.read(r.asked.window.Start),
	}
	if len(s.ScheduleItems) == 0 {
		c.Detail = r.asked.detail // these hours say nothing of what was granted, and must not hide what others show
	}
	for _, item := range s.ScheduleItems {
		event, err := item.read()
		if err != nil {
			return nil, err
		}
		if event.Details != nil {
			c.Detail = r.asked.detail
		}
		if r.asked.window.Holds(event) {
			c.Events = append(c.Events, event)
		}
	}
	if c.Detail < freebusy.Detailed {
		for i := range c.Events {
			c.Events[i].Details = nil
		}
	}
	freebusy.SortEvents(c.Events)
	return c, nil
}

// statuses are those of freeBusyStatus (learn.microsoft.com scheduleitem). A word
// that is not among them is Busy: time that is taken in a new way is taken.
var statuses = map[string]freebusy.BusyType{
	"free": freebusy.Free, "tentative": freebusy.Tentative, "busy": freebusy.Busy, "oof": freebusy.OOF,
	"workingelsewhere": freebusy.WorkingElsewhere, "unknown": freebusy.NoData,
}

func (i scheduleItem) read() (event freebusy.Event, err error) {
	if event.Start, err = i.Start.read(); err != nil {
		return event, err
	}
	if event.End, err = i.End.read(); err != nil {
		return event, err
	}
	if event.End.Before(event.Start) {
		return event, errors.New("graph: an event ends before it starts")
	}
	busy, known := statuses[strings.ToLower(i.Status)]
	if !known {
		busy = freebusy.Busy
	}
	event.Busy = busy
	event.Details = i.details()
	return event, nil
}

// details are nil where only the time was granted. An event is private unless it
// clearly says that it is not.
func (i scheduleItem) details() *freebusy.Details {
	if i.Subject == nil && i.Location == nil && i.IsPrivate == nil {
		return nil
	}
	d := &freebusy.Details{IsPrivate: i.IsPrivate == nil || *i.IsPrivate}
	if !d.IsPrivate {
		d.Subject, d.Location = text(i.Subject), text(i.Location)
	}
	return d
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// read takes a time in UTC, as it was asked for, or in a zone that has a name.
func (d dateTimeTimeZone) read() (time.Time, error) {
	location, err := locate(d.TimeZone)
	if err != nil {
		return time.Time{}, err
	}
	for _, layout := range []string{"2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, d.DateTime, location); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("graph: a time is %q", upstream.Sayable(d.DateTime))
}

// locate finds a zone by its name in Windows or in the tz database
// (learn.microsoft.com datetimetimezone).
func locate(name string) (*time.Location, error) {
	if name == "" || strings.EqualFold(name, "UTC") || strings.EqualFold(name, "tzone://Microsoft/Utc") {
		return time.UTC, nil
	}
	if location, err := freebusy.WindowsLocation(name); err == nil {
		return location, nil
	}
	if strings.EqualFold(name, "Local") {
		return nil, fmt.Errorf("graph: no zone is called %q", name)
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("graph: no zone is called %q", upstream.Sayable(name))
	}
	return location, nil
}
