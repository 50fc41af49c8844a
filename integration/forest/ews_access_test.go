package forest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"availproxy/integration/forest/s2s"
)

const impersonating = `<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">
<s:Header><t:RequestServerVersion Version="Exchange2013"/>%s</s:Header><s:Body><m:GetUserAvailabilityRequest>
<t:TimeZone><t:Bias>0</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder><t:Month>0</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime>
<t:DaylightTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder><t:Month>0</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone>
<m:MailboxDataArray><t:MailboxData><t:Email><t:Address>alice@fabrikam.example</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData></m:MailboxDataArray>
<t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>2026-11-23T00:00:00</t:StartTime><t:EndTime>2026-11-24T00:00:00</t:EndTime></t:TimeWindow><t:RequestedView>FreeBusy</t:RequestedView></t:FreeBusyViewOptions>
</m:GetUserAvailabilityRequest></s:Body></s:Envelope>`

// askEWS asks the forest's EWS itself, with that token and that header of SOAP.
func askEWS(f *Forest, token Secret, header string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, f.EWSURL(), strings.NewReader(fmt.Sprintf(impersonating, header)))
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("Authorization", "Bearer "+string(token))
	r.Header.Set("client-request-id", "mine")
	r.Header.Set("return-client-request-id", "true")
	w := httptest.NewRecorder()
	f.EWS.ServeHTTP(w, r)
	return w
}

func TestEWSTakesTokensOfEntra(t *testing.T) {
	f, stranger := started(t, Options{}), started(t, Options{})
	soon := time.Now().Add(time.Hour)
	consent := func(roles ...string) {
		f.Entra.Change(func() { f.Entra.Directories[0].Applications[0].Roles[s2s.EWSResource] = roles })
	}
	good := f.AppToken(s2s.EWSResource, soon)
	consent("Calendars.Read.All")
	lacking := f.AppToken(s2s.EWSResource, soon)
	tests := map[string]struct {
		token       Secret
		status      int
		diagnostics string
	}{
		"good":              {good, 200, ""},
		"for Graph":         {f.AppToken(s2s.GraphResource, soon), 401, "2000003;"},
		"over":              {f.AppToken(s2s.EWSResource, time.Now().Add(-time.Hour)), 401, "2000001;"},
		"of another forest": {stranger.AppToken(s2s.EWSResource, soon), 401, "2000000;"},
		"without the role":  {lacking, 403, "2000008;"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := askEWS(f, tt.token, "")
			if w.Code != tt.status || !strings.HasPrefix(w.Header().Get("x-ms-diagnostics"), tt.diagnostics) {
				t.Errorf("status %d, headers %v; want %d, %s", w.Code, w.Header(), tt.status, tt.diagnostics)
			}
		})
	}
	seen := f.EWS.Journal.Requests()
	if last := seen[len(seen)-1]; last.ClientRequestID != "mine" || last.RequestID == "" {
		t.Errorf("remembered %+v", last)
	}
}

func TestImpersonationByApplications(t *testing.T) {
	f := started(t, Options{})
	token := f.AppToken(s2s.EWSResource, time.Now().Add(time.Hour))
	header := func(sid string) string {
		return "<t:ExchangeImpersonation><t:ConnectingSID>" + sid + "</t:ConnectingSID></t:ExchangeImpersonation>"
	}
	tests := map[string]struct {
		needed       bool
		header, code string // "" passes
		onBehalfOf   string
	}{
		"nobody":            {false, "", "", ""},
		"a mailbox":         {true, header("<t:PrimarySmtpAddress>bob@fabrikam.example</t:PrimarySmtpAddress>"), "", "bob@fabrikam.example"},
		"any address of it": {true, header("<t:SmtpAddress>bob@fabrikam.example</t:SmtpAddress>"), "", "bob@fabrikam.example"},
		"nobody, if needed": {true, "", "ErrorInvalidExchangeImpersonationHeaderData", ""},
		"an empty header":   {false, header(""), "ErrorInvalidExchangeImpersonationHeaderData", ""},
		"an unknown one":    {false, header("<t:PrimarySmtpAddress>who@fabrikam.example</t:PrimarySmtpAddress>"), "ErrorNonExistentMailbox", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f.EWS.ImpersonationNeeded = tt.needed
			f.EWS.Journal.Clear()
			w := askEWS(f, token, tt.header)
			if (w.Code == http.StatusOK) != (tt.code == "") || !strings.Contains(w.Body.String(), tt.code) {
				t.Errorf("status %d, %s; want %q", w.Code, w.Body, tt.code)
			}
			if seen := f.EWS.Journal.Requests()[0]; seen.OnBehalfOf != tt.onBehalfOf || seen.Actor != f.Organization.ApplicationID {
				t.Errorf("remembered %+v", seen)
			}
		})
	}
}

// TestTheEndOfEWS has the ways in which EWS in Exchange Online ends, and beside
// them a firewall that looks like it.
func TestTheEndOfEWS(t *testing.T) {
	f := started(t, Options{})
	soon := time.Now().Add(time.Hour)
	ours, shared := f.AppToken(s2s.EWSResource, soon), f.Token(f.Host(), soon)
	tests := map[string]struct {
		config OrganizationConfig
		token  Secret
		status int
	}{
		"open":                               {OrganizationConfig{}, ours, 200},
		"off":                                {OrganizationConfig{EWSDisabled: true}, ours, 403},
		"off, whoever is listed":             {OrganizationConfig{EWSDisabled: true, EWSAllowedAppIDs: []string{f.Organization.ApplicationID}}, ours, 403},
		"listed":                             {OrganizationConfig{EWSAllowedAppIDs: []string{"x", strings.ToUpper(f.Organization.ApplicationID)}}, ours, 200},
		"not listed":                         {OrganizationConfig{EWSAllowedAppIDs: []string{"x"}}, ours, 403},
		"off for the shared principal":       {OrganizationConfig{EWSDisabled: true}, shared, 403},
		"the shared principal is not listed": {OrganizationConfig{EWSAllowedAppIDs: []string{f.Organization.ApplicationID}}, shared, 403},
		"the shared principal is listed":     {OrganizationConfig{EWSAllowedAppIDs: []string{s2s.ExchangePrincipal}}, shared, 200},
		"off, and a token that is none":      {OrganizationConfig{EWSDisabled: true}, "garbage", 401},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f.EWS.SetOrganizationConfig(tt.config)
			w := askEWS(f, tt.token, "")
			if w.Code != tt.status || w.Code == http.StatusForbidden && w.Body.Len() > 0 {
				t.Errorf("status %d, %s; want %d", w.Code, w.Body, tt.status)
			}
			if h := w.Header(); h.Get("request-id") == "" || h.Get("client-request-id") != "mine" || h.Get("X-FEServer") == "" {
				t.Errorf("the headers of Exchange are %v", h)
			}
		})
	}
	f.EWS.SetOrganizationConfig(OrganizationConfig{})
	f.EWS.Faults.Set(Faults{Status: 403, Page: FirewallPage})
	w := askEWS(f, ours, "")
	if h := w.Header(); w.Code != http.StatusForbidden || h.Get("request-id") != "" || h.Get("X-FEServer") != "" || !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		t.Errorf("the firewall answered %d with %v", w.Code, h)
	}
	f.EWS.Faults.Clear()
	if w := askEWS(f, ours, ""); w.Code != http.StatusOK {
		t.Errorf("afterwards, EWS answered %d", w.Code)
	}
}

func TestAutodiscoverTakesTokensOfEntra(t *testing.T) {
	f := started(t, Options{})
	client := browser(t, f)
	ask := func(scope string) (int, string) {
		t.Helper()
		status, token := fetchToken(t, f, client, scope)
		if status != http.StatusOK {
			t.Fatalf("Entra refused with status %d", status)
		}
		r, err := http.NewRequest(http.MethodPost, f.DiscoveryEndpoint(), strings.NewReader(fmt.Sprintf(getUserSettings, f.DiscoveryEndpoint(), "alice@fabrikam.example")))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "text/xml; charset=utf-8")
		r.Header.Set("Authorization", "Bearer "+token)
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	if status, body := ask("https://autodiscover.fabrikam.example/.default"); status != http.StatusOK || !strings.Contains(body, f.EWSURL()) {
		t.Errorf("status %d, %s", status, body)
	}
	if status, _ := ask("https://graph.fabrikam.example/.default"); status != http.StatusUnauthorized {
		t.Errorf("with a token for Graph: status %d", status)
	}
	if seen := f.Autodiscover.Requests(); seen[0].Caller.Actor != f.Organization.ApplicationID {
		t.Errorf("remembered %+v", seen[0])
	}
}
