package ews

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/beevik/etree"

	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// readCalendarEvent reads a CalendarEvent ([MS-OXWAVLS] 3.1.4.1.3.2). A BusyType that is
// missing or that we do not know is Busy: time that is taken in a new way is
// taken.
func readCalendarEvent(e *etree.Element) (event freebusy.Event, err error) {
	if event.Start, err = readTime(e, "StartTime"); err != nil {
		return event, err
	}
	if event.End, err = readTime(e, "EndTime"); err != nil {
		return event, err
	}
	if event.End.Before(event.Start) {
		return event, errors.New("an event ends before it starts")
	}
	busy, known := freebusy.ParseBusyType(childText(e, "BusyType"))
	if !known {
		busy = freebusy.Busy
	}
	event.Busy = busy
	event.Details = readDetails(child(e, "CalendarEventDetails"))
	return event, nil
}

// readTime reads a moment. Without an offset it is UTC, because that is the
// zone we ask in; 8.0 wrote an offset, and so does gromox.
func readTime(e *etree.Element, name string) (time.Time, error) {
	text := childText(e, name)
	t, _, err := parseDateTime(text)
	if err != nil {
		return t, fmt.Errorf("%s is %q", name, upstream.Sayable(text))
	}
	return t, nil
}

// readDetails reads a CalendarEventDetails, nil when there is none, or nothing
// in it. An event is private unless it clearly says that it is not.
func readDetails(e *etree.Element) *freebusy.Details {
	if e == nil || len(e.ChildElements()) == 0 {
		return nil
	}
	private, known := readBool(e, "IsPrivate")
	d := &freebusy.Details{IsPrivate: private || !known}
	d.IsMeeting, _ = readBool(e, "IsMeeting")
	d.IsRecurring, _ = readBool(e, "IsRecurring")
	d.IsException, _ = readBool(e, "IsException")
	d.IsReminderSet, _ = readBool(e, "IsReminderSet")
	if !d.IsPrivate {
		d.ID, d.Subject, d.Location = childText(e, "ID"), childText(e, "Subject"), childText(e, "Location")
	}
	return d
}

// readBool reads an xs:boolean, in any case since some write True.
func readBool(e *etree.Element, name string) (value, known bool) {
	switch strings.ToLower(childText(e, name)) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}
