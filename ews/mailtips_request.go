package ews

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// maxRecipients is how many recipients one request may name. Exchange tells its
// clients its own number (learn.microsoft.com maxrecipientspergetmailtipsrequest),
// which no document fixes; this is a round one of the same order, and what one
// forest is asked never exceeds it either.
const maxRecipients = 50

// maxAddress is the longest mailbox of RFC 5321 4.5.3.1: 64 bytes, "@", 255 bytes.
const maxAddress = 320

// readMailTipsRequest reads a GetMailTips request ([MS-OXWMT] 3.1.4.1). The error
// is a *freebusy.Error.
func readMailTipsRequest(m *soap.Message) (q MailTipsQuery, err error) {
	parts := map[string]*etree.Element{}
	for _, name := range []string{"SendingAs", "Recipients", "MailTipsRequested"} {
		if parts[name] = soap.Child(m.Body, nsMessages, name); parts[name] == nil {
			return q, incomplete(m, m.Body, nsMessages, name)
		}
	}
	q.SendingAs = readEmailAddress(parts["SendingAs"])
	if err := checkSender(q.SendingAs); err != nil {
		return q, err
	}
	for _, e := range soap.Children(parts["Recipients"], nsTypes, "Mailbox") {
		q.Recipients = append(q.Recipients, readEmailAddress(e))
	}
	if n := len(q.Recipients); n == 0 || n > maxRecipients {
		return q, invalidRequest(fmt.Sprintf("it names %d recipients, and 1 to %d are allowed", n, maxRecipients))
	}
	var ok bool
	if q.Tips, ok = parseMailTipTypes(soap.Text(parts["MailTipsRequested"])); !ok {
		return q, invalidValue(m, parts["MailTipsRequested"], nsTypes+":MailTipTypes")
	}
	return q, nil
}

// readEmailAddress reads an EmailAddressType, whose names are other ones than
// those of the addresses in GetUserAvailability. The display name in it is for
// people.
func readEmailAddress(e *etree.Element) (m freebusy.Mailbox) {
	m.Address, _ = soap.ChildText(e, nsTypes, "EmailAddress")
	m.RoutingType, _ = soap.ChildText(e, nsTypes, "RoutingType")
	return m
}

// checkSender takes SMTP addresses: no other forest could tell who the
// legacyExchangeDN of an "EX" is, unless it names somebody of its own.
func checkSender(m freebusy.Mailbox) error {
	smtp := m.RoutingType == "" || strings.EqualFold(m.RoutingType, "SMTP")
	if !smtp || m.Domain() == "" || strings.HasPrefix(m.Address, "@") || len(m.Address) > maxAddress {
		return freebusy.InvalidSMTPAddress(m.Address[:min(len(m.Address), maxAddress)])
	}
	return nil
}

// checkKnowsMailTips refuses a caller that says itself that its schema is from
// before Exchange 2010, with which the operation came. One that does not tell
// its age has told it by asking.
func (c caller) checkKnowsMailTips() error {
	version, known := generationOfVersion(c.header.version)
	if known && version == Exchange2007 || strings.HasPrefix(c.build, "08.") {
		return &freebusy.Error{
			Code: freebusy.ErrorIncorrectSchemaVersion, // learn.microsoft.com responsecode
			Text: "The request is valid but does not specify the correct server version in the RequestServerVersion SOAP header. " +
				"Ensure that the RequestServerVersion SOAP header is set with the correct RequestServerVersionValue.",
		}
	}
	return nil
}

// appendEmailAddress appends an element of EmailAddressType.
func appendEmailAddress(dst []byte, name string, m freebusy.Mailbox) []byte {
	dst = append(append(append(dst, '<'), name...), '>')
	dst = appendElement(dst, "t:EmailAddress", m.Address)
	dst = appendElement(dst, "t:RoutingType", "SMTP")
	return append(append(append(dst, "</"...), name...), '>')
}

// document writes q as a GetMailTips request, in the order of its schema. Nothing
// is in it that was not understood: addresses, and kinds of tips.
func (q MailTipsQuery) document(as impersonated) []byte {
	dst := append(startRequest(nil, as), "<m:GetMailTips>"...)
	dst = appendEmailAddress(dst, "m:SendingAs", freebusy.SMTP(q.SendingAs.Address))
	dst = append(dst, "<m:Recipients>"...)
	for _, m := range q.Recipients {
		dst = appendEmailAddress(dst, "t:Mailbox", freebusy.SMTP(m.Address))
	}
	dst = appendElement(append(dst, "</m:Recipients>"...), "m:MailTipsRequested", q.Tips.String())
	return append(dst, "</m:GetMailTips>"+requestEnd...)
}
