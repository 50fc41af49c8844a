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
	InternalReply   string    `json:"internalReply,omitempty"` // HTML, to senders of the forest's own domain
	ExternalReply   string    `json:"externalReply,omitempty"` // HTML, to all others; "" as if nobody were away
	ReplyFrom       time.Time `json:"replyFrom,omitzero"`      // of both replies ...
	ReplyUntil      time.Time `json:"replyUntil,omitzero"`     // ... or both zero: until told otherwise
	Full            bool      `json:"full,omitempty"`
	Custom          string    `json:"custom,omitempty"`          // HTML
	Members         int       `json:"members,omitempty"`         // of a group
	ExternalMembers int       `json:"externalMembers,omitempty"` // among them
	MaxMessageSize  int       `json:"maxMessageSize,omitempty"`  // bytes; 0 is without a limit
	AcceptsOnlyFrom []string  `json:"acceptsOnlyFrom,omitempty"` // addresses of senders; none is everybody
	Moderated       bool      `json:"moderated,omitempty"`
}

// maximumRecipients is what one request may name, by the number that Exchange
// tells its clients (maxrecipientspergetmailtipsrequest).
const maximumRecipients = 50

// tipTypes are the words of MailTipsRequested (mailtipsrequested).
var tipTypes = []string{"All", "OutOfOfficeMessage", "MailboxFullStatus", "CustomMailTip", "ExternalMemberCount", "TotalMemberCount",
	"MaxMessageSize", "DeliveryRestriction", "ModerationStatus", "InvalidRecipient"}

// tipQuestion is a GetMailTips request that EWS has read and found in order
// ([MS-OXWMT] 3.1.4.1).
type tipQuestion struct {
	sender     string
	recipients []target
	wanted     []string
}

// readRecipients returns whom a GetMailTips request is about, as far as that can
// be read.
func readRecipients(envelope *node) []target {
	request := envelope.child(nsSOAP, "Body").child(nsMessages, "GetMailTips")
	var all []target
	for _, m := range request.child(nsMessages, "Recipients").children(nsTypes, "Mailbox") {
		all = append(all, target{m.child(nsTypes, "EmailAddress").text(), m.child(nsTypes, "RoutingType").text()})
	}
	return all
}

// readTipQuestion reads a whole request as a server of that age does, and returns
// the fault with which it would refuse it. Before 2010 there was no such
// operation.
func readTipQuestion(envelope *node, g Generation) (*tipQuestion, *fault) {
	if g == Exchange2007 {
		return nil, ordinaryFault("ErrorInvalidRequest", "The request is invalid.")
	}
	if refused := checkVersion(envelope.child(nsSOAP, "Header"), g); refused != nil {
		return nil, refused
	}
	request := envelope.child(nsSOAP, "Body").child(nsMessages, "GetMailTips")
	q := &tipQuestion{
		sender:     request.child(nsMessages, "SendingAs").child(nsTypes, "EmailAddress").text(),
		recipients: readRecipients(envelope),
		wanted:     strings.Fields(request.child(nsMessages, "MailTipsRequested").text()),
	}
	if n := len(q.recipients); n == 0 || n > maximumRecipients || q.sender == "" || len(q.wanted) == 0 {
		return nil, ordinaryFault("ErrorInvalidRequest", "The request is invalid.")
	}
	for _, word := range q.wanted {
		if !slices.Contains(tipTypes, word) {
			return nil, schemaFault("The 'MailTipsRequested' element is invalid - The value '" + word + "' is invalid.")
		}
	}
	return q, nil
}

func (q *tipQuestion) wants(word string) bool {
	return slices.Contains(q.wanted, word) || slices.Contains(q.wanted, "All")
}

// tipAnswer is what EWS says about one recipient.
type tipAnswer struct {
	about   target
	refusal *refusal

	known bool // in this forest
	tips  MailTips
	reply string // of the two, the one for this sender
}

// tips answers for one recipient, as sender would be told.
func (t *Truth) tips(who target, sender string) tipAnswer {
	m, found := t.Mailbox(who.address)
	a := tipAnswer{about: who, known: found, tips: m.MailTips, reply: m.MailTips.ExternalReply}
	if strings.HasSuffix(strings.ToLower(sender), "@"+t.Domain) {
		a.reply = m.MailTips.InternalReply
	}
	return a
}

// answerMailTips answers GetMailTips ([MS-OXWMT] 3.1.4.1).
func (s *EWS) answerMailTips(envelope *node, f Faults) ([]byte, *fault) {
	q, refused := readTipQuestion(envelope, s.age())
	if refused != nil {
		return nil, refused
	}
	if f.EveryTip {
		q.wanted = []string{"All"}
	}
	var answers []tipAnswer
	for _, t := range q.recipients {
		a := tipAnswer{refusal: f.refuse(t)}
		if a.refusal == nil {
			a = s.Truth.tips(t, q.sender)
		}
		answers = append(answers, a)
	}
	var p pen
	openEnvelope(&p, s.age())
	p.open(`GetMailTipsResponse ResponseClass="Success" xmlns="` + nsMessages + `"`)
	p.leaf("ResponseCode", "NoError")
	p.open("ResponseMessages")
	for _, a := range shuffle(f, answers) {
		a.write(&p, q)
	}
	p.close("ResponseMessages", "GetMailTipsResponse", "s:Body", "s:Envelope")
	return p.bytes(), nil
}

func (a tipAnswer) write(p *pen, q *tipQuestion) {
	if a.refusal != nil {
		p.open(`MailTipsResponseMessageType ResponseClass="Error"`)
		p.leaf("MessageText", a.refusal.text)
		p.leaf("ResponseCode", a.refusal.code)
		p.leaf("DescriptiveLinkKey", "0")
		p.close("MailTipsResponseMessageType")
		return
	}
	p.open(`MailTipsResponseMessageType ResponseClass="Success"`)
	p.leaf("ResponseCode", "NoError")
	p.open(`m:MailTips xmlns:m="` + nsMessages + `" xmlns:t="` + nsTypes + `"`)
	p.open("t:RecipientAddress")
	p.empty("t:Name")
	p.leaf("t:EmailAddress", a.about.address)
	p.leaf("t:RoutingType", "SMTP")
	p.close("t:RecipientAddress")
	p.empty("t:PendingMailTips")
	a.writeTips(p, q)
	p.close("m:MailTips", "MailTipsResponseMessageType")
}

func (a tipAnswer) writeTips(p *pen, q *tipQuestion) {
	tip := func(word, element, text string) {
		if q.wants(word) {
			p.leaf(element, text)
		}
	}
	if q.wants("OutOfOfficeMessage") {
		a.writeReply(p)
	}
	tip("MailboxFullStatus", "t:MailboxFull", strconv.FormatBool(a.tips.Full))
	if a.tips.Custom != "" {
		tip("CustomMailTip", "t:CustomMailTip", a.tips.Custom)
	}
	tip("TotalMemberCount", "t:TotalMemberCount", strconv.Itoa(max(1, a.tips.Members)))
	tip("ExternalMemberCount", "t:ExternalMemberCount", strconv.Itoa(a.tips.ExternalMembers))
	tip("MaxMessageSize", "t:MaxMessageSize", strconv.Itoa(a.tips.MaxMessageSize))
	tip("DeliveryRestriction", "t:DeliveryRestricted", strconv.FormatBool(a.tips.refuses(q.sender)))
	tip("ModerationStatus", "t:IsModerated", strconv.FormatBool(a.tips.Moderated))
	tip("InvalidRecipient", "t:InvalidRecipient", strconv.FormatBool(!a.known))
}

func (a tipAnswer) writeReply(p *pen) {
	p.open("t:OutOfOffice")
	p.open("t:ReplyBody")
	p.leaf("t:Message", a.reply)
	p.close("t:ReplyBody")
	if a.reply != "" && !a.tips.ReplyUntil.IsZero() {
		p.open("t:Duration")
		p.leaf("t:StartTime", a.tips.ReplyFrom.UTC().Format(time.RFC3339))
		p.leaf("t:EndTime", a.tips.ReplyUntil.UTC().Format(time.RFC3339))
		p.close("t:Duration")
	}
	p.close("t:OutOfOffice")
}

// refuses reports whether messages of sender will not be delivered.
func (m MailTips) refuses(sender string) bool {
	return len(m.AcceptsOnlyFrom) > 0 &&
		!slices.ContainsFunc(m.AcceptsOnlyFrom, func(address string) bool { return strings.EqualFold(address, sender) })
}
