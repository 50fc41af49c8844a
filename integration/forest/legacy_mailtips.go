package forest

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

// TipQuestion is what an old server wants to know for somebody who writes a
// message.
type TipQuestion struct {
	SendingAs  string
	Recipients []string // SMTP addresses, in order, duplicates allowed
	Wanted     string   // MailTipsRequested, default All
}

// TipReply is what it learned.
type TipReply struct {
	Recipients []RecipientTips // one for each recipient asked for, in order

	Request, Response []byte // the documents
}

// RecipientTips is what is known about one recipient.
type RecipientTips struct {
	Address string // as the answer names it
	Class   string // Success, Warning or Error
	Code    string // NoError or what went wrong
	Text    string // of an error

	// Told is the text of each element inside MailTips that has one, by its name:
	// MailboxFull, Message and so on. An element without text is there with "".
	Told map[string]string
}

// AskTips asks for mail tips as an Exchange 2010 or later does for its users. The
// error is that of Ask.
func (c *Caller) AskTips(ctx context.Context, q TipQuestion) (*TipReply, error) {
	q.Wanted = cmp.Or(q.Wanted, "All")
	request := c.tipDocument(q)
	response, body, err := c.exchange(ctx, call{"GetMailTips", request}, &stopwatch{last: time.Now()})
	if err != nil {
		return nil, err
	}
	r, err := readTipReply(body, q, c.age())
	if err == nil && response.StatusCode != http.StatusOK {
		err = &HTTPError{Status: response.StatusCode}
	}
	if err != nil {
		return nil, err
	}
	r.Request, r.Response = request, body
	return r, nil
}

func (c *Caller) tipDocument(q TipQuestion) []byte {
	var p pen
	p.open(`soap:Envelope xmlns:soap="` + nsSOAP + `" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"`)
	p.open("soap:Header")
	if version := requestVersions[c.age()]; version != "" {
		p.empty(types(`RequestServerVersion Version="` + version + `"`))
	}
	if c.SecurityContext != nil {
		c.SecurityContext.write(&p)
	}
	p.leaf(types("ProxyRequestTypeHeader"), cmp.Or(c.ProxyRequestType, "CrossForest"))
	p.close("soap:Header")
	p.open("soap:Body")
	p.open(`GetMailTips xmlns="` + nsMessages + `"`)
	person := func(tag, address string) {
		p.open(tag)
		p.leaf(types("EmailAddress"), address)
		p.leaf(types("RoutingType"), "SMTP")
		name, _, _ := strings.Cut(tag, " ")
		p.close(name)
	}
	person("SendingAs", q.SendingAs)
	p.open("Recipients")
	for _, address := range q.Recipients {
		person(types("Mailbox"), address)
	}
	p.close("Recipients")
	p.leaf("MailTipsRequested", q.Wanted)
	p.close("GetMailTips", "soap:Body", "soap:Envelope")
	return p.bytes()
}

// readTipReply reads the answer to q as the generated classes of that age do.
func readTipReply(body []byte, q TipQuestion, g Generation) (*TipReply, error) {
	envelope, err := readAnswer(body, g)
	if err != nil {
		return nil, err
	}
	r := &reader{generation: g}
	response := envelope.child(nsSOAP, "Body").child(nsMessages, "GetMailTipsResponse")
	if response != nil {
		r.message(response)
	}
	messages := response.child(nsMessages, "ResponseMessages").children(nsMessages, "MailTipsResponseMessageType")
	if len(messages) != len(q.Recipients) {
		r.spoil("%d recipients were asked for and %d answered", len(q.Recipients), len(messages))
	}
	reply := &TipReply{}
	for _, m := range messages {
		tips := m.child(nsMessages, "MailTips")
		a := RecipientTips{Address: tips.child(nsTypes, "RecipientAddress").child(nsTypes, "EmailAddress").text(), Told: map[string]string{}}
		a.Class, a.Code, a.Text = r.message(m)
		if a.Class == "Success" && tips.child(nsTypes, "PendingMailTips") == nil {
			r.spoil("MailTips have no PendingMailTips")
		}
		r.tell(tips, a.Told)
		reply.Recipients = append(reply.Recipients, a)
	}
	if r.spoilt != nil {
		return nil, r.spoilt
	}
	return reply, nil
}

// tell notes the elements inside tips, and holds their texts to their types.
func (r *reader) tell(tips *node, told map[string]string) {
	if tips == nil {
		return
	}
	for _, n := range tips.Children {
		switch name := n.XMLName.Local; name {
		case "RecipientAddress":
			continue
		case "PendingMailTips":
			for _, word := range strings.Fields(n.text()) {
				if !slices.Contains(tipTypes, word) {
					r.spoil("instance validation error: %q is not a valid value for MailTipTypes", word)
				}
			}
		case "MailboxFull", "DeliveryRestricted", "IsModerated", "InvalidRecipient":
			r.boolean(tips, name)
		case "TotalMemberCount", "ExternalMemberCount", "MaxMessageSize":
			r.integer(n)
		case "Duration":
			r.moment(n, "StartTime")
			r.moment(n, "EndTime")
		}
		if len(n.Children) > 0 {
			r.tell(n, told)
		} else {
			told[n.XMLName.Local] = n.text()
		}
	}
}
