package ews

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"availproxy/freebusy"
)

// tipsSource is a MailTipsSource made of a function.
type tipsSource func(context.Context, MailTipsQuery) []MailTipsAnswer

func (f tipsSource) MailTips(ctx context.Context, q MailTipsQuery) []MailTipsAnswer { return f(ctx, q) }

// everything is all that can be known about somebody.
func everything(address string) *MailTips {
	return &MailTips{
		Recipient: freebusy.SMTP(address), Pending: MaxMessageSize | ModerationStatus,
		OutOfOffice: &AutomaticReply{Message: "<p>I am away & ill\x01</p>", Language: "en-US", Start: "2026-11-23T00:00:00Z", End: "2026-11-30T00:00:00Z"},
		Full:        ptr(true), Custom: ptr("Ask Anna first"), Total: ptr(int32(12)), External: ptr(int32(3)), MaxSize: ptr(int32(10 << 20)),
		Restricted: ptr(false), Moderated: ptr(true), Invalid: ptr(false),
	}
}

// openBook knows everything about everybody but those in troubles.
func openBook(troubles map[string]*freebusy.Error) MailTipsSource {
	return tipsSource(func(_ context.Context, q MailTipsQuery) []MailTipsAnswer {
		answers := make([]MailTipsAnswer, len(q.Recipients))
		for i, m := range q.Recipients {
			if answers[i].Err = troubles[m.Address]; answers[i].Err == nil {
				answers[i].Tips = everything(m.Address)
			}
		}
		return answers
	})
}

// requestOf is a request with that document.
func requestOf(document string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/EWS/Exchange.asmx", strings.NewReader(document))
	r.Header.Set("Content-Type", contentType)
	return r
}

// answerTo has h answer a document of a caller with that User-Agent.
func answerTo(h *Handler, document, userAgent string) *httptest.ResponseRecorder {
	r := requestOf(document)
	r.Header.Set("User-Agent", userAgent)
	return serveTo(h, r)
}

func serveTo(h *Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestMailTipsRecordings compares what callers of each age get with
// testdata/mailtips. All of it is valid, and nothing stands in it that the
// caller's own schema lacks but the code that came with the operation.
func TestMailTipsRecordings(t *testing.T) {
	h := &Handler{Log: quiet, ServerName: "PROXY01", MailTips: openBook(map[string]*freebusy.Error{
		"off@fabrikam.example":      MailTipsDisabled(nil),
		"nobody@nowhere.example":    freebusy.AddressSpaceNotFound("nowhere.example"),
		"down@fabrikam.example":     freebusy.ProxyFailed("The request failed with HTTP status 503: Service Unavailable", nil),
		"changing@fabrikam.example": {Code: "ErrorMailboxFailover", Text: "The mailbox fails over.", Source: "https://mail.fabrikam.example/EWS/Exchange.asmx"},
	})}
	people := askTips().replace(ben, ben+"<t:Mailbox><t:EmailAddress>off@fabrikam.example</t:EmailAddress></t:Mailbox>"+
		"<t:Mailbox><t:EmailAddress>nobody@nowhere.example</t:EmailAddress></t:Mailbox><t:Mailbox><t:EmailAddress>down@fabrikam.example</t:EmailAddress></t:Mailbox>"+
		"<t:Mailbox><t:EmailAddress>changing@fabrikam.example</t:EmailAddress></t:Mailbox>"+ben)
	schema, words := validated(t), wordsOf2007(t)
	for g, age := range ages {
		t.Run(g.String(), func(t *testing.T) {
			w := answerTo(h, people.document(), age.userAgent)
			golden(t, "mailtips/"+g.String()+".golden", recording(w))
			if w.Code == http.StatusOK {
				schema.add(t, w.Body.Bytes())
			}
			for _, word := range strangeWords(t, w.Body.Bytes(), words) {
				if g < Exchange2013 && word != "ResponseCode ErrorMailTipsDisabled" {
					t.Errorf("a caller of %s does not know %s", g, word)
				}
			}
		})
	}
}

func TestOperationsAndTheirCallers(t *testing.T) {
	const a2007, a2010 = "ASProxy/CrossForest/EmailDomain/EXCH/08.03.0083.000", "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003"
	withVersion := func(version string) string { return askTips().replace(`"Exchange2010"`, `"`+version+`"`).document() }
	noVersion := askTips().replace(`<t:RequestServerVersion Version="Exchange2010"/>`, "").document()
	other := func(element, namespace string) string {
		return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:` + element + ` xmlns:m="` + namespace + `"/></s:Body></s:Envelope>`
	}
	tests := map[string]struct {
		document, userAgent string
		fault               freebusy.Code // "" for an answer
		text                string
	}{
		"free/busy times":                       {ask().document(), a2007, "", "GetUserAvailabilityResponse"},
		"mail tips":                             {askTips().document(), a2010, "", "GetMailTipsResponse"},
		"mail tips of a caller of no age":       {noVersion, "curl", "", "GetMailTipsResponse"},
		"mail tips of a 2010 without version":   {noVersion, a2010, "", "GetMailTipsResponse"},
		"mail tips of Exchange Online":          {withVersion("V2017_07_11"), "", "", "GetMailTipsResponse"},
		"mail tips of a 2007":                   {noVersion, a2007, freebusy.ErrorIncorrectSchemaVersion, "the correct server version"},
		"mail tips in the schema of 2007 SP1":   {withVersion("Exchange2007_SP1"), a2010, freebusy.ErrorIncorrectSchemaVersion, "the correct server version"},
		"mail tips in a schema of nobody":       {withVersion("Exchange2019"), a2010, freebusy.ErrorInvalidServerVersion, "server version is invalid"},
		"mail tips of two namespaces":           {other("GetMailTips", nsTypes), a2010, freebusy.ErrorInvalidRequest, "GetMailTips is not available"},
		"mail, with our rights":                 {other("FindItem", nsMessages), a2010, freebusy.ErrorInvalidRequest, "FindItem is not available"},
		"the configuration of mail tips":        {other("GetServiceConfiguration", nsMessages), a2010, freebusy.ErrorInvalidRequest, "GetServiceConfiguration is not available"},
		"automatic replies":                     {other("GetUserOofSettingsRequest", nsMessages), a2010, freebusy.ErrorInvalidRequest, "GetUserOofSettingsRequest is not available"},
		"a name that is near":                   {other("GetMailTipsRequest", nsMessages), a2010, freebusy.ErrorInvalidRequest, "GetMailTipsRequest is not available"},
		"an answer":                             {other("GetMailTipsResponse", nsMessages), a2010, freebusy.ErrorInvalidRequest, "GetMailTipsResponse is not available"},
		"nothing":                               {`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>`, a2010, freebusy.ErrorInvalidRequest, "the Body is empty"},
		"mail tips that end in the middle":      {askTips().document()[:600], a2010, freebusy.ErrorInvalidRequest, "The request is invalid"},
		"mail tips with a header to understand": {askTips().replace("<soap:Header>", `<soap:Header><x:Odd xmlns:x="urn:x" soap:mustUnderstand="1"/>`).document(), a2010, "MustUnderstand", "Odd"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			asked := 0
			h := &Handler{Log: quiet, Source: people{}, MailTips: tipsSource(func(ctx context.Context, q MailTipsQuery) []MailTipsAnswer {
				asked++
				return openBook(nil).MailTips(ctx, q)
			})}
			w := answerTo(h, tt.document, tt.userAgent)
			if tt.fault == "" {
				if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), tt.text) {
					t.Errorf("got %d %s, want %s", w.Code, w.Body, tt.text)
				}
				return
			}
			if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), string(tt.fault)+"</faultcode>") || !strings.Contains(w.Body.String(), tt.text) || asked > 0 {
				t.Errorf("got %d %s after %d questions, want the fault %s", w.Code, w.Body, asked, tt.fault)
			}
		})
	}
}

func TestMailTipsAreNotAvailableWithoutASource(t *testing.T) {
	w := answerTo(&Handler{Log: quiet}, askTips().document(), "")
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "GetMailTips is not available on this server") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestMailTipsAreAskedAsTheCallerDid(t *testing.T) {
	var got MailTipsQuery
	var deadline bool
	h := &Handler{
		Log: quiet, AnswerTimeout: time.Minute,
		MailTips: tipsSource(func(ctx context.Context, q MailTipsQuery) []MailTipsAnswer {
			got = q
			_, deadline = ctx.Deadline()
			return nil // which is the wrong number of answers
		}),
		Scope: func(_ context.Context, claimed *SecurityContext) (freebusy.Scope, error) {
			return freebusy.Scope{Requester: claimed.PrimarySmtpAddress}, nil
		},
	}
	claim := `<t:SerializedSecurityContext><t:UserSid>S-1-5-21-1-2-3-4</t:UserSid><t:PrimarySmtpAddress>eve@contoso.com</t:PrimarySmtpAddress></t:SerializedSecurityContext>`
	w := answerTo(h, askTips().wanting("OutOfOfficeMessage").replace("<soap:Header>", "<soap:Header>"+claim).document(), "")
	if got.Scope.Requester != "eve@contoso.com" || got.Tips != OutOfOfficeMessage || len(got.Recipients) != 2 || !deadline {
		t.Errorf("asked %+v, in time: %v", got, deadline)
	}
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "ErrorInternalServerError") {
		t.Errorf("answers of the wrong number became %d %s", w.Code, w.Body)
	}
}

func TestEmptyMailTipsAnswersAreFailures(t *testing.T) {
	h := &Handler{Log: quiet, MailTips: tipsSource(func(_ context.Context, q MailTipsQuery) []MailTipsAnswer {
		return make([]MailTipsAnswer, len(q.Recipients))
	})}
	w := answerTo(h, askTips().document(), "")
	if w.Code != http.StatusOK || strings.Count(w.Body.String(), "<m:ResponseCode>ErrorProxyRequestProcessingFailed<") != 2 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// Only takes away and adds nothing.
func TestOnlyWhatIsAllowedIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		allowed := MailTipTypes(rapid.IntRange(0, int(AllMailTips)).Draw(t, "allowed"))
		before := everything(annaAddress)
		got := before.Only(allowed)
		present := map[MailTipTypes]bool{
			OutOfOfficeMessage: got.OutOfOffice != nil, MailboxFullStatus: got.Full != nil, CustomMailTip: got.Custom != nil,
			ExternalMemberCount: got.External != nil, TotalMemberCount: got.Total != nil, MaxMessageSize: got.MaxSize != nil,
			DeliveryRestriction: got.Restricted != nil, ModerationStatus: got.Moderated != nil, InvalidRecipient: got.Invalid != nil,
		}
		for kind, there := range present {
			if there != (allowed&kind != 0) {
				t.Errorf("%s: there is %v with %s allowed", kind, there, allowed)
			}
		}
		if got.Pending != before.Pending&allowed || got.Recipient != before.Recipient {
			t.Errorf("got %+v", got)
		}
		if d := cmp.Diff(everything(annaAddress), before); d != "" {
			t.Errorf("the tips themselves changed\n%s", d)
		}
	})
}

func TestMailTipTypesAreReadAsTheyAreWritten(t *testing.T) {
	for tips := range AllMailTips + 1 {
		if got, ok := parseMailTipTypes(MailTipTypes(tips).String()); !ok || got != MailTipTypes(tips) {
			t.Errorf("%d is written as %q and read as %d", tips, MailTipTypes(tips), got)
		}
	}
}

// TestTheWSDLDescribesWhatThereIs compares it with what a Handler answers.
func TestTheWSDLDescribesWhatThereIs(t *testing.T) {
	w := httptest.NewRecorder()
	ServeWSDL(w, httptest.NewRequest(http.MethodGet, "/EWS/Services.wsdl", nil))
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(w.Body.Bytes()); err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for _, e := range doc.FindElements("//portType/operation") {
		input := strings.TrimPrefix(doc.FindElement("//message[@name='"+strings.TrimPrefix(e.FindElement("input").SelectAttrValue("message", ""), "tns:")+"']/part").SelectAttrValue("element", ""), "tns:")
		described[e.SelectAttrValue("name", "")+" "+input] = true
	}
	known := map[string]bool{}
	for element, o := range operations {
		known[string(o.operation)+" "+element] = true
	}
	if d := cmp.Diff(known, described); d != "" {
		t.Errorf("(-answered +described)\n%s", d)
	}
	for _, e := range doc.FindElements("//binding/operation") {
		if action, want := e.FindElement("operation").SelectAttrValue("soapAction", ""), nsMessages+"/"+e.SelectAttrValue("name", ""); action != want {
			t.Errorf("the SOAPAction is %q, want %q", action, want)
		}
	}
}
