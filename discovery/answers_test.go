package discovery

import (
	"net/http"
	"strings"
	"testing"

	"availproxy/freebusy"
)

func TestEachWayToFailHasItsOwnError(t *testing.T) {
	status := func(code int, header ...string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Add(header[i], header[i+1])
			}
			w.WriteHeader(code)
		}
	}
	write := func(code int, document string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.WriteHeader(code); w.Write([]byte(document)) }
	}
	const failed = freebusy.ErrorAutoDiscoverFailed
	tests := map[string]struct {
		answer func(http.ResponseWriter)
		kind   Kind
		code   freebusy.Code
		text   string // within the text for the caller
		paused bool   // the service is left alone afterwards
	}{
		"401 with Bearer":          {status(401, "WWW-Authenticate", `Bearer client_id="x", trusted_issuers="a,b@*", error="invalid_token",Negotiate,NTLM,Basic realm="x"`), AuthFailed, failed, "(401) Unauthorized", true},
		"401 with Basic only":      {status(401, "WWW-Authenticate", `Basic Realm=""`), AuthDowngradeRefused, failed, "(401) Unauthorized", true},
		"401 with Windows only":    {status(401, "WWW-Authenticate", "Negotiate", "WWW-Authenticate", "NTLM"), AuthFailed, failed, "(401) Unauthorized", true},
		"403":                      {status(403), AuthFailed, failed, "(403) Forbidden", true},
		"404":                      {status(404), BadAnswer, failed, "(404) Not Found", true},
		"404 about the anchor":     {status(404, "X-Diagnostics", "MailboxGuidWithDomainNotFound"), UnknownUser, freebusy.ErrorMailRecipientNotFound, "LID: 33676", false},
		"404 about it in the body": {write(404, "MailboxGuidWithDomainNotFound"), UnknownUser, freebusy.ErrorMailRecipientNotFound, "LID: 33676", false},
		"405":                      {status(405), BadAnswer, failed, "(405) Method Not Allowed", true},
		"456":                      {status(456), Busy, failed, "(456)", true},
		"457":                      {status(457), AuthFailed, failed, "(457)", true},
		"502":                      {status(502), Unreachable, failed, "(502) Bad Gateway", true},
		"503":                      {status(503), Busy, failed, "(503) Server Unavailable", true},
		"500 without a fault":      {write(500, "oops"), BadAnswer, failed, "(500) Internal Server Error", true},
		"a security fault":         {write(500, string(document(t, "fault.xml"))), AuthFailed, failed, "An error occurred when verifying security for the message", true},
		"another fault":            {write(500, strings.Replace(string(document(t, "fault.xml")), "f:InvalidSecurity", "a:ActionNotSupported", 1)), BadAnswer, failed, "SoapException", true},
		"a web page":               {write(200, string(document(t, "doctype.xml"))), BadAnswer, failed, "Response is not well-formed XML", true},
		"half an answer":           {write(200, string(document(t, "truncated.xml"))), BadAnswer, failed, "Response is not well-formed XML", true},
		"300 KiB":                  {write(200, response("NoError", strings.Repeat(" ", 300<<10))), BadAnswer, failed, "", true},
		"the wrong namespace":      {write(200, string(document(t, "https-namespace.xml"))), BadAnswer, failed, "", true},
		"ServerBusy":               {write(200, string(document(t, "busy.xml"))), Busy, failed, "(503) Server Unavailable", true},
		"a code without a name":    {write(200, response("SomethingNew", "")), BadAnswer, failed, "", true},
		"InvalidRequest for one":   {write(200, response("InvalidRequest", "")), BadAnswer, failed, "", true},
		"more users than asked":    {write(200, response("NoError", works(fabrikamEWS)+works(fabrikamEWS))), BadAnswer, failed, "", true},
		"no users, twice":          {write(200, response("NoError", "")), Busy, failed, "", false},
		"ServerBusy for the user":  {write(200, response("NoError", says("ServerBusy"))), Busy, failed, "", false},
		"a new code for the user":  {write(200, response("NoError", says("SomethingNew"))), BadAnswer, failed, "", false},
		"no URL at all":            {write(200, response("NoError", settings())), SettingNotAvailable, failed, "Error message: SettingIsNotAvailable. LID: 33676", false},
		"an URL that is not ours":  {write(200, response("NoError", works("https://evil.example/EWS/Exchange.asmx"))), Refused, failed, "", false},
		"a redirect without TLS":   {status(302, "Location", "http://autodiscover.fabrikam.example/autodiscover/autodiscover.svc"), Refused, failed, "", true},
		"a redirect to nowhere":    {status(302), Refused, failed, "", true},
		"RedirectUrl to evil":      {write(200, string(document(t, "redirect-url.xml"))), Refused, failed, "", false},
		"RedirectUrl for all":      {write(200, response("RedirectUrl", "")), Refused, failed, "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := directory(t, fabrikam(&service{first: func(w http.ResponseWriter, _ []string) bool { tt.answer(w); return true }}))
			r := routes(t, d, "lin@fabrikam.example")[0]
			if r.Err == nil {
				t.Fatalf("route %+v, want %s", r, tt.kind)
			}
			e, _ := r.Err.Err.(*Error)
			if e == nil || e.Kind != tt.kind || r.Err.Code != tt.code || !strings.Contains(r.Err.Text, tt.text) {
				t.Errorf("error %v (%v), want %s, %s, %q", r.Err, r.Err.Err, tt.kind, tt.code, tt.text)
			}
			if strings.Contains(r.Err.Text, "evil") || strings.Contains(r.Err.Text, "https:") || e != nil && strings.Contains(e.Error(), "@") {
				t.Errorf("the error tells too much: %v (%v)", r.Err, e)
			}
			if e != nil && len(e.Hops) == 0 {
				t.Error("the error does not tell the way")
			}
			if paused := !d.Snapshot()[0].Retry.IsZero(); paused != tt.paused {
				t.Errorf("the service is left alone: %t, want %t", paused, tt.paused)
			}
		})
	}
}

func TestInteropURLIsPreferredWhereItIsAllowed(t *testing.T) {
	tests := map[string]struct{ interop, external, want string }{
		"both":                    {otherEWS, fabrikamEWS, otherEWS},
		"interop is not allowed":  {"https://evil.example/EWS/Exchange.asmx", fabrikamEWS, fabrikamEWS},
		"interop alone":           {otherEWS, "", otherEWS},
		"external alone":          {"", fabrikamEWS, fabrikamEWS},
		"external is not allowed": {otherEWS, "https://evil.example/EWS/Exchange.asmx", otherEWS},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := directory(t, fabrikam(&service{says: func(string) string {
				return settings(interopEwsURL, tt.interop, externalEwsURL, tt.external)
			}}))
			if got := route(t, d, "lin@fabrikam.example"); got != tt.want {
				t.Errorf("route is %s, want %s", got, tt.want)
			}
		})
	}
}

func TestSettingThatAnOldServerDoesNotKnowIsDropped(t *testing.T) {
	var bodies []string
	s := &service{}
	c := fabrikam(roundTripper(func(r *http.Request) (*http.Response, error) {
		body, _ := r.GetBody()
		text := new(strings.Builder)
		copyAll(text, body)
		bodies = append(bodies, text.String())
		s.first = func(w http.ResponseWriter, _ []string) bool {
			old := strings.Contains(text.String(), interopEwsURL)
			if old {
				w.Write([]byte(response("InvalidSetting", "")))
			}
			return old
		}
		return s.RoundTrip(r)
	}))
	d := directory(t, c)
	if got := route(t, d, "lin@fabrikam.example"); got != fabrikamEWS || len(bodies) != 2 {
		t.Errorf("route is %s after %d requests, want %s after 2", got, len(bodies), fabrikamEWS)
	}
}

func TestUsersThatWereLeftOutAreAskedOnceMore(t *testing.T) {
	s := &service{}
	s.first = func(w http.ResponseWriter, users []string) bool {
		w.Write([]byte(response("NoError", works(fabrikamEWS))))
		return true
	}
	d := directory(t, fabrikam(s))
	got := words(routes(t, d, "a@fabrikam.example", "b@fabrikam.example", "c@fabrikam.example"))
	if got[0] != fabrikamEWS || got[1] != fabrikamEWS || got[2] != "busy" {
		t.Errorf("routes %v, want the third to be busy", got)
	}
	if n := s.calls(); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestAnotherMailboxIsTriedAsAnchor(t *testing.T) {
	s := &service{}
	s.first = func(w http.ResponseWriter, _ []string) bool {
		unknown := strings.HasPrefix(s.anchors[len(s.anchors)-1], "gone")
		if unknown {
			http.Error(w, "MailboxGuidWithDomainNotFound", http.StatusNotFound)
		}
		return unknown
	}
	d := directory(t, fabrikam(s))
	got := words(routes(t, d, "gone@fabrikam.example", "lin@fabrikam.example"))
	if got[0] != fabrikamEWS || got[1] != fabrikamEWS {
		t.Errorf("routes %v, want what the service says with another anchor", got)
	}
	if n := s.calls(); n != 2 || !d.Snapshot()[0].Retry.IsZero() {
		t.Errorf("%d requests, want 2, and the service not to be left alone", n)
	}
}
