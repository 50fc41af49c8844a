package forest

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// MailTips are what a forest tells senders about one of its mailboxes. The zero
// MailTips are those of a person about whom there is nothing to tell.
type MailTips struct {
	AutomaticReply  string // HTML; "" is nobody away
	Full            bool
	Custom          string // HTML
	Members         int    // of a group
	ExternalMembers int
	MaxMessageSize  int // bytes; 0 is without a limit
	Restricted      bool
	Moderated       bool
}

// maximumRecipients is what one request may name
// (learn.microsoft.com mailtipsserviceconfiguration).
const maximumRecipients = 50

// tipTypes are the words of MailTipsRequested (learn.microsoft.com
// mailtipsrequested).
var tipTypes = []string{"All", "OutOfOfficeMessage", "MailboxFullStatus", "CustomMailTip", "ExternalMemberCount", "TotalMemberCount",
	"MaxMessageSize", "DeliveryRestriction", "ModerationStatus", "InvalidRecipient"}

// readRecipients returns whom a GetMailTips request is about.
func readRecipients(envelope *node) []target {
	request := envelope.child(nsSOAP, "Body").child(nsMessages, "GetMailTips")
	var all []target
	for _, m := range request.child(nsMessages, "Recipients").children(nsTypes, "Mailbox") {
		all = append(all, target{m.child(nsTypes, "EmailAddress").text(), m.child(nsTypes, "RoutingType").text()})
	}
	return all
}

// answerMailTips answers GetMailTips (learn.microsoft.com getmailtips-operation).
func (s *EWS) answerMailTips(envelope *node, f Faults) ([]byte, *fault) {
	if refused := checkVersion(envelope.child(nsSOAP, "Header"), s.age()); refused != nil {
		return nil, refused
	}
	request := envelope.child(nsSOAP, "Body").child(nsMessages, "GetMailTips")
	wanted := strings.Fields(request.child(nsMessages, "MailTipsRequested").text())
	recipients := readRecipients(envelope)
	if len(recipients) == 0 || len(recipients) > maximumRecipients || len(wanted) == 0 {
		return nil, ordinaryFault("ErrorInvalidRequest", "The request is invalid.")
	}
	for _, word := range wanted {
		if !slices.Contains(tipTypes, word) {
			return nil, schemaFault("The 'MailTipsRequested' element is invalid - The value '" + word + "' is invalid.")
		}
	}
	var p pen
	openEnvelope(&p, s.age())
	p.open(`GetMailTipsResponse ResponseClass="Success" xmlns="` + nsMessages + `"`)
	p.leaf("ResponseCode", "NoError")
	p.open("ResponseMessages")
	for _, t := range recipients {
		s.writeMailTips(&p, t, wanted, f.refuse(t))
	}
	p.close("ResponseMessages", "GetMailTipsResponse", "s:Body", "s:Envelope")
	return p.bytes(), nil
}

func (s *EWS) writeMailTips(p *pen, t target, wanted []string, refused *refusal) {
	if refused != nil {
		p.open(`MailTipsResponseMessageType ResponseClass="Error"`)
		p.leaf("MessageText", refused.text)
		p.leaf("ResponseCode", refused.code)
		p.leaf("DescriptiveLinkKey", "0")
		p.close("MailTipsResponseMessageType")
		return
	}
	_, known := s.Truth.Mailbox(t.address)
	p.open(`MailTipsResponseMessageType ResponseClass="Success"`)
	p.leaf("ResponseCode", "NoError")
	p.open(`m:MailTips xmlns:m="` + nsMessages + `" xmlns:t="` + nsTypes + `"`)
	p.open("t:RecipientAddress")
	p.leaf("t:EmailAddress", t.address)
	p.leaf("t:RoutingType", "SMTP")
	p.close("t:RecipientAddress")
	p.empty("t:PendingMailTips")
	s.MailTips[strings.ToLower(t.address)].write(p, wanted, known)
	p.close("m:MailTips", "MailTipsResponseMessageType")
}

func (m MailTips) write(p *pen, wanted []string, known bool) {
	tip := func(word, element, text string) {
		if slices.Contains(wanted, word) || slices.Contains(wanted, "All") {
			p.leaf(element, text)
		}
	}
	if slices.Contains(wanted, "OutOfOfficeMessage") || slices.Contains(wanted, "All") {
		m.writeAutomaticReply(p)
	}
	tip("MailboxFullStatus", "t:MailboxFull", strconv.FormatBool(m.Full))
	if m.Custom != "" {
		tip("CustomMailTip", "t:CustomMailTip", m.Custom)
	}
	tip("TotalMemberCount", "t:TotalMemberCount", strconv.Itoa(max(1, m.Members)))
	tip("ExternalMemberCount", "t:ExternalMemberCount", strconv.Itoa(m.ExternalMembers))
	tip("MaxMessageSize", "t:MaxMessageSize", strconv.Itoa(m.MaxMessageSize))
	tip("DeliveryRestriction", "t:DeliveryRestricted", strconv.FormatBool(m.Restricted))
	tip("ModerationStatus", "t:IsModerated", strconv.FormatBool(m.Moderated))
	tip("InvalidRecipient", "t:InvalidRecipient", strconv.FormatBool(!known))
}

func (m MailTips) writeAutomaticReply(p *pen) {
	p.open("t:OutOfOffice")
	p.open("t:ReplyBody")
	p.leaf("t:Message", m.AutomaticReply)
	p.close("t:ReplyBody")
	if m.AutomaticReply != "" {
		today := time.Now().UTC().Truncate(24 * time.Hour)
		p.open("t:Duration")
		p.leaf("t:StartTime", today.Format(time.RFC3339))
		p.leaf("t:EndTime", today.AddDate(0, 0, 7).Format(time.RFC3339))
		p.close("t:Duration")
	}
	p.close("t:OutOfOffice")
}
