package ews

import (
	"errors"
	"fmt"
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
	if m.Body == nil || m.Body.Tag != "GetUserAvailabilityResponse" || !ours(m.Body) {
		return nil, freebusy.ProxyFailed("The response is not one of GetUserAvailability", errors.New("the Body holds something else"))
	}
	responses := children(child(m.Body, "FreeBusyResponseArray"), "FreeBusyResponse")
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

// answer reads one FreeBusyResponse. What cannot be read spoils this mailbox
// and no other, and no part of it is taken for the whole.
func (r reader) answer(response *etree.Element) freebusy.Answer {
	if failure := r.failure(child(response, "ResponseMessage")); failure != nil {
		return freebusy.Answer{Err: failure}
	}
	calendar, err := r.calendar(child(response, "FreeBusyView"))
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
		text := strings.ToLower(a.Err.Text)
		if strings.Contains(text, r.asked.mailboxes[i].Key()) {
			continue
		}
		for _, other := range r.asked.mailboxes {
			if other.Domain() != "" && strings.Contains(text, other.Key()) {
				return true
			}
		}
	}
	return false
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
