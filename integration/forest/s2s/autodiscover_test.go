package s2s

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
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

func TestAutodiscoverBehaves(t *testing.T) {
	everyone := func(b Behaviour) map[string]Behaviour { return map[string]Behaviour{"*": b} }
	lins := func(b Behaviour) map[string]Behaviour { return map[string]Behaviour{known: b} }
	tests := map[string]struct {
		behaviours map[string]Behaviour
		status     int
		want       []string // codes of response and users
		holds      string
	}{
		"well":                        {nil, 200, []string{"NoError", "NoError", "NoError"}, "https://ews.forest-b.test/EWS/Exchange.asmx"},
		"an address redirect":         {lins(Behaviour{Code: "RedirectAddress", RedirectTarget: "lin@c.test"}), 200, []string{"NoError", "RedirectAddress", "NoError"}, "<RedirectTarget>lin@c.test</RedirectTarget>"},
		"a URL redirect":              {lins(Behaviour{Code: "RedirectUrl", RedirectTarget: "https://c.test/?a&b"}), 200, []string{"NoError", "RedirectUrl", "NoError"}, "<RedirectTarget>https://c.test/?a&amp;b</RedirectTarget>"},
		"a URL redirect of all":       {lins(Behaviour{ResponseCode: "RedirectUrl", RedirectTarget: "https://c.test/"}), 200, []string{"RedirectUrl"}, "https://c.test/"},
		"an invalid user":             {lins(Behaviour{Code: "InvalidUser"}), 200, []string{"NoError", "InvalidUser", "NoError"}, "Invalid user."},
		"a setting unavailable":       {everyone(Behaviour{Settings: map[string]string{"ExternalEwsUrl": ""}}), 200, []string{"NoError", "NoError", "NoError"}, "<ErrorCode>SettingIsNotAvailable</ErrorCode><ErrorMessage>ExternalEwsUrl is not available."},
		"a setting of its own":        {lins(Behaviour{Settings: map[string]string{"ExternalEwsUrl": "https://own.test/"}}), 200, []string{"NoError", "NoError", "NoError"}, "https://own.test/"},
		"a setting without a word":    {everyone(Behaviour{Silent: []string{"ExternalEwsUrl"}}), 200, []string{"NoError", "NoError", "NoError"}, "<UserSettingErrors/><UserSettings/>"},
		"a busy user":                 {lins(Behaviour{Code: "ServerBusy"}), 200, []string{"NoError", "ServerBusy", "NoError"}, "too busy"},
		"a busy server":               {everyone(Behaviour{ResponseCode: "ServerBusy"}), 200, []string{"ServerBusy"}, `<UserResponses i:nil="true"/>`},
		"a short answer":              {lins(Behaviour{Short: 1}), 200, []string{"NoError", "NoError"}, ""},
		"an empty answer":             {lins(Behaviour{Short: -1}), 200, []string{"NoError"}, ""},
		"a security fault":            {lins(Behaviour{SOAPFault: "InvalidSecurity"}), 500, []string{"InvalidSecurity"}, "An error occurred when verifying security for the message."},
		"a redirect elsewhere":        {lins(Behaviour{Status: 302, Location: "https://c.test/"}), 302, nil, ""},
		"HTML":                        {lins(Behaviour{Body: "<html>"}), 200, nil, "<html>"},
		"unavailable":                 {everyone(Behaviour{Status: 503, RetryAfter: time.Minute}), 503, nil, ""},
		"a logon that can be mended":  {everyone(Behaviour{Status: 456}), 456, nil, ""},
		"not found":                   {everyone(Behaviour{Status: 404}), 404, nil, ""},
		"method not allowed":          {everyone(Behaviour{Status: 405}), 405, nil, ""},
		"a downgrade":                 {everyone(Behaviour{BasicOnly: true}), 401, nil, ""},
		"another user's":              {map[string]Behaviour{unknown: {Status: 503}}, 200, []string{"NoError", "NoError", "NoError"}, ""},
		"the user before everybody's": {map[string]Behaviour{"*": {Code: "ServerBusy"}, known: {}}, 200, []string{"NoError", "NoError", "ServerBusy"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ad := testAutodiscover()
			ad.Behaviours = tt.behaviours
			w := ask(ad, newRequest(settingsRequest(known, another)))
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.holds) {
				t.Errorf("status %d, want %d and %q in\n%s", w.Code, tt.status, tt.holds, w.Body)
			}
			if tt.want != nil {
				if got := codes(t, w); !slices.Equal(got, tt.want) {
					t.Errorf("codes %v, want %v", got, tt.want)
				}
			}
		})
	}
}

func TestAutodiscoverHeadersOfBehaviours(t *testing.T) {
	tests := map[string]struct {
		behaviour   Behaviour
		name, value string
	}{
		"Location":        {Behaviour{Status: 307, Location: "https://c.test/autodiscover/autodiscover.svc"}, "Location", "https://c.test/autodiscover/autodiscover.svc"},
		"a hop":           {Behaviour{Hops: 2}, "Location", "/autodiscover/hop/autodiscover.svc"},
		"Retry-After":     {Behaviour{Status: 503, RetryAfter: 90 * time.Second}, "Retry-After", "90"},
		"Basic alone":     {Behaviour{BasicOnly: true}, "WWW-Authenticate", `Basic realm=""`},
		"a type for HTML": {Behaviour{Body: "<html>"}, "Content-Type", "text/html; charset=utf-8"},
		"a type in UTF16": {Behaviour{Shape: Shape{UTF16: true}}, "Content-Type", "text/xml; charset=utf-16"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ad := testAutodiscover()
			ad.Behaviours = map[string]Behaviour{"*": tt.behaviour}
			w := ask(ad, newRequest(settingsRequest(known)))
			if got := w.Header().Values(tt.name); !slices.Equal(got, []string{tt.value}) {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.value)
			}
		})
	}
}

func TestAutodiscoverHopsEnd(t *testing.T) {
	ad := testAutodiscover()
	ad.Behaviours = map[string]Behaviour{"*": {Hops: 3, Status: http.StatusTemporaryRedirect}}
	where := adURL
	for range 3 {
		r := newRequest(settingsRequest(known))
		r.URL.Path = strings.TrimPrefix(where, "https://"+adHost)
		w := ask(ad, r)
		if where = w.Header().Get("Location"); w.Code != http.StatusTemporaryRedirect {
			t.Fatalf("status %d at %s", w.Code, where)
		}
	}
	ad.Behaviours = map[string]Behaviour{"*": {Hops: 3}}
	r := newRequest(settingsRequest(known))
	r.URL.Path = where
	if w := ask(ad, r); w.Code != http.StatusOK || where != "/autodiscover/hop/hop/hop/autodiscover.svc" {
		t.Errorf("status %d at %s", w.Code, where)
	}
}

func TestBehavioursWearOff(t *testing.T) {
	ad := testAutodiscover()
	ad.Behaviours = map[string]Behaviour{known: {Code: "ServerBusy", Times: 2}}
	var got []string
	for range 3 {
		refused := newRequest(settingsRequest(known))
		refused.Header.Del("Authorization")
		ask(ad, refused) // a probe for the challenge wears nothing off
		got = append(got, codes(t, ask(ad, newRequest(settingsRequest(known))))[1])
	}
	if want := []string{"ServerBusy", "ServerBusy", "NoError"}; !slices.Equal(got, want) {
		t.Errorf("codes %v, want %v", got, want)
	}
}

func TestAutodiscoverShapes(t *testing.T) {
	tests := map[string]struct {
		shape        Shape
		begins, ends string
		holds        string
		readable     bool
	}{
		"as WCF writes":        {Shape{}, "<s:Envelope", "</s:Envelope>", `<GetUserSettingsResponseMessage xmlns="http://`, true},
		"with declaration":     {Shape{Declaration: true}, `<?xml version="1.0" encoding="utf-8"?><s:`, "</s:Envelope>", "", true},
		"with byte order mark": {Shape{ByteOrderMark: true}, "\xef\xbb\xbf<s:", "</s:Envelope>", "", true},
		"prefixed":             {Shape{Prefixed: true}, "<s:Envelope", "</s:Envelope>", `<g:UserSetting i:type="g:StringSetting">`, true},
		"padded":               {Shape{Padding: 300 << 10}, "<s:Envelope", "x--></s:Envelope>", strings.Repeat("x", 300<<10), true},
		"wrong namespace":      {Shape{WrongNamespace: true}, "<s:Envelope", "</s:Envelope>", `xmlns="https://schemas`, true},
		"doctype":              {Shape{Doctype: true}, "<!DOCTYPE", "</s:Envelope>", "", false},
		"truncated":            {Shape{Truncated: true}, "<s:Envelope", "", "", false},
		"UTF-16":               {Shape{UTF16: true}, "\xff\xfe<\x00s\x00", ">\x00", "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ad := testAutodiscover()
			ad.Behaviours = map[string]Behaviour{"*": {Shape: tt.shape}}
			body := ask(ad, newRequest(settingsRequest(known))).Body.String()
			if !strings.HasPrefix(body, tt.begins) || !strings.HasSuffix(body, tt.ends) || !strings.Contains(body, tt.holds) {
				t.Errorf("document %.300q", body)
			}
			if _, err := parseXML([]byte(body)); (err == nil) != tt.readable {
				t.Errorf("readable is %v, want %v", err == nil, tt.readable)
			}
		})
	}
}

func TestAutodiscoverReadsStrictly(t *testing.T) {
	good := settingsRequest(known)
	replace := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	users, settings := good[strings.Index(good, "<a:Users>"):strings.Index(good, "<a:RequestedSettings>")], good[strings.Index(good, "<a:RequestedSettings>"):strings.Index(good, "</a:Request>")]
	tests := map[string]struct {
		body   string
		status int
		want   []string
	}{
		"good":                     {good, 200, []string{"NoError", "NoError"}},
		"other prefixes":           {strings.NewReplacer("a:", "q:", ":a=", ":q=").Replace(good), 200, []string{"NoError", "NoError"}},
		"a newer version":          {replace("Exchange2010<", "Exchange2016<"), 200, []string{"NoError", "NoError"}},
		"a DOCTYPE":                {`<!DOCTYPE x>` + good, 400, nil},
		"no XML":                   {"users=lin", 400, nil},
		"cut off":                  {good[:len(good)-5], 400, nil},
		"nothing":                  {"", 400, nil},
		"too deep":                 {strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100), 400, nil},
		"no envelope":              {"<users/>", 500, []string{"VersionMismatch"}},
		"SOAP 1.2":                 {replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"), 500, []string{"VersionMismatch"}},
		"no action":                {strings.ReplaceAll(good, "w:Action", "w:Deed"), 500, []string{"MessageAddressingHeaderRequired"}},
		"another action":           {replace("Autodiscover/GetUserSettings", "Autodiscover/GetMoon"), 500, []string{"ActionNotSupported"}},
		"a header to understand":   {replace("</s:Header>", `<x s:mustUnderstand="1"/></s:Header>`), 500, []string{"MustUnderstand"}},
		"https namespace":          {replace(`xmlns:a="http:`, `xmlns:a="https:`), 500, []string{"DeserializationFailed"}},
		"no version":               {replace("Exchange2010<", "<"), 200, []string{"InvalidRequest"}},
		"another year's version":   {replace("Exchange2010<", "Exchange5.5<"), 200, []string{"InvalidRequest"}},
		"no settings":              {replace(settings, ""), 200, []string{"InvalidRequest"}},
		"no users":                 {replace(users, ""), 200, []string{"InvalidRequest"}},
		"settings before users":    {replace(users+settings, settings+users), 200, []string{"InvalidRequest"}},
		"as many users as allowed": {settingsRequest(slices.Repeat([]string{known}, 90)...), 200, slices.Repeat([]string{"NoError"}, 91)},
		"one user too many":        {settingsRequest(slices.Repeat([]string{known}, 91)...), 200, []string{"InvalidRequest"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := ask(testAutodiscover(), newRequest(tt.body))
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d: %s", w.Code, tt.status, w.Body)
			}
			if tt.want != nil {
				if got := codes(t, w); !slices.Equal(got, tt.want) {
					t.Errorf("codes %v, want %v", got, tt.want)
				}
			}
		})
	}
}

func TestAutodiscoverRequestsThatGoAstray(t *testing.T) {
	tests := map[string]struct {
		configure func(*Autodiscover)
		change    func(*http.Request)
		status    int
		want      []string
	}{
		"another path":                     {nil, func(r *http.Request) { r.URL.Path = "/autodiscover/autodiscover.xml" }, 404, nil},
		"the path in any case":             {nil, func(r *http.Request) { r.URL.Path = "/AutoDiscover/AutoDiscover.SVC" }, 200, nil},
		"a path with a segment more":       {nil, func(r *http.Request) { r.URL.Path = "/autodiscover/lin@b.test/autodiscover.svc" }, 200, nil},
		"WSSecurity":                       {nil, func(r *http.Request) { r.URL.Path += "/WSSecurity" }, 404, nil},
		"GET":                              {nil, func(r *http.Request) { r.Method = "GET"; r.Body = http.NoBody }, 405, nil},
		"another content type":             {nil, func(r *http.Request) { r.Header.Set("Content-Type", "application/soap+xml") }, 415, nil},
		"the same SOAPAction":              {nil, func(r *http.Request) { r.Header.Set("SOAPAction", `"`+userSettingsAction+`"`) }, 200, nil},
		"another SOAPAction":               {nil, func(r *http.Request) { r.Header.Set("SOAPAction", `"urn:else"`) }, 500, []string{"ActionMismatch"}},
		"the synthetic anchor":             {nil, anchor("01B62C6D-4324-448f-9884-5FEC6D18A7E2@forest-b.test"), 404, nil},
		"a real anchor":                    {func(a *Autodiscover) { a.AnchorNeeded = true }, anchor(known), 200, nil},
		"a real anchor in upper case":      {func(a *Autodiscover) { a.AnchorNeeded = true }, anchor(strings.ToUpper(known)), 200, nil},
		"no anchor where one is needed":    {func(a *Autodiscover) { a.AnchorNeeded = true }, anchor(""), 404, nil},
		"an anchor nobody knows":           {func(a *Autodiscover) { a.AnchorNeeded = true }, anchor(unknown), 404, nil},
		"an anchor nobody asks after":      {nil, anchor(unknown), 200, nil},
		"wsa:To as called":                 {func(a *Autodiscover) { a.CheckTo = true }, func(*http.Request) {}, 200, nil},
		"wsa:To of another host":           {func(a *Autodiscover) { a.CheckTo = true }, func(r *http.Request) { r.Host = "other.test" }, 500, []string{"DestinationUnreachable"}},
		"wsa:To of another path":           {func(a *Autodiscover) { a.CheckTo = true }, func(r *http.Request) { r.URL.Path = "/autodiscover/x/autodiscover.svc" }, 500, []string{"DestinationUnreachable"}},
		"wsa:To where nobody looks":        {nil, func(r *http.Request) { r.URL.Path = "/autodiscover/x/autodiscover.svc" }, 200, nil},
		"no Verifier":                      {func(a *Autodiscover) { a.Verifier = nil }, func(*http.Request) {}, 401, nil},
		"a batch beyond a smaller limit":   {func(a *Autodiscover) { a.BatchLimit = -1 }, func(*http.Request) {}, 200, []string{"InvalidRequest"}},
		"settings that are not there":      {func(a *Autodiscover) { a.Settings = nil }, func(*http.Request) {}, 200, []string{"NoError", "NoError"}},
		"a directory without a single one": {func(a *Autodiscover) { a.Known = nil }, func(*http.Request) {}, 200, []string{"NoError", "InvalidUser"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ad := testAutodiscover()
			ad.Verifier.Hosts = append(ad.Verifier.Hosts, "other.test")
			if tt.configure != nil {
				tt.configure(ad)
			}
			r := newRequest(settingsRequest(known))
			tt.change(r)
			if r.Host == "other.test" {
				audience := Principal{ID: ExchangePrincipal, Host: r.Host, Realm: tenant}
				r.Header.Set("Authorization", "Bearer "+Actor(acsIssuer, exchange, audience, Living(time.Now(), time.Hour)).Sign(keys().acs))
			}
			w := ask(ad, r)
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d: %s", w.Code, tt.status, w.Body)
			}
			if tt.want != nil {
				if got := codes(t, w); !slices.Equal(got, tt.want) {
					t.Errorf("codes %v, want %v", got, tt.want)
				}
			}
		})
	}
}

func anchor(mailbox string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("X-AnchorMailbox", mailbox) }
}

func TestAutodiscoverTakesElementsInAnyOrderWhenTold(t *testing.T) {
	ad := testAutodiscover()
	ad.AnyOrder = true
	r := newRequest(strings.Replace(settingsRequest(known), "<a:Users>", "<a:RequestedSettings><a:Setting>UserDN</a:Setting></a:RequestedSettings><a:Users>", 1))
	if got := codes(t, ask(ad, r)); !slices.Equal(got, []string{"NoError", "NoError"}) {
		t.Errorf("codes %v", got)
	}
	if got := ad.Requests()[0].Settings; !slices.Equal(got, []string{"UserDN", "ExternalEwsUrl"}) {
		t.Errorf("settings %v", got)
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

func TestAutodiscoverDawdles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ad := testAutodiscover()
		ad.Behaviours = map[string]Behaviour{"*": {SlowHeaders: 20 * time.Second, SlowBody: 10 * time.Second}}
		start := time.Now()
		w := ask(ad, newRequest(settingsRequest(known)))
		if waited := time.Since(start); waited != 30*time.Second || !w.Flushed {
			t.Errorf("answered after %v, flushed %v", waited, w.Flushed)
		}
		if got := codes(t, w); !slices.Equal(got, []string{"NoError", "NoError"}) {
			t.Errorf("codes %v", got)
		}
	})
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
