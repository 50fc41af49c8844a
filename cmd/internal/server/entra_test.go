package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/server"
	"availproxy/integration/forest"
	"availproxy/integration/forest/s2s"
)

// withEntra has the connector ask with tokens of the forest's Entra ID. More are
// further lines of the connector.
func withEntra(t *testing.T, f *forest.Forest, more string) edit {
	t.Helper()
	server := fmt.Sprintf("\n  - {name: EvoSTS, type: AzureAD, tenant: %s, application_identifier: %s, cloud: worldwide, "+
		"trusted_roots: ca.pem, allowed_networks: [127.0.0.0/8], certificate: {file: app.pfx, password: \"file:app.pfx.password\"}}",
		f.Organization.Domain, f.Organization.ApplicationID)
	hosts := fmt.Sprintf("\nclouds: {worldwide: {login: %s}}\n", strings.TrimPrefix(f.LoginURL(), "https://"))
	return func(config string) string {
		config = replace(t, "\nauth_servers:", hosts+"auth_servers:"+server)(config)
		return replace(t, "    auth_server: "+f.AuthServer(), "    auth_server: EvoSTS"+more)(config)
	}
}

func TestAConnectorAsksWithAnApplicationOfEntra(t *testing.T) {
	tests := map[string]struct {
		actAs            string // line of the connector
		asker            string // whom the old server names
		needed           bool   // EWS takes nobody who impersonates nobody
		behalf, anchored string
	}{
		"for itself":     {anchored: "alice@fabrikam.example"},
		"for one person": {actAs: "\n    act_as: bob@fabrikam.example", needed: true, behalf: "bob@fabrikam.example", anchored: "bob@fabrikam.example"},
		"for who asks":   {actAs: "\n    act_as: requester", asker: "eve@contoso.example", needed: true, behalf: "eve@contoso.example", anchored: "eve@contoso.example"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newForest(t, forest.Options{})
			f.EWS.ImpersonationNeeded = tt.needed
			r := run(t, f, withEntra(t, f, tt.actAs))
			c := r.caller(t)
			if tt.asker != "" {
				c.SecurityContext = &forest.SecurityContext{UserSID: "S-1-5-21-1-2-3-1103", PrimarySMTPAddress: tt.asker}
			}
			for range 2 {
				if code, text := r.ask(t, c); code != "NoError" {
					t.Fatalf("got %s %s\n%s", code, text, r.log)
				}
			}
			asked := f.EWS.Journal.Requests()
			if len(asked) != 1 || asked[0].Actor != f.Organization.ApplicationID || asked[0].OnBehalfOf != tt.behalf || asked[0].Anchor != tt.anchored {
				t.Errorf("EWS was asked %+v", asked)
			}
			tokens := f.Entra.Requests()
			if len(tokens) != 2 { // autodiscover and EWS are resources of their own
				t.Errorf("Entra was asked %+v", tokens)
			}
			for _, token := range tokens {
				if token.Algorithm != "PS256" || !strings.HasSuffix(token.Scope, ".fabrikam.example/.default") || len(token.ClientRequestID) != 36 {
					t.Errorf("Entra was asked %+v", token)
				}
			}
			if n := len(f.ACS.Requests()); n > 0 {
				t.Errorf("ACS was asked %d times", n)
			}
		})
	}
}

// TestWhatEntraRefusesIsSaidWithItsRemedy has the tenant not consent.
func TestWhatEntraRefusesIsSaidWithItsRemedy(t *testing.T) {
	f := newForest(t, forest.Options{})
	f.Entra.Refuse = s2s.EntraError{Status: http.StatusBadRequest, Error: "invalid_grant", Code: 65001, Text: "The administrator has not consented."}
	r := run(t, f, withEntra(t, f, "\n    target_sharing_epr: https://"+f.Host()+forest.Path))
	for range 5 {
		if code, text := r.ask(t, r.caller(t)); code != "ErrorProxyRequestProcessingFailed" || !strings.Contains(text, "Unable to get token from Auth Server") {
			t.Errorf("got %s %s", code, text)
		}
	}
	if n := len(f.Entra.Requests()); n != 1 {
		t.Errorf("Entra was asked %d times within seconds", n)
	}
	if log := r.log.String(); !strings.Contains(log, "have an administrator consent") || !strings.Contains(log, "AADSTS65001") || strings.Contains(log, "eyJ") {
		t.Errorf("the log says\n%s", log)
	}
	findings := r.Check(t.Context(), server.Subject{})
	for _, finding := range findings {
		if finding.ID == "token.issue" && (finding.Severity != check.Fail || !strings.Contains(finding.Fix, "consent")) {
			t.Errorf("the check finds %+v", finding)
		}
		if finding.ID == "certificate.usable" && finding.Severity != check.OK && !strings.Contains(finding.Seen, "days left") {
			t.Errorf("the check finds %+v", finding)
		}
	}
}

// TestAnApplicationThatMustImpersonateIsToldSo asks for itself where that is not
// enough.
func TestAnApplicationThatMustImpersonateIsToldSo(t *testing.T) {
	f := newForest(t, forest.Options{})
	f.EWS.ImpersonationNeeded = true
	r := run(t, f, withEntra(t, f, ""))
	if code, text := r.ask(t, r.caller(t)); code != "ErrorProxyRequestProcessingFailed" || !strings.Contains(text, "ExchangeImpersonation SOAP header must be present") {
		t.Errorf("got %s %s", code, text)
	}
	if log := r.log.String(); !strings.Contains(log, "Set act_as of the connector") {
		t.Errorf("the log says\n%s", log)
	}
}

// TestAnApplicationThatIsNotListedIsToldSo has the tenant list another one.
func TestAnApplicationThatIsNotListedIsToldSo(t *testing.T) {
	f := newForest(t, forest.Options{})
	f.EWS.SetOrganizationConfig(forest.OrganizationConfig{EWSAllowedAppIDs: []string{"00000000-1111-2222-3333-444444444444"}})
	r := run(t, f, withEntra(t, f, ""))
	if code, text := r.ask(t, r.caller(t)); code != "ErrorProxyRequestProcessingFailed" || !strings.Contains(text, "HTTP status 403") {
		t.Errorf("got %s %s", code, text)
	}
	if log := r.log.String(); !strings.Contains(log, "our application in EwsAllowedAppIDs") {
		t.Errorf("the log says\n%s", log)
	}
	f.EWS.SetOrganizationConfig(forest.OrganizationConfig{EWSAllowedAppIDs: []string{f.Organization.ApplicationID}})
	if code, text := r.ask(t, r.caller(t)); code == "NoError" {
		t.Errorf("a refusal is not remembered: %s", text)
	}
}

// TestAnApplicationNeedsNoAuthCertificate leaves out auth_config, which Entra ID
// has no use for.
func TestAnApplicationNeedsNoAuthCertificate(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f, withEntra(t, f, ""), replace(t, `  certificate: {file: auth.pfx, password: "file:auth.pfx.password"}`, ""))
	if response, body := r.get(t, http.MethodGet, r.admin+"/-/ready", nil); response.StatusCode != http.StatusOK {
		t.Errorf("it is not ready: %s", body)
	}
	if code, text := r.ask(t, r.caller(t)); code != "NoError" {
		t.Errorf("got %s %s", code, text)
	}
	token, err := r.Token(t.Context(), "", "")
	if err != nil || time.Until(token.Expires) < 50*time.Minute {
		t.Errorf("token mint would get a token until %s, %v", token.Expires, err)
	}
}
