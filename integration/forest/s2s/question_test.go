package s2s

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

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
