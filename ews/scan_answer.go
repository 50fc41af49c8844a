package ews

import (
	"slices"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// answerScan reads the answer of a server in one pass over its bytes, as the
// servers that we know write it when all went well. Like [scan] it finds fault
// with nothing: what it does not know it declines, and then [soap.Parse] and
// [reader] decide from the same bytes. What it does not decline they read alike.
type answerScan struct {
	elements
	reader reader

	answers []freebusy.Answer
	events  []freebusy.Event // of one mailbox, room for the next

	// Events are mostly written in one form, and working hours are mostly the
	// same for all who are asked about.
	event, hours, next soap.Form
	sameHours          *freebusy.WorkingHours // that hours stands for
}

// read reads the answers of a whole document and reports whether it has. Else
// Declined tells why not.
func (s *answerScan) read(document []byte, l soap.Limits) bool {
	s.Start(document, scanned, l)
	if !s.Child() || !s.is(spaceEnvelope, "Envelope") {
		s.Decline(otherElement)
	}
	s.envelope(s.Skip, s.body)
	s.End()
	if len(s.answers) != len(s.reader.asked.mailboxes) || s.reader.shifted(s.answers) {
		s.Decline(otherValue)
	}
	return s.Declined() == ""
}

// body reads a GetUserAvailabilityResponse that has one array of responses and
// nothing else.
func (s *answerScan) body() {
	if !s.Child() || !s.is(spaceMessages, "GetUserAvailabilityResponse") {
		s.Decline(otherOperation)
	}
	if !s.Child() || !s.is(spaceMessages, "FreeBusyResponseArray") {
		s.Decline(otherElement)
	}
	for s.Child() {
		if !s.is(spaceMessages, "FreeBusyResponse") {
			s.Decline(otherElement)
		}
		s.response()
	}
	s.nothingElse() // in the response
	s.nothingElse() // in the Body
}

// response reads a FreeBusyResponse that reports success.
func (s *answerScan) response() {
	const message, view fields = 1, 2
	var has fields
	var answer freebusy.Answer
	for s.Child() {
		switch {
		case s.Space == spaceMessages && string(s.Local) == "ResponseMessage":
			s.once(&has, message)
			s.success()
		case s.is(spaceMessages, "FreeBusyView"):
			s.once(&has, view)
			answer = s.reader.answerWith(s.reader.calendarOf(s.view()))
		default:
			s.Decline(otherElement)
		}
	}
	s.need(has, message|view)
	if s.Declined() == "" {
		s.answers = append(s.answers, answer)
	}
}

// success reads a ResponseMessage that says no more than that all went well.
func (s *answerScan) success() {
	if len(s.Attributes) != 1 {
		s.Decline(otherElement)
		return
	}
	if class := s.Attributes[0]; class.Space != soap.NoNamespace || string(class.Local) != "ResponseClass" || string(class.Value) != "Success" {
		s.Decline(otherValue)
	}
	if !s.Child() || !s.is(spaceMessages, "ResponseCode") {
		s.Decline(otherElement)
	}
	if string(s.Text()) != string(freebusy.NoError) {
		s.Decline(otherValue)
	}
	s.nothingElse()
}

const (
	hasViewType fields = 1 << iota
	hasMerged
	hasEvents
	hasHours
)

func (s *answerScan) view() (v shownView) {
	var has fields
	s.Resume(&s.hours)
	for s.otherPart(&v, &has) {
		switch string(s.Local) {
		case "FreeBusyViewType":
			s.once(&has, hasViewType)
			v.granted = string(s.Text())
		case "MergedFreeBusy":
			s.once(&has, hasMerged)
			v.digits = string(s.Text())
		case "CalendarEventArray":
			s.once(&has, hasEvents)
			v.array, v.events = true, s.calendarEvents()
		case "WorkingHours":
			s.once(&has, hasHours)
			v.hours = s.workingHours()
			s.learn(&s.hours)
			s.sameHours = v.hours
		default:
			s.Decline(otherElement)
		}
	}
	return v
}

// otherPart enters the next part of a view. It passes the working hours where they
// are written as those before were, and so are the same.
func (s *answerScan) otherPart(v *shownView, has *fields) bool {
	if _, ok := s.Again(&s.hours); ok {
		s.once(has, hasHours)
		v.hours = s.sameHours
	}
	s.Begin(&s.next)
	return s.typed()
}

// learn makes f the form that next has become.
func (s *answerScan) learn(f *soap.Form) {
	if s.Learn(&s.next) {
		*f, s.next = s.next, *f
	}
}

// calendarEvents are those that belong to the window, in no more memory than
// they need.
func (s *answerScan) calendarEvents() []freebusy.Event {
	s.events = s.events[:0]
	s.Resume(&s.event)
	for s.otherEvent() {
		if string(s.Local) != "CalendarEvent" {
			s.Decline(otherElement)
		}
		s.keep(s.calendarEvent())
	}
	if len(s.events) == 0 {
		return nil
	}
	return slices.Clone(s.events)
}

// otherEvent enters the next event, and before that keeps those that are written
// as one before was.
func (s *answerScan) otherEvent() bool {
	for texts, ok := s.Again(&s.event); ok; texts, ok = s.Again(&s.event) {
		s.keep(s.plainEvent(texts[0], texts[1], texts[2]))
	}
	s.Begin(&s.next)
	return s.typed()
}

// keep keeps an event that belongs to the window.
func (s *answerScan) keep(e freebusy.Event) {
	if s.Declined() == "" && s.reader.asked.window.Holds(e) {
		s.events = append(s.events, e)
	}
}
