package freebusy

import "slices"

// Attendee says how much it matters whether somebody is free when a meeting
// time is suggested (learn.microsoft.com mailboxdata).
type Attendee struct {
	Type             AttendeeType
	ExcludeConflicts bool // suggest no time at which the attendee has a conflict
}

// AttendeeType is a MeetingAttendeeType ([MS-OXWAVLS] 3.1.4.1).
type AttendeeType int

// The attendee types, in the order of the schema.
const (
	Organizer AttendeeType = iota
	Required
	Optional
	Room
	Resource
)

var attendeeTypes = []string{"Organizer", "Required", "Optional", "Room", "Resource"}

// ParseAttendeeType reads the word of the EWS schema.
func ParseAttendeeType(word string) (t AttendeeType, ok bool) {
	i := slices.Index(attendeeTypes, word)
	return AttendeeType(i), i >= 0
}

// counts reports whether a conflict of a makes a suggestion worse. Those of
// optional attendees are only shown.
func (a Attendee) counts() bool { return a.Type != Optional }

// mustBeFree reports whether a conflict of a rules a time out. Two meetings
// cannot be in one room.
func (a Attendee) mustBeFree() bool { return a.ExcludeConflicts || a.Type == Room }
