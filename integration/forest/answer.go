package forest

import (
	"strings"
	"time"
)

// answer is what EWS says about one mailbox: a view, or a refusal.
type answer struct {
	refusal *refusal

	view   string // as granted
	merged string // digits, in a merged view
	events []Event
	hours  WorkingHours
	zone   Zone // of the owner, for the working hours
	detail bool
}

// refusal is a per-mailbox error. The exception names that no public sample
// shows are formed like those that are known.
type refusal struct {
	code, text, exception string
	number                int
	lid                   int
	source                string // ResponseSource, when another server refused
}

// look answers for one mailbox as a server of that age would.
func (t *Truth) look(who target, q *question, g Generation) answer {
	if _, domain, found := strings.Cut(who.address, "@"); (!found || domain == "") && !strings.EqualFold(who.routing, "EX") {
		return answer{refusal: &refusal{
			code: "ErrorInvalidSmtpAddress", exception: "InvalidSmtpAddressException", number: 5035, lid: 57660,
			text: "E-mail address " + spelled(who, g) + " is not a valid SMTP address.",
		}}
	}
	m, found := t.Mailbox(who.address)
	if !found || who.routing != "" && !strings.EqualFold(who.routing, "SMTP") {
		return answer{refusal: &refusal{
			code: "ErrorMailRecipientNotFound", exception: "MailRecipientNotFoundException", number: 5009, lid: 57660,
			text: "Unable to resolve e-mail address " + spelled(who, g) + " to an Active Directory object.",
		}}
	}
	if m.Access == AccessNone {
		return answer{refusal: &refusal{
			code: "ErrorNoFreeBusyAccess", exception: "NoFreeBusyAccessException", number: 5037, lid: 47652,
			text: "The caller does not have access to free/busy data.",
		}}
	}
	events := m.between(q.from, q.to)
	if len(events) > maximumEntries {
		return answer{refusal: tooManyEntries(len(events))}
	}
	return m.show(events, q, g)
}

// spelled is an address as servers of that age write it into their messages.
func spelled(who target, g Generation) string {
	if g == Exchange2007 {
		return "<" + who.address + ">SMTP:" + who.address
	}
	return "<>SMTP:" + who.address
}

// between returns the entries that a server lists for a window: those that
// overlap it, and also those that end exactly where it begins, as Exchange does
// (how-to-get-free-busy-information: a window from 02-13T00:00 holds an entry
// that ends then). They are listed whole.
func (m Mailbox) between(from, to time.Time) []Event {
	var found []Event
	for _, e := range m.Events {
		if e.Start.Before(to) && !e.End.Before(from) {
			found = append(found, e)
		}
	}
	return found
}

func (m Mailbox) show(events []Event, q *question, g Generation) answer {
	a := answer{view: granted(q.view, m.Access), hours: m.WorkingHours, zone: m.Zone}
	if m.Kind == Group {
		a.view = "MergedOnly"
	}
	a.detail = strings.HasPrefix(a.view, "Detailed")
	if strings.Contains(a.view, "Merged") {
		a.merged = merge(events, q.from, q.to, q.interval, rank)
	}
	if a.view == "MergedOnly" {
		return a
	}
	for _, e := range events {
		if !g.knows(e.Busy) {
			e.Busy = Free // as its digit says
		}
		a.events = append(a.events, e)
	}
	return a
}

// merge asks each slot for the highest digit of the entries that reach into it.
// The last slot ends with the window.
func merge(events []Event, from, to time.Time, interval time.Duration, digitOf func(BusyType) byte) string {
	var digits strings.Builder
	for slot := from; slot.Before(to); slot = slot.Add(interval) {
		end := slot.Add(interval)
		if end.After(to) {
			end = to
		}
		digit := byte('0')
		for _, e := range events {
			if e.Start.Before(end) && e.End.After(slot) {
				digit = max(digit, digitOf(e.Busy))
			}
		}
		digits.WriteByte(digit)
	}
	return digits.String()
}

// rank is the digit of EWS. Nothing but 1, 2 and 3 is ever written for an entry
// ([MS-OXWAVLS] 4.3): WorkingElsewhere and NoData show as free.
func rank(b BusyType) byte {
	switch b {
	case Tentative:
		return '1'
	case Busy:
		return '2'
	case OOF:
		return '3'
	}
	return '0'
}
