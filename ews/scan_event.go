package ews

import "availproxy/freebusy"

const (
	hasEventStart fields = 1 << iota
	hasEventEnd
	hasBusyType
	hasDetails
)

// calendarEvent reads what [readCalendarEvent] reads, in the order of the schema.
func (s *answerScan) calendarEvent() freebusy.Event {
	var has fields
	var start, end, busy []byte
	var details *freebusy.Details
	for s.typed() {
		switch string(s.Local) {
		case "StartTime":
			s.follows(&has, hasEventStart)
			start = s.Vary(&s.next)
		case "EndTime":
			s.follows(&has, hasEventEnd)
			end = s.Vary(&s.next)
		case "BusyType":
			s.follows(&has, hasBusyType)
			busy = s.Vary(&s.next)
		case "CalendarEventDetails":
			s.follows(&has, hasDetails)
			details = s.details()
		default:
			s.Decline(otherElement)
		}
	}
	s.need(has, hasEventStart|hasEventEnd)
	if has == hasEventStart|hasEventEnd|hasBusyType {
		s.learn(&s.event)
	}
	event := s.plainEvent(start, end, busy)
	event.Details = details
	return event
}

// plainEvent is an event without details. What is no BusyType counts as busy, and
// so does none.
func (s *answerScan) plainEvent(start, end, busy []byte) freebusy.Event {
	event := freebusy.Event{Start: s.momentOf(start).time, End: s.momentOf(end).time, Busy: freebusy.Busy}
	if known, ok := freebusy.ParseBusyType(string(busy)); ok {
		event.Busy = known
	}
	if event.End.Before(event.Start) {
		s.Decline(otherValue)
	}
	return event
}

const (
	hasID fields = 1 << iota
	hasSubject
	hasLocation
	hasMeeting
	hasRecurring
	hasException
	hasReminder
	hasPrivate
)

// details reads what [readDetails] reads.
func (s *answerScan) details() *freebusy.Details {
	var has fields
	d := &freebusy.Details{IsPrivate: true}
	for s.typed() {
		switch string(s.Local) {
		case "ID":
			s.once(&has, hasID)
			d.ID = s.Written()
		case "Subject":
			s.once(&has, hasSubject)
			d.Subject = s.Written()
		case "Location":
			s.once(&has, hasLocation)
			d.Location = s.Written()
		case "IsMeeting":
			s.once(&has, hasMeeting)
			d.IsMeeting = s.boolean()
		case "IsRecurring":
			s.once(&has, hasRecurring)
			d.IsRecurring = s.boolean()
		case "IsException":
			s.once(&has, hasException)
			d.IsException = s.boolean()
		case "IsReminderSet":
			s.once(&has, hasReminder)
			d.IsReminderSet = s.boolean()
		case "IsPrivate":
			s.once(&has, hasPrivate)
			d.IsPrivate = s.boolean()
		default:
			s.Decline(otherElement)
		}
	}
	if has == 0 {
		return nil
	}
	if d.IsPrivate {
		d.ID, d.Subject, d.Location = "", "", ""
	}
	return d
}
