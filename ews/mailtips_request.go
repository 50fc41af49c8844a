package ews

import (
	"cmp"
	"fmt"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// maxRecipients is what Exchange takes in one request
// (learn.microsoft.com mailtipsserviceconfiguration, MaxRecipientsPerGetMailTipsRequest).
const maxRecipients = 50

// readMailTipsRequest reads a GetMailTips request. The error is a
// *freebusy.Error.
func readMailTipsRequest(m *soap.Message) (q MailTipsQuery, err error) {
	sender := soap.Child(m.Body, nsMessages, "SendingAs")
	if sender == nil {
		return q, incomplete(m, m.Body, nsMessages, "SendingAs")
	}
	q.SendingAs = readEmailAddress(sender)
	recipients := soap.Child(m.Body, nsMessages, "Recipients")
	if recipients == nil {
		return q, incomplete(m, m.Body, nsMessages, "Recipients")
	}
	for _, e := range soap.Children(recipients, nsTypes, "Mailbox") {
		q.Recipients = append(q.Recipients, readEmailAddress(e))
	}
	switch n := len(q.Recipients); {
	case n == 0:
		return q, incomplete(m, recipients, nsTypes, "Mailbox")
	case n > maxRecipients:
		return q, invalidRequest(fmt.Sprintf("it names %d recipients, and %d are allowed", n, maxRecipients))
	}
	requested := soap.Child(m.Body, nsMessages, "MailTipsRequested")
	if requested == nil {
		return q, incomplete(m, m.Body, nsMessages, "MailTipsRequested")
	}
	var ok bool
	if q.Tips, ok = parseMailTipTypes(soap.Text(requested)); !ok {
		return q, invalidValue(m, requested, nsTypes+":MailTipTypes")
	}
	return q, nil
}

// readEmailAddress reads an EmailAddressType, whose names are other ones than
// those of the addresses in GetUserAvailability.
func readEmailAddress(e *etree.Element) (m freebusy.Mailbox) {
	m.Address, _ = soap.ChildText(e, nsTypes, "EmailAddress")
	m.RoutingType, _ = soap.ChildText(e, nsTypes, "RoutingType")
	return m
}

func addEmailAddress(e *etree.Element, m freebusy.Mailbox) {
	soap.AddText(e, "t:EmailAddress", m.Address)
	soap.AddText(e, "t:RoutingType", cmp.Or(m.RoutingType, "SMTP"))
}

// document writes q anew: nothing of what a caller sent is in it but addresses
// and kinds.
func (q MailTipsQuery) document() []byte {
	doc, header, body := soap.NewEnvelope(true, prefixMessages, prefixTypes)
	header.CreateElement("t:RequestServerVersion").CreateAttr("Version", requestVersion)
	request := body.CreateElement("m:GetMailTips")
	addEmailAddress(request.CreateElement("m:SendingAs"), q.SendingAs)
	recipients := request.CreateElement("m:Recipients")
	for _, m := range q.Recipients {
		addEmailAddress(recipients.CreateElement("t:Mailbox"), m)
	}
	soap.AddText(request, "m:MailTipsRequested", q.Tips.String())
	return soap.Bytes(doc)
}
