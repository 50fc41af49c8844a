package ews

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

func ptr[T any](v T) *T { return &v }

// readTips reads a document as the answer to q.
func readTips(t *testing.T, document string, q MailTipsQuery) ([]MailTipsAnswer, *freebusy.Error) {
	t.Helper()
	m, err := soap.Read(strings.NewReader(document), soap.Limits{Bytes: 1 << 20, Depth: answerDepth, Elements: answerElements, Attributes: answerAttributes, AnyReference: true})
	if err != nil {
		t.Fatal(err)
	}
	return mailTipsReader{reader{origin: freebusy.Origin{URL: "https://mail.fabrikam.example/EWS/Exchange.asmx"}}, q}.answers(m)
}

// TestMailTipsOfExchange2010 reads the published answer of a real server
// (learn.microsoft.com getmailtips-operation), with another address in it.
func TestMailTipsOfExchange2010(t *testing.T) {
	document, err := os.ReadFile("testdata/mailtips/exchange2010.xml")
	if err != nil {
		t.Fatal(err)
	}
	got, failure := readTips(t, string(document), tipsQuery(AllMailTips, "Anna@fabrikam.example"))
	if failure != nil {
		t.Fatal(failure)
	}
	want := []MailTipsAnswer{{Tips: &MailTips{
		Recipient: freebusy.SMTP("Anna@fabrikam.example"), OutOfOffice: &AutomaticReply{},
		Full: ptr(false), Custom: ptr("Hello World Mailtips"), Total: ptr(int32(1)), External: ptr(int32(0)), MaxSize: ptr(int32(10485760)),
		Restricted: ptr(false), Moderated: ptr(false), Invalid: ptr(false),
	}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// tipsReply is an answer that consists of these entries.
func tipsReply(entries ...string) string {
	return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body xmlns:m="` + nsMessages + `" xmlns:t="` + nsTypes +
		`"><m:GetMailTipsResponse ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:ResponseMessages>` +
		strings.Join(entries, "") + `</m:ResponseMessages></m:GetMailTipsResponse></s:Body></s:Envelope>`
}

// tipsEntry is an entry about somebody, with tips in it.
func tipsEntry(address, tips string) string {
	return `<m:MailTipsResponseMessageType ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:MailTips><t:RecipientAddress><t:EmailAddress>` +
		address + `</t:EmailAddress></t:RecipientAddress><t:PendingMailTips/>` + tips + `</m:MailTips></m:MailTipsResponseMessageType>`
}

const (
	annaAddress, benAddress = "anna@fabrikam.example", "ben@fabrikam.example"
	away                    = `<t:OutOfOffice><t:ReplyBody><t:Message>Away</t:Message></t:ReplyBody></t:OutOfOffice>`
)

func TestMailTipsThatAreWordedOddly(t *testing.T) {
	reply := func(r AutomaticReply) MailTips { r.Message = "Away"; return MailTips{OutOfOffice: &r} }
	during := func(start, end string) string {
		return strings.Replace(away, "</t:ReplyBody>", "</t:ReplyBody><t:Duration><t:StartTime>"+start+"</t:StartTime><t:EndTime>"+end+"</t:EndTime></t:Duration>", 1)
	}
	tests := map[string]struct {
		tips string
		want MailTips
	}{
		"nothing":                      {"", MailTips{}},
		"empty elements":               {"<t:MailboxFull/><t:CustomMailTip/><t:MaxMessageSize/>", MailTips{}},
		"digits for booleans":          {"<t:MailboxFull>1</t:MailboxFull><t:IsModerated> 0 </t:IsModerated>", MailTips{Full: ptr(true), Moderated: ptr(false)}},
		"booleans of another language": {"<t:MailboxFull>True</t:MailboxFull>", MailTips{Full: ptr(true)}},
		"elements of messages":         {"<m:MailboxFull>true</m:MailboxFull>", MailTips{Full: ptr(true)}},
		"elements of a later schema":   {"<t:Scope>3</t:Scope><t:PreferAccessibleContent>true</t:PreferAccessibleContent>", MailTips{}},
		"a reply without a time":       {away, reply(AutomaticReply{})},
		"a reply in a language":        {strings.Replace(away, "ReplyBody>", `ReplyBody xml:lang="de-DE">`, 1), reply(AutomaticReply{Language: "de-DE"})},
		"a reply in no language":       {strings.Replace(away, "ReplyBody>", `ReplyBody xml:lang="deutsch!">`, 1), reply(AutomaticReply{})},
		"times with an offset":         {during("2026-11-23T08:00:00+08:00", "2026-11-30T00:00:00.0000000Z"), reply(AutomaticReply{Start: "2026-11-23T00:00:00Z", End: "2026-11-30T00:00:00Z"})},
		"times without one":            {during("2026-11-23T08:00:00", " 2026-11-30T00:00:00\n"), reply(AutomaticReply{Start: "2026-11-23T08:00:00", End: "2026-11-30T00:00:00"})},
		"times that .NET has not":      {during("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"), reply(AutomaticReply{Start: "0001-01-01T00:00:00Z", End: "9999-12-31T23:59:59Z"})},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, failure := readTips(t, tipsReply(tipsEntry(annaAddress, tt.tips)), tipsQuery(AllMailTips, annaAddress))
			if failure != nil || got[0].Err != nil {
				t.Fatal(failure, got)
			}
			if d := cmp.Diff(&tt.want, got[0].Tips, cmpopts.IgnoreFields(MailTips{}, "Recipient")); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestMailTipsThatCannotBeReadSpoilOneRecipient(t *testing.T) {
	success := tipsEntry(annaAddress, away)
	entry := func(old, new string) string { return strings.Replace(success, old, new, 1) }
	tests := map[string]struct {
		entry string
		code  freebusy.Code
		text  string // part of what the caller reads
	}{
		"neither true nor false":   {tipsEntry(annaAddress, "<t:MailboxFull>perhaps</t:MailboxFull>"), freebusy.ErrorProxyRequestProcessingFailed, "cannot be read"},
		"more than an xs:int":      {tipsEntry(annaAddress, "<t:MaxMessageSize>2147483648</t:MaxMessageSize>"), freebusy.ErrorProxyRequestProcessingFailed, "cannot be read"},
		"a number in hexadecimal":  {tipsEntry(annaAddress, "<t:TotalMemberCount>0x10</t:TotalMemberCount>"), freebusy.ErrorProxyRequestProcessingFailed, "cannot be read"},
		"half a duration":          {entry("</t:ReplyBody>", "</t:ReplyBody><t:Duration><t:StartTime>2026-11-23T00:00:00Z</t:StartTime></t:Duration>"), freebusy.ErrorProxyRequestProcessingFailed, "cannot be read"},
		"one tip twice":            {tipsEntry(annaAddress, "<t:MailboxFull>true</t:MailboxFull><t:MailboxFull>false</t:MailboxFull>"), freebusy.ErrorProxyRequestProcessingFailed, "contradicts itself"},
		"two replies":              {entry("</t:OutOfOffice>", "</t:OutOfOffice>"+away), freebusy.ErrorProxyRequestProcessingFailed, "contradicts itself"},
		"no tips":                  {`<m:MailTipsResponseMessageType ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:MailTipsResponseMessageType>`, freebusy.ErrorProxyRequestProcessingFailed, "cannot be read"},
		"an error":                 {entry(`"Success"><m:ResponseCode>NoError`, `"Error"><m:MessageText>Nobody here.</m:MessageText><m:ResponseCode>ErrorMailRecipientNotFound`), freebusy.ErrorMailRecipientNotFound, "Nobody here."},
		"an error with tips":       {entry(">NoError", ">ErrorMailTipsDisabled"), errorMailTipsDisabled, "no reason"},
		"a warning":                {entry(`"Success"><m:ResponseCode>NoError`, `"Warning"><m:ResponseCode>ErrorMailboxStoreUnavailable`), "ErrorMailboxStoreUnavailable", "no reason"},
		"an error without a code":  {entry(`"Success"><m:ResponseCode>NoError</m:ResponseCode>`, `"Error"><m:MessageText>Broken.</m:MessageText>`), freebusy.ErrorProxyRequestProcessingFailed, "Broken"},
		"a code that is none":      {entry(">NoError", ">Error &lt;b&gt;"), freebusy.ErrorProxyRequestProcessingFailed, "no reason"},
		"an error with a web page": {entry(`"Success"><m:ResponseCode>NoError`, `"Error"><m:MessageText>Sorry. &lt;html&gt;Bearer eyJhbGciOi.x&lt;/html&gt;</m:MessageText><m:ResponseCode>ErrorInternalServerError`), freebusy.ErrorInternalServerError, "Sorry."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, failure := readTips(t, tipsReply(tt.entry, tipsEntry(benAddress, away)), tipsQuery(AllMailTips, annaAddress, benAddress))
			if failure != nil || got[1].Tips == nil {
				t.Fatalf("the other recipient has %v, %+v", failure, got)
			}
			err := got[0].Err
			if err == nil || err.Code != tt.code || !strings.Contains(err.Text, tt.text) || strings.Contains(err.Text, "eyJ") {
				t.Fatalf("got %+v, want %s, %q", got[0], tt.code, tt.text)
			}
			if !errors.Is(err, freebusy.ErrAnswered) {
				t.Errorf("%v is held against the way to the server", err.Err)
			}
		})
	}
}

func TestMailTipsThatDoNotFitAreNobodys(t *testing.T) {
	anna, ben := tipsEntry(annaAddress, away), tipsEntry(benAddress, away)
	fault := func(code, text, detail string) string {
		return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>` + code + `</faultcode><faultstring>` + text +
			`</faultstring><detail>` + detail + `</detail></s:Fault></s:Body></s:Envelope>`
	}
	tests := map[string]struct {
		document string
		code     freebusy.Code
		blames   bool // the way to the server
	}{
		"the other way round":      {tipsReply(ben, anna), freebusy.ErrorProxyRequestProcessingFailed, false},
		"one of them twice":        {tipsReply(anna, anna), freebusy.ErrorProxyRequestProcessingFailed, false},
		"one too few":              {tipsReply(anna), freebusy.ErrorProxyRequestProcessingFailed, false},
		"one too many":             {tipsReply(anna, ben, ben), freebusy.ErrorProxyRequestProcessingFailed, false},
		"two arrays":               {strings.Replace(tipsReply(anna, ben), "<m:ResponseMessages>", "<m:ResponseMessages/><m:ResponseMessages>", 1), freebusy.ErrorProxyRequestProcessingFailed, false},
		"two responses":            {strings.Replace(tipsReply(anna, ben), "</m:GetMailTipsResponse>", "</m:GetMailTipsResponse><m:GetMailTipsResponse/>", 1), freebusy.ErrorProxyRequestProcessingFailed, false},
		"none at all":              {tipsReply(), freebusy.ErrorProxyRequestProcessingFailed, false},
		"an answer to another ask": {strings.ReplaceAll(tipsReply(anna, ben), "GetMailTipsResponse", "GetItemResponse"), freebusy.ErrorProxyRequestProcessingFailed, false},
		"an error for all of them": {strings.Replace(tipsReply(), `"Success"><m:ResponseCode>NoError`, `"Error"><m:MessageText>Off.</m:MessageText><m:ResponseCode>ErrorMailTipsDisabled`, 1), errorMailTipsDisabled, false},
		"a server of 2007":         {fault("s:Client", "Server did not recognize the value of HTTP Header SOAPAction.", ""), errorMailTipsDisabled, false},
		"a schema of 2007":         {fault("a:ErrorInvalidServerVersion", "The specified server version is invalid.", "<e:ResponseCode xmlns:e='x'>ErrorInvalidServerVersion</e:ResponseCode>"), errorMailTipsDisabled, false},
		"a server without it":      {fault("a:ErrorInvalidRequest", "The request is invalid.", ""), errorMailTipsDisabled, false},
		"a fault of the server":    {fault("s:Server", "Out of memory.", ""), freebusy.ErrorProxyRequestProcessingFailed, false},
		"a fault with a code":      {fault("a:ErrorAccessDenied", "Access is denied.", ""), freebusy.ErrorProxyRequestProcessingFailed, false},
		"a busy server":            {fault("a:ErrorServerBusy", "Later.", ""), freebusy.ErrorServerBusy, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, failure := readTips(t, tt.document, tipsQuery(AllMailTips, annaAddress, benAddress))
			if failure == nil || failure.Code != tt.code {
				t.Fatalf("got %+v, %v, want %s", got, failure, tt.code)
			}
			if blames := !errors.Is(failure, freebusy.ErrAnswered); blames != tt.blames {
				t.Errorf("%v: held against the way to the server: %v, want %v", failure.Err, blames, tt.blames)
			}
		})
	}
}

// A recipient may have been renamed: an address that is nobody's else is no sign
// of disorder.
func TestMailTipsUnderAnotherNameAreTheirs(t *testing.T) {
	for name, address := range map[string]string{"another case": "ANNA@Fabrikam.Example", "a new name": "anna.new@fabrikam.example", "no name": ""} {
		t.Run(name, func(t *testing.T) {
			got, failure := readTips(t, tipsReply(tipsEntry(address, away), tipsEntry(benAddress, "")), tipsQuery(AllMailTips, annaAddress, benAddress))
			if failure != nil || got[0].Tips == nil || got[0].Tips.Recipient.Address != annaAddress {
				t.Errorf("got %v, %+v", failure, got)
			}
		})
	}
}

func TestMailTipsThatNobodyAskedForAreLeftOut(t *testing.T) {
	const all = away + "<t:MailboxFull>true</t:MailboxFull><t:CustomMailTip>Hush</t:CustomMailTip><t:MaxMessageSize>7</t:MaxMessageSize>"
	entry := strings.Replace(tipsEntry(annaAddress, all), "<t:PendingMailTips/>", "<t:PendingMailTips>ModerationStatus Weather DeliveryRestriction</t:PendingMailTips>", 1)
	got, failure := readTips(t, tipsReply(entry), tipsQuery(LimitedMailTips, annaAddress))
	if failure != nil {
		t.Fatal(failure)
	}
	want := &MailTips{Recipient: freebusy.SMTP(annaAddress), Pending: DeliveryRestriction, OutOfOffice: &AutomaticReply{Message: "Away"}, MaxSize: ptr(int32(7))}
	if d := cmp.Diff(want, got[0].Tips); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func FuzzMailTipsResponse(f *testing.F) {
	if document, err := os.ReadFile("testdata/mailtips/exchange2010.xml"); err == nil {
		f.Add(string(document))
	}
	f.Add(tipsReply(tipsEntry(annaAddress, away+"<t:MaxMessageSize>7</t:MaxMessageSize>")))
	f.Add(tipsReply(`<m:MailTipsResponseMessageType ResponseClass="Error"><m:ResponseCode>ErrorMailTipsDisabled</m:ResponseCode></m:MailTipsResponseMessageType>`))
	f.Fuzz(func(t *testing.T, document string) {
		m, err := soap.Read(strings.NewReader(document), limits)
		if err != nil {
			return
		}
		q := tipsQuery(LimitedMailTips, annaAddress)
		answers, failure := mailTipsReader{reader{}, q}.answers(m)
		if failure != nil {
			return
		}
		if len(answers) != 1 || (answers[0].Tips == nil) == (answers[0].Err == nil) {
			t.Fatalf("got %+v for one recipient", answers)
		}
		if tips := answers[0].Tips; tips != nil && (tips.Full != nil || tips.Custom != nil || tips.Total != nil || tips.External != nil || tips.Moderated != nil) {
			t.Errorf("got %+v, want nothing but %s", tips, q.Tips)
		}
		if _, failure := readTips(t, whole(writeMailTips(answers, Exchange2013, "fb")), q); failure != nil {
			t.Errorf("what was understood cannot be passed on: %v", failure)
		}
	})
}
