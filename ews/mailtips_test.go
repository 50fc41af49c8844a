package ews

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// tipsAsked is a GetMailTips request as learn.microsoft.com
// getmailtips-operation shows it.
const tipsAsked = `<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">
  <soap:Header><t:RequestServerVersion Version="Exchange2010"/></soap:Header>
  <soap:Body>
    <GetMailTips xmlns="http://schemas.microsoft.com/exchange/services/2006/messages">
      <SendingAs><t:EmailAddress>eve@contoso.com</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></SendingAs>
      <Recipients>
        <t:Mailbox><t:Name>Anna</t:Name><t:EmailAddress> anna@fabrikam.example </t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></t:Mailbox>
        <t:Mailbox><t:EmailAddress>ben@fabrikam.example</t:EmailAddress></t:Mailbox>
      </Recipients>
      <MailTipsRequested>All</MailTipsRequested>
    </GetMailTips>
  </soap:Body>
</soap:Envelope>`

func readTipsAsked(document string) (MailTipsQuery, error) {
	m, err := soap.Read(strings.NewReader(document), limits)
	if err != nil {
		return MailTipsQuery{}, err
	}
	return readMailTipsRequest(m)
}

func TestMailTipsRequests(t *testing.T) {
	change := func(old, new string) string { return strings.Replace(tipsAsked, old, new, 1) }
	one := `<t:Mailbox><t:EmailAddress>ben@fabrikam.example</t:EmailAddress></t:Mailbox>`
	tests := map[string]struct {
		document string
		tips     MailTipTypes
		people   int
		code     freebusy.Code // "" when it is in order
	}{
		"all tips":                     {tipsAsked, AllMailTips, 2, ""},
		"some tips":                    {change(">All<", ">OutOfOfficeMessage MailboxFullStatus<"), OutOfOfficeMessage | MailboxFullStatus, 2, ""},
		"tips of a later schema":       {change(">All<", ">Scope OutOfOfficeMessage<"), OutOfOfficeMessage, 2, ""},
		"as many people as allowed":    {change(one, strings.Repeat(one, 49)), AllMailTips, 50, ""},
		"one person too many":          {change(one, strings.Repeat(one, 50)), 0, 0, freebusy.ErrorInvalidRequest},
		"a tip that nobody knows":      {change(">All<", ">Weather<"), 0, 0, freebusy.ErrorSchemaValidation},
		"nobody to send as":            {strings.NewReplacer("<SendingAs>", "<Sender>", "</SendingAs>", "</Sender>").Replace(tipsAsked), 0, 0, freebusy.ErrorSchemaValidation},
		"nobody to send to":            {strings.NewReplacer("t:Mailbox>", "t:Other>").Replace(tipsAsked), 0, 0, freebusy.ErrorSchemaValidation},
		"no recipients":                {strings.NewReplacer("Recipients>", "People>").Replace(tipsAsked), 0, 0, freebusy.ErrorSchemaValidation},
		"no tips":                      {strings.NewReplacer("MailTipsRequested>", "Wanted>").Replace(tipsAsked), 0, 0, freebusy.ErrorSchemaValidation},
		"recipients of another schema": {strings.NewReplacer("t:Mailbox>", "Mailbox>").Replace(tipsAsked), 0, 0, freebusy.ErrorSchemaValidation},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := readTipsAsked(tt.document)
			var code freebusy.Code
			if refusal, ok := errors.AsType[*freebusy.Error](err); ok {
				code = refusal.Code
			}
			if code != tt.code {
				t.Fatalf("refused with %q (%v), want %q", code, err, tt.code)
			}
			if code == "" && (got.Tips != tt.tips || len(got.Recipients) != tt.people || got.SendingAs.Address != "eve@contoso.com" || got.Recipients[0].Address != "anna@fabrikam.example") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

// tips are all that can be known about somebody.
func tips(address string) *MailTips {
	return &MailTips{
		Recipient: freebusy.SMTP(address), Pending: MaxMessageSize,
		OutOfOffice: &AutomaticReply{Message: "<p>I am away & ill\x01</p>", Language: "en-US", Start: "2026-11-23T00:00:00Z", End: "2026-11-30T00:00:00Z"},
		Full:        ptr(true), Custom: ptr("Ask Anna first"), Total: ptr(12), External: ptr(3), MaxSize: ptr(10 << 20),
		Restricted: ptr(false), Moderated: ptr(true), Invalid: ptr(false),
	}
}

func TestMailTipsAnswers(t *testing.T) {
	answers := []MailTipsAnswer{
		{Tips: tips("anna@fabrikam.example")},
		{Tips: &MailTips{Recipient: freebusy.SMTP("ben@fabrikam.example")}},
		{Err: MailTipsDisabled(nil)},
	}
	validation := validated(t)
	for _, g := range []Generation{Exchange2007, Exchange2010, Exchange2013} {
		var document []byte
		for _, piece := range writeMailTips(answers, g, "PROXY01") {
			document = append(document, piece...)
		}
		golden(t, "mailtips/"+g.String()+".golden", document)
		if g == Exchange2013 {
			validation.add(t, document)
		}
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	q := MailTipsQuery{SendingAs: freebusy.SMTP("eve@contoso.com"), Tips: AllMailTips,
		Recipients: []freebusy.Mailbox{freebusy.SMTP("anna@fabrikam.example"), freebusy.SMTP("ben@fabrikam.example"), freebusy.SMTP("cleo@fabrikam.example")}}
	m, err := soap.Read(strings.NewReader(string(q.document())), limits)
	if err != nil {
		t.Fatal(err)
	}
	again, err := readMailTipsRequest(m)
	if err != nil {
		t.Fatal(err)
	}
	ignoreRouting := cmpopts.IgnoreFields(freebusy.Mailbox{}, "RoutingType")
	if d := cmp.Diff(q, again, ignoreRouting); d != "" {
		t.Errorf("the question (-written +read)\n%s", d)
	}
	known := tips("anna@fabrikam.example")
	var document []byte
	for _, piece := range writeMailTips([]MailTipsAnswer{{Tips: known}, {Err: MailTipsDisabled(nil)}, {Tips: &MailTips{}}}, Exchange2013, "") {
		document = append(document, piece...)
	}
	m, err = soap.Read(strings.NewReader(string(document)), limits)
	if err != nil {
		t.Fatal(err)
	}
	got, failure := readMailTips(m, q)
	if failure != nil {
		t.Fatal(failure)
	}
	known.OutOfOffice.Message = "<p>I am away & ill�</p>" // which XML can say
	if d := cmp.Diff(known, got[0].Tips, ignoreRouting); d != "" {
		t.Errorf("the tips (-written +read)\n%s", d)
	}
	if got[1].Err == nil || got[1].Err.Code != "ErrorMailTipsDisabled" || got[2].Tips == nil {
		t.Errorf("got %+v and %+v, want the refusal and no tips", got[1], got[2])
	}
}

func TestMailTipsThatDoNotFitAreNobodys(t *testing.T) {
	q := MailTipsQuery{Tips: AllMailTips, Recipients: []freebusy.Mailbox{freebusy.SMTP("anna@fabrikam.example"), freebusy.SMTP("ben@fabrikam.example")}}
	message := func(address, more string) string {
		return `<m:MailTipsResponseMessageType ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:MailTips><t:RecipientAddress><t:EmailAddress>` +
			address + `</t:EmailAddress></t:RecipientAddress><t:PendingMailTips/>` + more + `</m:MailTips></m:MailTipsResponseMessageType>`
	}
	tests := map[string]struct {
		messages string
		whole    bool // the answer as a whole is refused
		failed   []bool
	}{
		"in order":                 {message("anna@fabrikam.example", "") + message("ben@fabrikam.example", ""), false, []bool{false, false}},
		"under their other names":  {message("anna.a@fabrikam.example", "") + message("Ben@Fabrikam.example", ""), false, []bool{false, false}},
		"the other way round":      {message("ben@fabrikam.example", "") + message("anna@fabrikam.example", ""), false, []bool{true, true}},
		"one too few":              {message("anna@fabrikam.example", ""), true, nil},
		"one too many":             {strings.Repeat(message("anna@fabrikam.example", ""), 3), true, nil},
		"tips that cannot be read": {message("anna@fabrikam.example", "<t:MailboxFull>perhaps</t:MailboxFull>") + message("ben@fabrikam.example", ""), false, []bool{false, false}},
		"no tips at all": {message("anna@fabrikam.example", "") + `<m:MailTipsResponseMessageType ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:MailTipsResponseMessageType>`,
			false, []bool{false, true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			document := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body xmlns:m="` + nsMessages + `" xmlns:t="` + nsTypes + `"><m:GetMailTipsResponse><m:ResponseMessages>` +
				tt.messages + `</m:ResponseMessages></m:GetMailTipsResponse></s:Body></s:Envelope>`
			m, err := soap.Read(strings.NewReader(document), limits)
			if err != nil {
				t.Fatal(err)
			}
			got, failure := readMailTips(m, q)
			if (failure != nil) != tt.whole {
				t.Fatalf("refused as a whole: %v, want %v", failure, tt.whole)
			}
			for i, failed := range tt.failed {
				if (got[i].Err != nil) != failed {
					t.Errorf("recipient %d: %+v, want an error: %v", i, got[i], failed)
				}
				if a := got[i]; a.Tips != nil && (a.Tips.Full != nil || a.Tips.Recipient != q.Recipients[i]) {
					t.Errorf("recipient %d: %+v", i, a.Tips)
				}
			}
		})
	}
}

// tipsForest gives all tips whatever it is asked, and remembers that.
type tipsForest struct {
	fail *freebusy.Error

	mu    sync.Mutex // guards asked
	asked []MailTipsQuery
}

func (f *tipsForest) MailTips(_ context.Context, q MailTipsQuery) []MailTipsAnswer {
	f.mu.Lock()
	f.asked = append(f.asked, q)
	f.mu.Unlock()
	answers := make([]MailTipsAnswer, len(q.Recipients))
	for i, r := range q.Recipients {
		answers[i] = MailTipsAnswer{Tips: tips(r.Address), Err: f.fail}
		if f.fail != nil {
			answers[i].Tips = nil
		}
	}
	return answers
}

// byDomain routes by domain and asks under another address.
type byDomain map[string]freebusy.Route

func (d byDomain) Routes(_ context.Context, mailboxes []freebusy.Mailbox) []freebusy.Route {
	routes := make([]freebusy.Route, len(mailboxes))
	for i, m := range mailboxes {
		route, ok := d[m.Domain()]
		if !ok {
			route.Err = &freebusy.Error{Code: freebusy.ErrorAddressSpaceNotFound}
		}
		route.Address = "at." + m.Address
		routes[i] = route
	}
	return routes
}

func (byDomain) Failed(freebusy.Route, error) {}

func TestEachForestIsAskedForWhatItsConnectorPassesOn(t *testing.T) {
	open, closed, down := &tipsForest{}, &tipsForest{}, &tipsForest{fail: freebusy.ProxyFailed("down", errors.New("down"))}
	router := &MailTipsRouter{
		Directory: byDomain{"open.example": {Connector: "open"}, "limited.example": {Connector: "limited"}, "closed.example": {Connector: "closed"}, "down.example": {Connector: "down"}},
		Access: func(_ context.Context, m freebusy.Mailbox) (MailTipTypes, *freebusy.Error) {
			switch m.Domain() {
			case "limited.example":
				return LimitedMailTips, nil
			case "closed.example":
				return 0, MailTipsDisabled(nil)
			}
			return AllMailTips, nil
		},
		Forest: func(connector, _ string) MailTipsSource {
			return map[string]MailTipsSource{"open": open, "limited": open, "closed": closed, "down": down}[connector]
		},
	}
	q := MailTipsQuery{SendingAs: freebusy.SMTP("eve@contoso.com"), Tips: AllMailTips}
	for _, address := range []string{"a@limited.example", "b@open.example", "c@closed.example", "d@down.example", "e@nowhere.example", "b@open.example"} {
		q.Recipients = append(q.Recipients, freebusy.SMTP(address))
	}
	got := router.MailTips(t.Context(), q)
	var codes []string
	for i, a := range got {
		switch {
		case a.Err != nil:
			codes = append(codes, string(a.Err.Code))
		case a.Tips.Recipient != q.Recipients[i]:
			t.Errorf("recipient %d got the tips of %s", i, a.Tips.Recipient.Address)
			fallthrough
		default:
			codes = append(codes, "")
		}
	}
	want := []string{"", "", "ErrorMailTipsDisabled", "ErrorProxyRequestProcessingFailed", "ErrorAddressSpaceNotFound", ""}
	if d := cmp.Diff(want, codes); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	limited := got[0].Tips
	if limited.Custom != nil || limited.Total != nil || limited.External != nil || limited.Moderated != nil || limited.OutOfOffice == nil || limited.Full == nil {
		t.Errorf("a limited connector passed on %+v", limited)
	}
	if len(closed.asked) > 0 {
		t.Error("a connector that passes nothing on was asked")
	}
	for _, asked := range open.asked {
		if !strings.HasPrefix(asked.Recipients[0].Address, "at.") {
			t.Errorf("asked for %s, want the address that discovery gave", asked.Recipients[0].Address)
		}
		if asked.Recipients[0].Domain() == "limited.example" && asked.Tips != LimitedMailTips {
			t.Errorf("asked a limited forest for %s", asked.Tips)
		}
	}
}

// What leaves is written by us: nothing of the caller's own bytes or headers.
func TestNothingOfTheCallersIsRelayed(t *testing.T) {
	sent := make(chan string, 1)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dump, err := httputil.DumpRequest(r, true)
		if err != nil {
			t.Error(err)
		}
		sent <- string(dump)
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer upstream.Close()
	client := &Client{URL: upstream.URL}
	h := &Handler{Log: quiet, MailTips: client}
	const canary = "canary-4711"
	document := strings.NewReplacer("<t:Name>Anna", "<t:Name>"+canary, "<soap:Header>", `<soap:Header><x:Odd xmlns:x="urn:x">`+canary+`</x:Odd>`,
		"<Recipients>", "<!--"+canary+"--><Recipients>").Replace(tipsAsked)
	r := httptest.NewRequest(http.MethodPost, "/EWS/Exchange.asmx", strings.NewReader(document))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-Canary", canary)
	r.Header.Set("Authorization", "Basic "+canary)
	r.Header.Set("Cookie", "c="+canary)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := <-sent; strings.Contains(got, canary) || !strings.Contains(got, "anna@fabrikam.example") {
		t.Errorf("sent\n%s", got)
	}
	if w.Code != http.StatusOK || strings.Count(w.Body.String(), "ErrorProxyRequestProcessingFailed") != 2 {
		t.Errorf("answered %d %s, want an error for each recipient", w.Code, w.Body)
	}
}

func FuzzMailTips(f *testing.F) {
	f.Add(tipsAsked)
	f.Add(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:GetMailTipsResponse xmlns:m="` + nsMessages + `"><m:ResponseMessages/></m:GetMailTipsResponse></s:Body></s:Envelope>`)
	f.Fuzz(func(t *testing.T, document string) {
		m, err := soap.Read(strings.NewReader(document), limits)
		if err != nil || m.Body == nil {
			return
		}
		if q, err := readMailTipsRequest(m); err == nil {
			if _, err := soap.Read(strings.NewReader(string(q.document())), limits); err != nil {
				t.Errorf("what was understood cannot be asked: %v", err)
			}
		}
		asked := MailTipsQuery{Tips: AllMailTips, Recipients: []freebusy.Mailbox{freebusy.SMTP("anna@fabrikam.example")}}
		if answers, failure := readMailTips(m, asked); failure == nil && len(answers) != 1 {
			t.Errorf("%d answers for one recipient", len(answers))
		}
	})
}
