package ews

import (
	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// readMailboxes reads the MailboxDataArray. Who attends matters only where
// times are to be suggested.
func (r *request) readMailboxes(m *soap.Message) error {
	array := soap.Child(m.Body, nsMessages, "MailboxDataArray")
	if array == nil {
		return missingArgument("MailboxDataArray")
	}
	entries := soap.Children(array, nsTypes, "MailboxData")
	if err := checkMailboxCount(len(entries)); err != nil {
		return err
	}
	r.Query.Mailboxes = make([]freebusy.Mailbox, len(entries))
	r.attendees = make([]freebusy.Attendee, len(entries))
	for i, entry := range entries {
		email := soap.Child(entry, nsTypes, "Email")
		if email == nil {
			return incomplete(m, entry, nsTypes, "Email")
		}
		box := &r.Query.Mailboxes[i]
		box.Address, _ = soap.ChildText(email, nsTypes, "Address")
		box.RoutingType, _ = soap.ChildText(email, nsTypes, "RoutingType")
		var err error
		if r.attendees[i], err = readAttendee(m, entry); err != nil {
			return err
		}
	}
	return nil
}

// readAttendee reads what MailboxData says besides the mailbox. The schema
// demands an AttendeeType, but who asks for no suggestions may leave it out, as
// ever; ExcludeConflicts is false where it is absent (learn.microsoft.com
// mailboxdata wants it, the schema and Outlook do not).
func readAttendee(m *soap.Message, entry *etree.Element) (a freebusy.Attendee, err error) {
	e := soap.Child(entry, nsTypes, "AttendeeType")
	a.Type = freebusy.Required
	if e == nil && soap.Child(m.Body, nsTypes, "SuggestionsViewOptions") != nil {
		return a, incomplete(m, entry, nsTypes, "AttendeeType")
	}
	if e != nil {
		var ok bool
		if a.Type, ok = freebusy.ParseAttendeeType(soap.Text(e)); !ok {
			return a, invalidValue(m, e, nsTypes+":MeetingAttendeeType")
		}
	}
	a.ExcludeConflicts, err = optionalBool(m, entry, "ExcludeConflicts", false)
	return a, err
}
