package ews

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

var errMisplaced = errors.New("ews: the mail tips of one recipient came in the place of another")

// readMailTips reads a GetMailTipsResponse: one message for each recipient, in
// the order of q. What is missing or stands in a wrong place is an error of that
// recipient; nothing is ever given under another one.
func readMailTips(m *soap.Message, q MailTipsQuery) ([]MailTipsAnswer, *freebusy.Error) {
	if !soap.Is(m.Body, nsMessages, "GetMailTipsResponse") {
		return nil, freebusy.ProxyFailed("The response is not one to GetMailTips", errors.New("ews: no GetMailTipsResponse"))
	}
	messages := soap.Children(soap.Child(m.Body, nsMessages, "ResponseMessages"), nsMessages, "MailTipsResponseMessageType")
	if len(messages) != len(q.Recipients) {
		return nil, freebusy.ProxyFailed("The response does not fit the request",
			fmt.Errorf("ews: %d messages for %d recipients", len(messages), len(q.Recipients)))
	}
	answers := make([]MailTipsAnswer, len(messages))
	for i, message := range messages {
		answers[i] = readMailTipsMessage(message, q, i)
	}
	return answers, nil
}

func readMailTipsMessage(message *etree.Element, q MailTipsQuery, i int) MailTipsAnswer {
	if message.SelectAttrValue("ResponseClass", "Success") == "Error" {
		return MailTipsAnswer{Err: mailTipsRefusal(message)}
	}
	e := soap.Child(message, nsMessages, "MailTips")
	if e == nil {
		return MailTipsAnswer{Err: freebusy.ProxyFailed("The response has no mail tips", errors.New("ews: no MailTips in a successful message"))}
	}
	if q.misplaced(readEmailAddress(soap.Child(e, nsTypes, "RecipientAddress")), i) {
		return MailTipsAnswer{Err: freebusy.ProxyFailed("The response does not fit the request", errMisplaced)}
	}
	return MailTipsAnswer{Tips: readTips(e, q.Recipients[i]).only(q.Tips)}
}

// misplaced reports whether said, in position i, is another of the recipients.
// An address that is none of them may be the same mailbox under another name.
func (q MailTipsQuery) misplaced(said freebusy.Mailbox, i int) bool {
	if said.Key() == q.Recipients[i].Key() {
		return false
	}
	for _, r := range q.Recipients {
		if r.Key() == said.Key() {
			return true
		}
	}
	return false
}

func mailTipsRefusal(message *etree.Element) *freebusy.Error {
	code, _ := soap.ChildText(message, nsMessages, "ResponseCode")
	text, _ := soap.ChildText(message, nsMessages, "MessageText")
	if code == "" {
		code = string(freebusy.ErrorProxyRequestProcessingFailed)
	}
	return &freebusy.Error{Code: freebusy.Code(code), Text: text, Err: fmt.Errorf("ews: mail tips: %.100s", code)}
}

func readTips(e *etree.Element, recipient freebusy.Mailbox) *MailTips {
	t := &MailTips{Recipient: recipient}
	pending, _ := soap.ChildText(e, nsTypes, "PendingMailTips")
	t.Pending, _ = parseMailTipTypes(pending) // a word that nobody knows is pending for nobody
	if away := soap.Child(e, nsTypes, "OutOfOffice"); away != nil {
		t.OutOfOffice = readAutomaticReply(away)
	}
	t.Full = tip(e, "MailboxFull", strconv.ParseBool)
	t.Custom = tip(e, "CustomMailTip", func(text string) (string, error) { return text, nil })
	t.Total = tip(e, "TotalMemberCount", strconv.Atoi)
	t.External = tip(e, "ExternalMemberCount", strconv.Atoi)
	t.MaxSize = tip(e, "MaxMessageSize", strconv.Atoi)
	t.Restricted = tip(e, "DeliveryRestricted", strconv.ParseBool)
	t.Moderated = tip(e, "IsModerated", strconv.ParseBool)
	t.Invalid = tip(e, "InvalidRecipient", strconv.ParseBool)
	return t
}

// tip reads a child that may be missing. What cannot be read is not known.
func tip[T any](e *etree.Element, name string, parse func(string) (T, error)) *T {
	text, found := soap.ChildText(e, nsTypes, name)
	if !found || text == "" {
		return nil
	}
	value, err := parse(text)
	if err != nil {
		return nil
	}
	return &value
}

func readAutomaticReply(e *etree.Element) *AutomaticReply {
	body := soap.Child(e, nsTypes, "ReplyBody")
	r := &AutomaticReply{}
	r.Message, _ = soap.ChildText(body, nsTypes, "Message")
	if body != nil {
		r.Language = shortened(body.SelectAttrValue("xml:lang", ""))
	}
	duration := soap.Child(e, nsTypes, "Duration")
	r.Start, r.End = dateTimeText(duration, "StartTime"), dateTimeText(duration, "EndTime")
	return r
}

// dateTimeText is the text of an xs:dateTime that can be read, else "".
func dateTimeText(e *etree.Element, name string) string {
	text, _ := soap.ChildText(e, nsTypes, name)
	if _, _, err := parseDateTime(text); err != nil {
		return ""
	}
	return text
}
