package ews

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"availproxy/freebusy"
)

// shownView is what a FreeBusyView holds.
type shownView struct {
	granted string // its FreeBusyViewType
	digits  string
	array   bool             // there is a CalendarEventArray
	events  []freebusy.Event // in it, those of the window
	hours   *freebusy.WorkingHours
}

// calendar reads a FreeBusyView.
func (r reader) calendar(view *etree.Element) (*freebusy.Calendar, error) {
	if view == nil {
		return nil, errors.New("there is no FreeBusyView")
	}
	array := child(view, "CalendarEventArray")
	events, err := r.events(array)
	if err != nil {
		return nil, err
	}
	return r.calendarOf(shownView{
		granted: childText(view, "FreeBusyViewType"), digits: childText(view, "MergedFreeBusy"),
		array: array != nil, events: events, hours: readWorkingHours(child(view, "WorkingHours")),
	})
}

// calendarOf makes the calendar that a view shows.
func (r reader) calendarOf(view shownView) (*freebusy.Calendar, error) {
	events, digits := view.events, readDigits(view.digits)
	inOrder(events)
	granted, known := parseView(view.granted)
	if !known {
		granted = apparentView(view.array, events, digits)
	}
	switch {
	case granted == View{}:
		return nil, errors.New("success is reported and no view granted")
	case granted.Merged && digits == "" && len(events) == 0:
		return nil, fmt.Errorf("the view is %s and holds neither digits nor events", granted)
	}
	c := &freebusy.Calendar{
		Detail:       min(granted.Detail, r.asked.detail),
		Known:        r.asked.window,
		AsOf:         r.asOf,
		Origin:       r.origin,
		WorkingHours: view.hours,
	}
	if c.Detail == freebusy.MergedOnly || r.digitsKnowBetter(digits, events) {
		var err error
		c.Detail = freebusy.MergedOnly
		c.Merged, err = r.merged(digits)
		return c, err
	}
	c.Events = events
	if c.Detail < freebusy.Detailed {
		dropDetails(events)
	}
	return c, nil
}

// apparentView is what a server seems to have granted that does not say so in a
// word we know.
func apparentView(array bool, events []freebusy.Event, digits string) View {
	v := View{Merged: digits != ""}
	if array {
		v.Detail = freebusy.FreeBusy
	}
	if slices.ContainsFunc(events, func(e freebusy.Event) bool { return e.Details != nil }) {
		v.Detail = freebusy.Detailed
	}
	return v
}

// events reads a CalendarEventArray; Exchange Online writes an empty one where
// others write none. One event that cannot be read spoils the array, since the
// hours it takes would look free.
func (r reader) events(array *etree.Element) ([]freebusy.Event, error) {
	var events []freebusy.Event
	for _, e := range children(array, "CalendarEvent") {
		event, err := readCalendarEvent(e)
		if err != nil {
			return nil, err
		}
		if r.asked.window.Holds(event) {
			events = append(events, event)
		}
	}
	return events, nil
}

func inOrder(events []freebusy.Event) {
	freebusy.SortEvents(events)
}

func dropDetails(events []freebusy.Event) {
	for i := range events {
		events[i].Details = nil
	}
}

// readDigits reads a MergedFreeBusy. In the enumerations of later clients 4 is
// WorkingElsewhere and 5 is NoData; in a stream of Exchange, 4 is NoData and
// WorkingElsewhere is 0.
func readDigits(text string) string { return strings.ReplaceAll(text, "5", "4") }

// digitsKnowBetter reports whether events would make hours look free of which
// the digits say something else: that somebody is busy, and no event is there at
// all, or that there is no data, as public folders have it. Other differences
// are habits of servers: Exchange 2007 marked a slot too many.
func (r reader) digitsKnowBetter(digits string, events []freebusy.Event) bool {
	if len(events) == 0 {
		return strings.ContainsAny(digits, "1234")
	}
	if !strings.Contains(digits, "4") {
		return false
	}
	taken := slices.Clone(events)
	for i := range taken {
		taken[i].Busy = freebusy.Busy
	}
	told := freebusy.Merge(taken, r.asked.window, r.asked.interval)
	for i := range digits {
		if digits[i] == '4' && (i >= len(told) || told[i] == '0') {
			return true
		}
	}
	return false
}

// merged keeps the digits for a calendar that has nothing else. They must be as
// many as there are slots: a stream that is too short would end in free hours.
func (r reader) merged(digits string) (*freebusy.Merged, error) {
	slots := int((r.asked.window.Duration() + r.asked.interval - 1) / r.asked.interval)
	if len(digits) != slots || strings.Trim(digits, "01234") != "" {
		return nil, fmt.Errorf("MergedFreeBusy has %d characters and should have %d digits", len(digits), slots)
	}
	return &freebusy.Merged{Start: r.asked.window.Start, Interval: r.asked.interval, Digits: digits}, nil
}
