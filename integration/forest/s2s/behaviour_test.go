package s2s

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

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
