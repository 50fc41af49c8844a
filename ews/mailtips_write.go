package ews

import (
	"cmp"
	"strconv"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// writeMailTips writes the GetMailTipsResponse ([MS-OXWMT] 3.1.4.1), one message
// for each recipient in the order of answers.
func writeMailTips(answers []MailTipsAnswer, g Generation, server string) answer {
	doc, header, body := soap.NewEnvelope(true, prefixMessages, prefixTypes, prefixErrors)
	addServerVersion(header)
	response := body.CreateElement("m:GetMailTipsResponse")
	addSuccess(response)
	messages := response.CreateElement("m:ResponseMessages")
	for _, a := range answers {
		message := messages.CreateElement("m:MailTipsResponseMessageType")
		if a.Err != nil {
			addFailure(message, a.Err, mailTipsCode(a.Err.Code, g), server)
			continue
		}
		addSuccess(message)
		a.Tips.add(message)
	}
	return answer{soap.Bytes(doc)}
}

// mailTipsCode is the code of one recipient as that caller can read it.
func mailTipsCode(code freebusy.Code, g Generation) freebusy.Code {
	if code == errorMailTipsDisabled {
		return code
	}
	return responseCode(code, g)
}

func addSuccess(message *etree.Element) {
	message.CreateAttr("ResponseClass", "Success")
	soap.AddText(message, "m:ResponseCode", string(freebusy.NoError))
}

// add writes t as the child MailTips of message, in the order of the schema.
func (t *MailTips) add(message *etree.Element) {
	e := message.CreateElement("m:MailTips")
	addEmailAddress(e.CreateElement("t:RecipientAddress"), t.Recipient)
	soap.AddText(e, "t:PendingMailTips", t.Pending.String())
	if t.OutOfOffice != nil {
		t.OutOfOffice.add(e)
	}
	addTip(e, "t:MailboxFull", t.Full, strconv.FormatBool)
	addTip(e, "t:CustomMailTip", t.Custom, func(text string) string { return text })
	addTip(e, "t:TotalMemberCount", t.Total, formatInt)
	addTip(e, "t:ExternalMemberCount", t.External, formatInt)
	addTip(e, "t:MaxMessageSize", t.MaxSize, formatInt)
	addTip(e, "t:DeliveryRestricted", t.Restricted, strconv.FormatBool)
	addTip(e, "t:IsModerated", t.Moderated, strconv.FormatBool)
	addTip(e, "t:InvalidRecipient", t.Invalid, strconv.FormatBool)
}

func addTip[T any](e *etree.Element, name string, tip *T, format func(T) string) {
	if tip != nil {
		soap.AddText(e, name, format(*tip))
	}
}

func formatInt(n int32) string { return strconv.Itoa(int(n)) }

func (r *AutomaticReply) add(tips *etree.Element) {
	e := tips.CreateElement("t:OutOfOffice")
	body := e.CreateElement("t:ReplyBody")
	if r.Language != "" {
		body.CreateAttr("xml:lang", r.Language)
	}
	soap.AddText(body, "t:Message", r.Message)
	if r.Start != "" && r.End != "" {
		duration := e.CreateElement("t:Duration")
		soap.AddText(duration, "t:StartTime", r.Start)
		soap.AddText(duration, "t:EndTime", r.End)
	}
}

func addEmailAddress(e *etree.Element, m freebusy.Mailbox) {
	soap.AddText(e, "t:EmailAddress", m.Address)
	soap.AddText(e, "t:RoutingType", cmp.Or(m.RoutingType, "SMTP"))
}
