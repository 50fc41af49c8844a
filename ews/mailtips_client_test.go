package ews

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

// replying answers every request with that document.
func replying(document string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		fmt.Fprint(w, document)
	})
}

func TestMailTipsOnTheWire(t *testing.T) {
	server := &recorder{reply: replying(tipsReply(tipsEntry(annaAddress, away), tipsEntry(benAddress, "")))}
	got := clientOf(t, server).MailTips(t.Context(), tipsQuery(LimitedMailTips, annaAddress, benAddress))
	if len(got) != 2 || got[0].Tips == nil || got[0].Tips.OutOfOffice.Message != "Away" || got[1].Tips == nil {
		t.Errorf("got %+v", got)
	}
	header := server.asked[0].Header
	header.Del("Client-Request-Id") // which is random
	want := http.Header{
		"Accept":                   {"text/xml"},
		"Accept-Encoding":          {"gzip"},
		"Content-Length":           {fmt.Sprint(len(server.bodies[0]))},
		"Content-Type":             {"text/xml; charset=utf-8"},
		"Return-Client-Request-Id": {"true"},
		"Soapaction":               {`"http://schemas.microsoft.com/exchange/services/2006/messages/GetMailTips"`},
		"User-Agent":               {DefaultUserAgent(buildVersion())},
		"X-Anchormailbox":          {annaAddress},
	}
	if d := cmp.Diff(want, header); d != "" {
		t.Errorf("the headers are otherwise (-want +got):\n%s", d)
	}
}

func TestMailTipsOfAServerInTrouble(t *testing.T) {
	status := func(code int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
	}
	tests := map[string]struct {
		reply  http.Handler
		code   freebusy.Code
		text   string
		blames bool // the way to the server
	}{
		"503":              {status(503), freebusy.ErrorProxyRequestProcessingFailed, "503", true},
		"403":              {status(403), freebusy.ErrorProxyRequestProcessingFailed, "403", true},
		"a redirect":       {http.RedirectHandler("https://elsewhere.example/EWS/Exchange.asmx", http.StatusFound), freebusy.ErrorProxyRequestProcessingFailed, "Object moved", true},
		"silence":          {&recorder{reply: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })}, freebusy.ErrorTimeoutExpired, "43404", true},
		"no operation":     {replying(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode></s:Fault></s:Body></s:Envelope>`), errorMailTipsDisabled, "MailTips aren't available", false},
		"another question": {replying(strings.ReplaceAll(tipsReply(), "GetMailTips", "GetItem")), freebusy.ErrorProxyRequestProcessingFailed, "not one of GetMailTips", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client := clientOf(t, tt.reply)
			client.Timeout = 200 * time.Millisecond
			for _, a := range client.MailTips(t.Context(), tipsQuery(AllMailTips, annaAddress, benAddress)) {
				if a.Err == nil || a.Err.Code != tt.code || !strings.Contains(a.Err.Text, tt.text) {
					t.Fatalf("got %+v, want %s, %q", a, tt.code, tt.text)
				}
				if blames := !errors.Is(a.Err, freebusy.ErrAnswered); blames != tt.blames || !strings.Contains(a.Err.Err.Error(), client.URL) {
					t.Errorf("%v: held against the way to the server: %v, want %v", a.Err.Err, blames, tt.blames)
				}
			}
		})
	}
}

// TestNothingOfTheCallersIsRelayed sends a word in every place of a request that
// is not a name of the schema, an address or a kind of tip.
func TestNothingOfTheCallersIsRelayed(t *testing.T) {
	const canary = "canary-4711"
	server := &recorder{reply: replying(tipsReply())}
	h := &Handler{Log: quiet, MailTips: clientOf(t, server)}
	document := strings.NewReplacer(
		"<?xml version", "<?xml-stylesheet "+canary+"?><?xml version",
		"<t:Name>Anna", "<t:Name>"+canary,
		"<soap:Header>", `<soap:Header><x:Odd xmlns:x="urn:`+canary+`">`+canary+`</x:Odd><t:MailboxCulture>`+canary+`</t:MailboxCulture><t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>`+canary+`@contoso.com</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`,
		"<GetMailTips ", `<GetMailTips id="`+canary+`" `,
		"<Recipients>", "<!--"+canary+"--><"+canary+"/><Recipients>"+canary,
		"</t:EmailAddress></t:Mailbox>", "</t:EmailAddress><t:MailboxType>"+canary+"</t:MailboxType><t:ItemId Id='"+canary+"'/></t:Mailbox>",
		">All<", "><!--"+canary+"-->All<",
	).Replace(strings.TrimPrefix(askTips().document(), `<?xml version="1.0" encoding="utf-8"?>`))
	r := requestOf(document)
	r.Header.Set("User-Agent", "EXCH/14.03.0123.003 "+canary)
	r.Header.Set("Authorization", "Basic "+canary)
	for _, name := range []string{"X-Canary", "Cookie", "Traceparent", "Client-Request-Id", "X-AnchorMailbox", "SOAPAction", "Via", "X-Forwarded-For"} {
		r.Header.Set(name, canary)
	}
	w := serveTo(h, r)
	if len(server.bodies) != 1 || w.Code != http.StatusOK {
		t.Fatalf("asked %d times, answered %d %s", len(server.bodies), w.Code, w.Body)
	}
	var sent strings.Builder
	server.asked[0].Header.Write(&sent)
	sent.WriteString(server.asked[0].URL.String() + server.bodies[0])
	if strings.Contains(strings.ToLower(sent.String()), canary) || !strings.Contains(sent.String(), annaAddress) {
		t.Errorf("sent\n%s", sent.String())
	}
}
