package ews

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// askTips is a GetMailTips request as learn.microsoft.com getmailtips-operation
// shows it.
func askTips() asked {
	return asked{`<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">
  <soap:Header><t:RequestServerVersion Version="Exchange2010"/></soap:Header>
  <soap:Body>
    <GetMailTips xmlns="http://schemas.microsoft.com/exchange/services/2006/messages">
      <SendingAs><t:EmailAddress> eve@contoso.com </t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></SendingAs>
      <Recipients>
        <t:Mailbox><t:Name>Anna</t:Name><t:EmailAddress> anna@fabrikam.example </t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></t:Mailbox>
        <t:Mailbox><t:EmailAddress>ben@fabrikam.example</t:EmailAddress></t:Mailbox>
      </Recipients>
      <MailTipsRequested>All</MailTipsRequested>
    </GetMailTips>
  </soap:Body>
</soap:Envelope>`}
}

// wanting asks for other tips.
func (a asked) wanting(tips string) asked { return a.replace(">All<", ">"+tips+"<") }

// ben is a recipient, to be left out or repeated.
const ben = `<t:Mailbox><t:EmailAddress>ben@fabrikam.example</t:EmailAddress></t:Mailbox>`

func (a asked) readTips() (MailTipsQuery, error) {
	m, err := soap.Read(strings.NewReader(a.document()), limits)
	if err != nil {
		return MailTipsQuery{}, err
	}
	return readMailTipsRequest(m)
}

// codeOf is the code of a *freebusy.Error, or "".
func codeOf(err error) freebusy.Code {
	if refusal, ok := errors.AsType[*freebusy.Error](err); ok {
		return refusal.Code
	}
	return ""
}

func TestMailTipsRequests(t *testing.T) {
	tests := map[string]struct {
		asked  asked
		tips   MailTipTypes
		people int
	}{
		"all tips":                       {askTips(), AllMailTips, 2},
		"all tips and one of them":       {askTips().wanting("All CustomMailTip"), AllMailTips, 2},
		"some tips":                      {askTips().wanting("OutOfOfficeMessage\n\tMailboxFullStatus"), OutOfOfficeMessage | MailboxFullStatus, 2},
		"tips of a later schema":         {askTips().wanting("Scope OutOfOfficeMessage RecipientSuggestions"), OutOfOfficeMessage, 2},
		"no tips at all":                 {askTips().wanting(""), 0, 2},
		"one person":                     {askTips().replace(ben, ""), AllMailTips, 1},
		"as many people as allowed":      {askTips().replace(ben, strings.Repeat(ben, 49)), AllMailTips, 50},
		"a sender without routing type":  {askTips().replace(" eve@contoso.com </t:EmailAddress><t:RoutingType>SMTP</t:RoutingType>", "eve@contoso.com</t:EmailAddress>"), AllMailTips, 2},
		"a sender in lower-case routing": {askTips().replace("</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></SendingAs>", "</t:EmailAddress><t:RoutingType>smtp</t:RoutingType></SendingAs>"), AllMailTips, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := tt.asked.readTips()
			if err != nil {
				t.Fatal(err)
			}
			if got.Tips != tt.tips || len(got.Recipients) != tt.people || got.SendingAs.Address != "eve@contoso.com" || got.Recipients[0].Address != "anna@fabrikam.example" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestBadMailTipsRequests(t *testing.T) {
	const sender = " eve@contoso.com </t:EmailAddress><t:RoutingType>SMTP<"
	tests := map[string]struct {
		asked asked
		code  freebusy.Code
		text  string // part of what the caller reads
	}{
		"one person too many":          {askTips().replace(ben, strings.Repeat(ben, 50)), freebusy.ErrorInvalidRequest, "51 recipients, and 1 to 50"},
		"nobody":                       {asked{strings.ReplaceAll(askTips().text, "t:Mailbox>", "t:Other>")}, freebusy.ErrorInvalidRequest, "0 recipients"},
		"recipients of another schema": {asked{strings.ReplaceAll(askTips().text, "t:Mailbox>", "Mailbox>")}, freebusy.ErrorInvalidRequest, "0 recipients"},
		"no recipients":                {asked{strings.ReplaceAll(askTips().text, "Recipients>", "People>")}, freebusy.ErrorSchemaValidation, "'Recipients'"},
		"no sender":                    {asked{strings.ReplaceAll(askTips().text, "SendingAs>", "Sender>")}, freebusy.ErrorSchemaValidation, "'SendingAs'"},
		"no kinds":                     {asked{strings.ReplaceAll(askTips().text, "MailTipsRequested>", "Wanted>")}, freebusy.ErrorSchemaValidation, "'MailTipsRequested'"},
		"a kind that nobody knows":     {askTips().wanting("Weather"), freebusy.ErrorSchemaValidation, "'Weather' is invalid"},
		"one beside those that are":    {askTips().wanting("All Weather"), freebusy.ErrorSchemaValidation, "'All Weather' is invalid"},
		"a kind in another case":       {askTips().wanting("all"), freebusy.ErrorSchemaValidation, "'all' is invalid"},
		"a sender without an address":  {askTips().replace(sender, "</t:EmailAddress><t:RoutingType>SMTP<"), freebusy.ErrorInvalidSmtpAddress, "not a valid SMTP address"},
		"a sender without a domain":    {askTips().replace(" eve@contoso.com ", "eve"), freebusy.ErrorInvalidSmtpAddress, "eve"},
		"a sender without a name":      {askTips().replace(" eve@contoso.com ", "@contoso.com"), freebusy.ErrorInvalidSmtpAddress, "@contoso.com"},
		"a sender by legacyExchangeDN": {askTips().replace(sender, "/o=Contoso/cn=eve</t:EmailAddress><t:RoutingType>EX<"), freebusy.ErrorInvalidSmtpAddress, "/o=Contoso"},
		"a sender as long as a letter": {askTips().replace(" eve@contoso.com ", strings.Repeat("e", 1000)+"@contoso.com"), freebusy.ErrorInvalidSmtpAddress, "not a valid SMTP address"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := tt.asked.readTips()
			if code := codeOf(err); code != tt.code {
				t.Fatalf("refused with %q (%v), want %q", code, err, tt.code)
			}
			if !strings.Contains(err.Error(), tt.text) || len(err.Error()) > 600 {
				t.Errorf("the caller reads %q, want %q in it", err, tt.text)
			}
		})
	}
}

// query is one with everything that a request can have.
func tipsQuery(tips MailTipTypes, recipients ...string) MailTipsQuery {
	q := MailTipsQuery{Scope: freebusy.Scope{Requester: "eve@contoso.com"}, SendingAs: freebusy.SMTP("eve@contoso.com"), Tips: tips}
	for _, address := range recipients {
		q.Recipients = append(q.Recipients, freebusy.SMTP(address))
	}
	return q
}

func TestMailTipsRequestsThatWeWrite(t *testing.T) {
	document := tipsQuery(LimitedMailTips, "anna@fabrikam.example", "o'neill&<co>@fabrikam.example").document("")
	golden(t, "mailtips/request.golden", document)
	validated(t).add(t, document)
}

// What we write, we read as what it was.
func TestMailTipsRequestsAreReadAsTheyWereWritten(t *testing.T) {
	address := rapid.Custom(func(t *rapid.T) freebusy.Mailbox {
		return freebusy.SMTP(rapid.StringMatching(`[a-z'&<>.+-]{1,20}@[a-zäöü陈.-]{1,20}`).Draw(t, "address"))
	})
	rapid.Check(t, func(t *rapid.T) {
		q := MailTipsQuery{
			SendingAs:  address.Draw(t, "sender"),
			Recipients: rapid.SliceOfN(address, 1, maxRecipients).Draw(t, "recipients"),
			Tips:       MailTipTypes(rapid.IntRange(0, int(AllMailTips)).Draw(t, "tips")),
		}
		got, err := asked{string(q.document(""))}.readTips()
		if err != nil {
			t.Fatal(err)
		}
		got.SendingAs = freebusy.SMTP(got.SendingAs.Address)
		for i, m := range got.Recipients {
			got.Recipients[i] = freebusy.SMTP(m.Address)
		}
		if d := cmp.Diff(q, got); d != "" {
			t.Errorf("(-written +read)\n%s", d)
		}
	})
}

func FuzzMailTipsRequest(f *testing.F) {
	f.Add(askTips().document())
	f.Add(askTips().wanting("Scope OutOfOfficeMessage Weather").document())
	f.Add(askTips().replace(ben, strings.Repeat(ben, 50)).document())
	f.Fuzz(func(t *testing.T, document string) {
		m, err := soap.Read(strings.NewReader(document), limits)
		if err != nil || !soap.Is(m.Body, nsMessages, "GetMailTips") {
			return
		}
		q, err := readMailTipsRequest(m)
		if err != nil {
			if codeOf(err) == "" {
				t.Errorf("a fault without a code: %v", err)
			}
			return
		}
		again, err := asked{string(q.document(""))}.readTips()
		if err != nil || len(again.Recipients) != len(q.Recipients) || again.Tips != q.Tips {
			t.Errorf("what was understood cannot be asked: %v, %+v", err, again)
		}
	})
}
