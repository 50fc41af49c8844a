package ews

import (
	"slices"
	"time"

	"availproxy/freebusy"
)

const (
	hasTimeZone fields = 1 << iota
	hasMailboxes
	hasView
	hasSuggestions
)

// availabilityRequest reads what [readRequest] reads, up to what only the whole
// of it tells.
func (r *scan) availabilityRequest() {
	r.sameTimeZone()
	for r.Child() {
		switch {
		case r.is(spaceTypes, "TimeZone"):
			r.once(&r.has, hasTimeZone)
			r.zone = r.timeZone()
			r.rememberTimeZone()
		case r.is(spaceMessages, "MailboxDataArray"):
			r.once(&r.has, hasMailboxes)
			r.mailboxData()
		case r.is(spaceTypes, "FreeBusyViewOptions"):
			r.once(&r.has, hasView)
			r.viewOptions()
		case r.is(spaceTypes, "SuggestionsViewOptions"):
			r.once(&r.has, hasSuggestions)
			r.suggestionsOptions()
		default:
			r.Decline(otherElement)
		}
	}
	r.need(r.has, hasMailboxes)
}

// assemble makes the request of its parts, as [readRequest] does.
func (r *scan) assemble() {
	p := &r.request.Presentation
	p.Generation = r.caller.generation
	r.request.Query.Mailboxes = r.addressed()
	switch {
	case r.has&hasView != 0:
		p.Zone = r.zoneAt(r.view.window.start.time)
		r.clock.Set(p.Zone)
		r.assembleView(p)
	case r.has&hasSuggestions != 0:
		p.Zone = r.zoneAt(r.suggest.window.start.time)
		r.clock.Set(p.Zone)
	default:
		r.Decline(otherElement)
	}
	if r.has&hasSuggestions != 0 {
		r.assembleSuggestions(p)
	}
	if r.Declined() == "" && r.request.find() != nil {
		r.Decline(otherValue)
	}
}

// addressed are the mailboxes with their addresses, which are parts of one string.
func (r *scan) addressed() []freebusy.Mailbox {
	all, mailboxes, start := string(r.addresses), slices.Clone(r.mailboxes), 0
	for i, end := range r.ends {
		mailboxes[i].Address, start = all[start:end], end
	}
	return mailboxes
}

// zoneAt is the zone of the request. start is the wall clock at which its first
// window begins.
func (r *scan) zoneAt(start time.Time) (z freebusy.TimeZone) {
	if r.has&hasTimeZone != 0 {
		return r.zone
	}
	if r.spelled != nil {
		z, err := readTimeZoneDefinition(r.spelled, start)
		if err != nil {
			r.Decline(otherZone)
		}
		return z
	}
	location := r.zones.location(r.zoneName)
	if location == nil {
		r.Decline(otherZone)
		return z
	}
	return freebusy.ZoneOf(location, start)
}

const (
	hasEmail fields = 1 << iota
	hasAttendeeType
	hasExcludeConflicts
	hasName
	hasMailboxAddress
	hasRoutingType
)

// mailboxData reads what [request.readMailboxes] reads.
func (r *scan) mailboxData() {
	for r.Begin(&r.form); r.typed(); r.Begin(&r.form) {
		if string(r.Local) != "MailboxData" {
			r.Decline(otherElement)
		}
		r.mailbox()
		r.Learn(&r.form)
		r.moreMailboxes()
	}
	if checkMailboxCount(len(r.mailboxes)) != nil {
		r.Decline(otherValue)
	}
}

// moreMailboxes reads those that are written like the one before but for their
// address.
func (r *scan) moreMailboxes() {
	for texts, ok := r.Again(&r.form); ok; texts, ok = r.Again(&r.form) {
		last := len(r.mailboxes) - 1
		r.add(r.mailboxes[last], texts[0], r.attendees[last])
	}
}

// add needs no more than one mailbox too many.
func (r *scan) add(box freebusy.Mailbox, address []byte, attendee freebusy.Attendee) {
	if len(r.mailboxes) <= maxMailboxes {
		r.mailboxes, r.attendees = append(r.mailboxes, box), append(r.attendees, attendee)
		r.addresses = append(r.addresses, address...)
		r.ends = append(r.ends, len(r.addresses))
	}
}

func (r *scan) mailbox() {
	var has fields
	var box freebusy.Mailbox
	var address []byte
	attendee := freebusy.Attendee{Type: freebusy.Required}
	for r.typed() {
		switch string(r.Local) {
		case "Email":
			r.once(&has, hasEmail)
			box, address = r.email()
		case "AttendeeType":
			r.once(&has, hasAttendeeType)
			var known bool
			if attendee.Type, known = freebusy.ParseAttendeeType(string(r.Text())); !known {
				r.Decline(otherValue)
			}
		case "ExcludeConflicts":
			r.once(&has, hasExcludeConflicts)
			attendee.ExcludeConflicts = r.boolean()
		default:
			r.Decline(otherElement)
		}
	}
	r.need(has, hasEmail)
	r.untyped = r.untyped || has&hasAttendeeType == 0
	r.add(box, address, attendee)
}

func (r *scan) email() (box freebusy.Mailbox, address []byte) {
	var has fields
	for r.typed() {
		switch string(r.Local) {
		case "Name":
			r.once(&has, hasName)
			r.Skip()
		case "Address":
			r.once(&has, hasMailboxAddress)
			address = r.Vary(&r.form)
		case "RoutingType":
			r.once(&has, hasRoutingType)
			box.RoutingType = routingType(r.Text())
		default:
			r.Decline(otherElement)
		}
	}
	r.need(has, hasMailboxAddress)
	return box, address
}

// routingType has the usual words ready.
func routingType(text []byte) string {
	switch string(text) {
	case "SMTP":
		return "SMTP"
	case "EX":
		return "EX"
	}
	return string(text)
}
