package ews

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// reader turns the message that came back into the answers to one question.
type reader struct {
	asked  question
	asOf   time.Time
	origin freebusy.Origin
}

// read reads the answers in what came back, as [reader.answers] does: in one
// pass over its bytes if that can be done.
func (r reader) read(came *incoming) ([]freebusy.Answer, *freebusy.Error) {
	scan := answerScan{reader: r}
	if good(came.response) && scan.read(came.document, came.limits) {
		return scan.answers, nil
	}
	message, failure := came.message()
	if failure != nil {
		return nil, failure
	}
	return r.answers(message)
}

// answers reads a GetUserAvailabilityResponse ([MS-OXWAVLS] 3.1.4.1.3.15). There
// is one answer for each mailbox that was asked for, in order, or a failure for
// all of them.
//
// Nothing in a response names its mailbox: only its position does. Therefore
// one response too few or too many makes all of them worthless.
func (r reader) answers(m *soap.Message) ([]freebusy.Answer, *freebusy.Error) {
	if fault := m.Fault(); fault != nil {
		return nil, readFault(fault)
	}
	responses, err := entriesIn(m, "GetUserAvailabilityResponse", "FreeBusyResponseArray", "FreeBusyResponse")
	if err != nil {
		return nil, freebusy.ProxyFailed("The response is not one of GetUserAvailability", err)
	}
	if len(responses) != len(r.asked.mailboxes) {
		return nil, freebusy.ProxyFailed("The response does not have one entry for each mailbox",
			fmt.Errorf("%d responses for %d mailboxes", len(responses), len(r.asked.mailboxes)))
	}
	answers := make([]freebusy.Answer, len(responses))
	for i, response := range responses {
		answers[i] = r.answer(response)
	}
	if r.shifted(answers) {
		return nil, freebusy.ProxyFailed("The entries of the response are not in the order of the mailboxes",
			errors.New("an error names a mailbox other than its own"))
	}
	return answers, nil
}

// entriesIn finds the entries of a response where they belong, in its array, and
// nowhere else.
func entriesIn(m *soap.Message, response, array, entry string) ([]*etree.Element, error) {
	if m.Body == nil || m.Body.Tag != response || !ours(m.Body) {
		return nil, errors.New("the Body holds something else")
	}
	arrays := children(m.Body, array)
	if beside := len(m.Body.Parent().ChildElements()) - 1; beside > 0 || len(arrays) > 1 {
		return nil, fmt.Errorf("%d %ss, and %d elements beside them in the Body", len(arrays), array, beside)
	}
	return children(child(m.Body, array), entry), nil
}

// answer reads one FreeBusyResponse. What cannot be read spoils this mailbox
// and no other, and no part of it is taken for the whole.
func (r reader) answer(response *etree.Element) freebusy.Answer {
	if name := repeated(response); name != "" {
		return freebusy.Answer{Err: r.unusable("The response contradicts itself", fmt.Errorf("%s is there more than once", name))}
	}
	if failure := r.failure(child(response, "ResponseMessage")); failure != nil {
		return freebusy.Answer{Err: failure}
	}
	return r.answerWith(r.calendar(child(response, "FreeBusyView")))
}

func (r reader) answerWith(calendar *freebusy.Calendar, err error) freebusy.Answer {
	if err != nil {
		return freebusy.Answer{Err: r.unusable("The calendar in the response cannot be read", err)}
	}
	return freebusy.Answer{Calendar: calendar}
}

// shifted reports whether an error speaks of another mailbox that was asked for
// and not of its own. It is the only trace that a server leaves when it mixes
// up the order, which [MS-OXWAVLS] 3.1.4.1.3.3 forbids.
func (r reader) shifted(answers []freebusy.Answer) bool {
	for i, a := range answers {
		if a.Err == nil || !strings.Contains(a.Err.Text, "@") {
			continue
		}
		named := freebusy.AddressesIn(a.Err.Text)
		if namesOneOf(named, r.asked.mailboxes[i:i+1]) {
			continue
		}
		if namesOneOf(named, r.asked.mailboxes) {
			return true
		}
	}
	return false
}

func namesOneOf(named, mailboxes []freebusy.Mailbox) bool {
	return slices.ContainsFunc(mailboxes, func(m freebusy.Mailbox) bool {
		return slices.ContainsFunc(named, func(n freebusy.Mailbox) bool { return n.Key() == m.Key() })
	})
}

// unique are the elements of a response that its schema has once, of which two
// would be a choice that is not ours.
var unique = map[string]bool{
	"ResponseMessage": true, "ResponseCode": true, "FreeBusyView": true, "FreeBusyViewType": true,
	"MergedFreeBusy": true, "CalendarEventArray": true, "StartTime": true, "EndTime": true, "BusyType": true,
	"CalendarEventDetails": true, "ID": true, "Subject": true, "Location": true, "IsPrivate": true,

	"MailTips": true, "RecipientAddress": true, "EmailAddress": true, "PendingMailTips": true, "OutOfOffice": true, "ReplyBody": true,
	"Message": true, "Duration": true, "MailboxFull": true, "CustomMailTip": true, "TotalMemberCount": true, "ExternalMemberCount": true,
	"MaxMessageSize": true, "DeliveryRestricted": true, "IsModerated": true, "InvalidRecipient": true,
}

// repeated is the name of an element in e that should be there once and is there
// more often, or "".
func repeated(e *etree.Element) string {
	var seen []string
	for _, token := range e.Child {
		c, ok := token.(*etree.Element)
		if !ok {
			continue
		}
		if unique[c.Tag] && slices.Contains(seen, c.Tag) && len(children(e, c.Tag)) > 1 {
			return c.Tag
		}
		if unique[c.Tag] {
			seen = append(seen, c.Tag)
		}
		if name := repeated(c); name != "" {
			return name
		}
	}
	return ""
}

// ours reports whether e is in one of the two namespaces of the operation. No
// name means one thing in one and another in the other, and not every server
// keeps them apart.
func ours(e *etree.Element) bool {
	namespace := e.NamespaceURI()
	return namespace == nsMessages || namespace == nsTypes
}

// child is the first child of e that is ours and has that name, or nil. A nil e
// has none.
func child(e *etree.Element, name string) *etree.Element {
	if e == nil {
		return nil
	}
	for _, token := range e.Child {
		if c, ok := token.(*etree.Element); ok && c.Tag == name && ours(c) {
			return c
		}
	}
	return nil
}

// children are all children of e that are ours and have that name.
func children(e *etree.Element, name string) (found []*etree.Element) {
	if e == nil {
		return nil
	}
	for _, token := range e.Child {
		if c, ok := token.(*etree.Element); ok && c.Tag == name && ours(c) {
			found = append(found, c)
		}
	}
	return found
}

// childText is the text of that child of e, "" also when there is none.
func childText(e *etree.Element, name string) string { return soap.Text(child(e, name)) }
