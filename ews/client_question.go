package ews

import (
	"cmp"
	"strconv"
	"time"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
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
	doc, header, body := soap.NewEnvelope(true, prefixMessages, prefixTypes)
	q.as.addHeaders(header)

	request := body.CreateElement("m:GetUserAvailabilityRequest")
	addTimeZone(request, freebusy.TimeZone{})
	mailboxes := request.CreateElement("m:MailboxDataArray")
	for _, m := range q.mailboxes {
		addMailbox(mailboxes, m)
	}
	options := request.CreateElement("t:FreeBusyViewOptions")
	window := options.CreateElement("t:TimeWindow")
	soap.AddText(window, "t:StartTime", q.window.Start.Format(wallClock))
	soap.AddText(window, "t:EndTime", q.window.End.Format(wallClock))
	soap.AddText(options, "t:MergedFreeBusyIntervalInMinutes", strconv.Itoa(int(q.interval/time.Minute)))
	soap.AddText(options, "t:RequestedView", q.view().String())
	return soap.Bytes(doc)
}

// addMailbox writes AttendeeType and ExcludeConflicts only because the schema
// or its documentation wants them; they matter to suggestions alone.
func addMailbox(mailboxes *etree.Element, m freebusy.Mailbox) {
	data := mailboxes.CreateElement("t:MailboxData")
	email := data.CreateElement("t:Email")
	soap.AddText(email, "t:Address", m.Address)
	soap.AddText(email, "t:RoutingType", cmp.Or(m.RoutingType, "SMTP"))
	soap.AddText(data, "t:AttendeeType", "Required")
	soap.AddText(data, "t:ExcludeConflicts", "false")
}
