package ews

import "availproxy/freebusy"

const (
	hasEventStart fields = 1 << iota
	hasEventEnd
	hasBusyType
	hasDetails
)

// calendarEvent reads what [readCalendarEvent] reads.
func (s *answerScan) calendarEvent() (event freebusy.Event) {
	var has fields
	event.Busy = freebusy.Busy
	for s.typed() {
		switch string(s.Local) {
		case "StartTime":
			s.once(&has, hasEventStart)
			event.Start = s.moment().time
		case "EndTime":
			s.once(&has, hasEventEnd)
			event.End = s.moment().time
		case "BusyType":
			s.once(&has, hasBusyType)
			if busy, known := freebusy.ParseBusyType(string(s.Text())); known {
				event.Busy = busy
			}
		case "CalendarEventDetails":
			s.once(&has, hasDetails)
			event.Details = s.details()
		default:
			s.Decline(otherElement)
		}
	}
	s.need(has, hasEventStart|hasEventEnd)
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
