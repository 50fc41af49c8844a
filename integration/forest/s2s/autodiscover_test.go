package s2s

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	adHost  = "ad.forest-b.test"
	adURL   = "https://" + adHost + "/autodiscover/autodiscover.svc"
	known   = "lin@fabrikam.mail.forest-b.test"
	another = "mei@fabrikam.mail.forest-b.test"
	unknown = "gone@fabrikam.mail.forest-b.test"
)

func testAutodiscover() *Autodiscover {
	v := testVerifier()
	v.Hosts = []string{adHost}
	return &Autodiscover{
		Verifier: v, Challenge: WorldwideChallenge(),
		Metadata: Metadata{Location: "https://" + adHost + "/autodiscover/metadata/json/1", Certificates: certificates(keys().own)},
		Known:    func(address string) bool { return address == known || address == another },
		Settings: map[string]string{
			"ExternalEwsUrl":      "https://ews.forest-b.test/EWS/Exchange.asmx",
			"ExternalEwsVersion":  "15.20.7000.012",
			"EwsSupportedSchemas": "Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2, Exchange2013, Exchange2013_SP1",
		},
	}
}

// adToken is a good token for autodiscover, as of now.
func adToken() string {
	audience := Principal{ID: ExchangePrincipal, Host: adHost, Realm: tenant}
	return Actor(acsIssuer, exchange, audience, Living(time.Now(), time.Hour)).Sign(keys().acs)
}

// settingsRequest asks for the ExternalEwsUrl of these users.
func settingsRequest(users ...string) string {
	var list strings.Builder
	for _, user := range users {
		list.WriteString("<a:User><a:Mailbox>" + user + "</a:Mailbox></a:User>")
	}
	return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:w="http://www.w3.org/2005/08/addressing"` +
		` xmlns:a="http://schemas.microsoft.com/exchange/2010/Autodiscover"><s:Header><a:RequestedServerVersion>Exchange2010</a:RequestedServerVersion>` +
		`<w:Action>http://schemas.microsoft.com/exchange/2010/Autodiscover/Autodiscover/GetUserSettings</w:Action><w:To>` + adURL + `</w:To></s:Header>` +
		`<s:Body><a:GetUserSettingsRequestMessage><a:Request><a:Users>` + list.String() + `</a:Users>` +
		`<a:RequestedSettings><a:Setting>ExternalEwsUrl</a:Setting></a:RequestedSettings></a:Request></a:GetUserSettingsRequestMessage></s:Body></s:Envelope>`
}

func newRequest(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, adURL, strings.NewReader(body))
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("Authorization", "Bearer "+adToken())
	return r
}

func ask(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// codes are the ErrorCode of the response and of each user, or the fault.
func codes(t *testing.T, w *httptest.ResponseRecorder) []string {
	t.Helper()
	root, err := parseXML(w.Body.Bytes())
	if err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	body := root.child(nsSOAP, "Body")
	if fault := body.child(nsSOAP, "Fault"); fault != nil {
		_, code, _ := strings.Cut(fault.child("", "faultcode").content(), ":")
		return []string{code}
	}
	response := body.child(nsAutodiscover, "GetUserSettingsResponseMessage").child(nsAutodiscover, "Response")
	found := []string{response.child(nsAutodiscover, "ErrorCode").content()}
	for _, user := range response.child(nsAutodiscover, "UserResponses").elements() {
		found = append(found, user.child(nsAutodiscover, "ErrorCode").content())
	}
	return found
}

func golden(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAutodiscoverAnswersAMixedRequest(t *testing.T) {
	ad := testAutodiscover()
	w := ask(ad, newRequest(golden(t, "mixed.request.xml")))
	want := strings.ReplaceAll(golden(t, "mixed.answer.xml"), "\n", "")
	if diff := cmp.Diff(want, w.Body.String()); w.Code != http.StatusOK || diff != "" {
		t.Errorf("status %d, document (-want +got):\n%s", w.Code, diff)
	}
	if got := w.Header().Get("Content-Type"); got != "text/xml; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	seen := ad.Requests()
	if len(seen) != 1 || !slices.Equal(seen[0].Users, []string{known, unknown}) || seen[0].Caller.Actor != exchange.String() || seen[0].To != adURL ||
		seen[0].RequestedServerVersion != "Exchange2010" || len(seen[0].Settings) != 4 || seen[0].Authorization != "Bearer" || seen[0].Status != 200 {
		t.Errorf("remembered %+v", seen)
	}
}

func TestAutodiscoverAsksForAToken(t *testing.T) {
	worldwide := `Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="00000001-0000-0000-c000-000000000000@*", ` +
		`token_types="app_asserted_user_v1 service_asserted_app_v1", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"`
	stranger := Actor(acsIssuer, exchange, service, Living(time.Now(), time.Hour)).Sign(keys().stranger)
	elsewhere := Actor(acsIssuer, exchange, service, Living(time.Now(), time.Hour)).Sign(keys().acs)
	tests := map[string]struct {
		authorization          []string
		challenge, diagnostics string
	}{
		"no header":        {nil, worldwide + `,Basic Realm=""`, ""},
		"an empty bearer":  {[]string{"Bearer "}, worldwide + `,Basic Realm=""`, ""},
		"a stranger":       {[]string{"Bearer " + stranger}, worldwide + `, error="invalid_token",Basic Realm=""`, `2000000;reason="The token has an invalid signature.";error_category="invalid_signature"`},
		"for another host": {[]string{"Bearer " + elsewhere}, worldwide + `, error="invalid_token",Basic Realm=""`, `2000003;reason="The hostname component of the audience claim value is invalid. Expected 'https://ad.forest-b.test'. Actual 'https://ews.forest-b.test'.";error_category="invalid_resource"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ad := testAutodiscover()
			r := newRequest(settingsRequest(known))
			r.Header["Authorization"] = tt.authorization
			w := ask(ad, r)
			if got := w.Header().Values("WWW-Authenticate"); w.Code != 401 || !slices.Equal(got, []string{tt.challenge}) {
				t.Errorf("status %d, challenge %q, want %q", w.Code, got, tt.challenge)
			}
			if got := w.Header().Get("x-ms-diagnostics"); got != tt.diagnostics || ad.Requests()[0].Diagnostics != got {
				t.Errorf("diagnostics %q, want %q", got, tt.diagnostics)
			}
		})
	}
}

func TestAutodiscoverSettings(t *testing.T) {
	ad := testAutodiscover()
	body := strings.Replace(settingsRequest(known), "<a:Setting>", "<a:Setting>AutoDiscoverSMTPAddress</a:Setting><a:Setting>NoSuchSetting</a:Setting><a:Setting>", 1)
	body = strings.Replace(body, "<w:To>", "<w:MessageID>urn:uuid:1&amp;2</w:MessageID><w:To>", 1)
	w := ask(ad, newRequest(body))
	for _, want := range []string{
		"<Name>AutoDiscoverSMTPAddress</Name><Value>" + known + "</Value>",
		"<ErrorCode>InvalidSetting</ErrorCode><ErrorMessage>NoSuchSetting is not a setting.</ErrorMessage><SettingName>NoSuchSetting</SettingName>",
		"<a:RelatesTo>urn:uuid:1&amp;2</a:RelatesTo>",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s is not in\n%s", want, w.Body)
		}
	}
}

// unread fails a test that reads it.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestAutodiscoverRefusesBeforeTheBodyIsSent(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, adURL, unread{t})
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("Expect", "100-continue")
	if w := ask(testAutodiscover(), r); w.Code != http.StatusUnauthorized {
		t.Errorf("status %d, want 401", w.Code)
	}
}

func TestAutodiscoverTakesNothingTooLarge(t *testing.T) {
	r := newRequest(settingsRequest(known) + strings.Repeat(" ", mostRequestBytes))
	if w := ask(testAutodiscover(), r); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", w.Code)
	}
}

func TestExchangeMetadata(t *testing.T) {
	x5t, value := keys().own.X5T(), keyValue(keys().own.Certificate).Value
	want := `{"id":"_` + guid("exchange metadata", "*") + `","version":"1.0","name":"Exchange","realm":"*","serviceName":"00000002-0000-0ff1-ce00-000000000000",` +
		`"issuer":"00000002-0000-0ff1-ce00-000000000000@*","allowedAudiences":["00000002-0000-0ff1-ce00-000000000000@*"],` +
		`"keys":[{"usage":"signing","keyinfo":{"x5t":"` + x5t + `"},"keyvalue":{"type":"x509Certificate","value":"` + value + `"}}],` +
		`"endpoints":[{"location":"https://ad.forest-b.test/autodiscover/metadata/json/1","protocol":"OAuth2","usage":"metadata"}]}`
	for name, tt := range map[string]struct {
		method, path string
		status       int
	}{
		"under autodiscover":  {"GET", "/autodiscover/metadata/json/1", 200},
		"in any case":         {"GET", "/AutoDiscover/Metadata/JSON/1", 200},
		"at the root":         {"GET", "/metadata/json/1", 200},
		"by POST":             {"POST", "/autodiscover/metadata/json/1", 405},
		"with a way out":      {"GET", "/autodiscover/metadata/json/1/../../x", 404},
		"with a parameter":    {"GET", "/autodiscover/metadata/json/1;x", 404},
		"below a longer path": {"GET", "/autodiscover/x/metadata/json/1", 404},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "https://"+adHost+"/", nil)
			r.URL.Path = tt.path
			w := ask(testAutodiscover(), r)
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d", w.Code, tt.status)
			}
			if diff := cmp.Diff(want, w.Body.String()); tt.status == 200 && diff != "" {
				t.Errorf("document (-want +got):\n%s", diff)
			}
		})
	}
}
