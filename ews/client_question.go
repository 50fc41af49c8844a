package ews

import (
	"cmp"
	"strconv"
	"time"

	"availproxy/freebusy"
)

// Slot lengths that every Exchange accepts ([MS-OXWAVLS] 3.1.4.1.3.13), and the
// one for a question that names none.
const (
	shortestSlot = 5 * time.Minute
	usualSlot    = defaultInterval * time.Minute
	longestSlot  = 24 * time.Hour
)

// question is what one request asks: part of a Query, within what the schema
// can say.
type question struct {
	mailboxes []freebusy.Mailbox
	window    freebusy.Window // in whole seconds, UTC, long enough for one slot
	interval  time.Duration   // whole minutes, not longer than the window
	detail    freebusy.Detail // FreeBusy at least
	as        impersonated
}

func newQuestion(q freebusy.Query, mailboxes []freebusy.Mailbox) question {
	window := q.Window.Outwards(shortestSlot)
	interval := cmp.Or(q.Interval.Truncate(time.Minute), usualSlot)
	interval = min(max(interval, shortestSlot), longestSlot, window.Duration().Truncate(time.Minute))
	return question{
		mailboxes: mailboxes,
		window:    window,
		interval:  interval,
		detail:    max(q.Detail, freebusy.FreeBusy),
	}
}

// view asks for events always, since digits can be computed from them and
// nothing else can, and for the digits too, for whoever has nothing else.
func (q question) view() View { return View{Detail: q.detail, Merged: true} }

// requestVersion is the oldest schema that has all we ask: a server need not be
// newer than its customers, and Exchange Online still takes it from the Java
// API (ews-java-api issue 412).
const requestVersion = "Exchange2010_SP2"

// document writes the question as a GetUserAvailabilityRequest ([MS-OXWAVLS]
// 3.1.4.1.3.14), in the order of its schema.
//
// It asks in UTC, so a server answers in UTC, and no rule of ours can disagree
// with one of its own about an hour that occurs twice.
func (q question) document() []byte {
	const most = 1500 // bytes without the mailboxes, of which few take more than 300
	dst := startRequest(make([]byte, 0, most+300*len(q.mailboxes)), q.as)
	dst = appendTimeZone(append(dst, "<m:GetUserAvailabilityRequest>"...), freebusy.TimeZone{})
	dst = append(dst, "<m:MailboxDataArray>"...)
	for _, m := range q.mailboxes {
		dst = appendMailbox(dst, m)
	}
	dst = append(dst, "</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>"...)
	dst = q.window.Start.AppendFormat(dst, wallClock)
	dst = append(dst, "</t:StartTime><t:EndTime>"...)
	dst = q.window.End.AppendFormat(dst, wallClock)
	dst = append(dst, "</t:EndTime></t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>"...)
	dst = strconv.AppendInt(dst, int64(q.interval/time.Minute), 10)
	dst = append(dst, "</t:MergedFreeBusyIntervalInMinutes>"...)
	dst = appendElement(dst, "t:RequestedView", q.view().String())
	return append(dst, "</t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>"+requestEnd...)
}

// appendMailbox writes AttendeeType and ExcludeConflicts only because the schema
// or its documentation wants them; they matter to suggestions alone.
func appendMailbox(dst []byte, m freebusy.Mailbox) []byte {
	dst = appendElement(append(dst, "<t:MailboxData><t:Email>"...), "t:Address", m.Address)
	dst = appendElement(dst, "t:RoutingType", cmp.Or(m.RoutingType, "SMTP"))
	return append(dst, "</t:Email><t:AttendeeType>Required</t:AttendeeType><t:ExcludeConflicts>false</t:ExcludeConflicts></t:MailboxData>"...)
}
