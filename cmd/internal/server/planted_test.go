package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"availproxy/cmd/internal/explain"
	"availproxy/freebusy"
	"availproxy/integration/forest"
	"availproxy/integration/forest/s2s"
)

// plant is one failure mode that the staging forest can play.
type plant struct {
	in    func(t *testing.T, f *forest.Forest) []edit // plants it; the edits are of the configuration
	cause freebusy.Cause

	// The caller's text does not tell it, on purpose or because several causes share
	// it: then this one comes first.
	told freebusy.Cause
}

// ewsDoes has EWS do something wrong.
func ewsDoes(f forest.Faults) func(*testing.T, *forest.Forest) []edit {
	return func(_ *testing.T, to *forest.Forest) []edit {
		to.EWS.Faults.Set(f)
		return nil
	}
}

// ewsSays has EWS refuse a token in these words.
func ewsSays(code int, reason, category string) func(*testing.T, *forest.Forest) []edit {
	return ewsDoes(forest.Faults{Status: http.StatusUnauthorized, Diagnostics: fmt.Sprintf(`%d;reason="%s";error_category="%s"`, code, reason, category)})
}

// aliceGets has EWS refuse the one mailbox.
func aliceGets(m forest.MailboxFault) func(*testing.T, *forest.Forest) []edit {
	return ewsDoes(forest.Faults{Mailbox: map[string]forest.MailboxFault{"alice@fabrikam.example": m}})
}

// acsRefuses has the token service refuse with that number.
func acsRefuses(number int) func(*testing.T, *forest.Forest) []edit {
	return func(_ *testing.T, f *forest.Forest) []edit {
		f.ACS.Refuse = number
		return nil
	}
}

// autodiscoverDoes has autodiscover do something to everybody.
func autodiscoverDoes(b s2s.Behaviour) func(*testing.T, *forest.Forest) []edit {
	return func(_ *testing.T, f *forest.Forest) []edit {
		f.Autodiscover.Behaviours = map[string]s2s.Behaviour{"*": b}
		return nil
	}
}

// configured changes the configuration alone.
func configured(old, new string) func(*testing.T, *forest.Forest) []edit {
	return func(t *testing.T, _ *forest.Forest) []edit { return []edit{replace(t, old, new)} }
}

// plants are all of them, by what somebody would say has happened.
var plants = map[string]plant{
	"the certificate was never uploaded": {in: func(_ *testing.T, f *forest.Forest) []edit {
		for i := range f.ACS.Tenants {
			for j := range f.ACS.Tenants[i].Clients {
				f.ACS.Tenants[i].Clients[j].Certificates = nil
			}
		}
		return nil
	}, cause: "certificate.not-registered", told: "authserver.refused"},
	"the tenant is another one":      {in: acsRefuses(90002), cause: "tenant.wrong", told: "authserver.refused"},
	"the application is not there":   {in: acsRefuses(700016), cause: "application.unknown", told: "authserver.refused"},
	"the application is put off":     {in: acsRefuses(7000112), cause: "application.disabled", told: "authserver.refused"},
	"our clock is wrong":             {in: acsRefuses(700024), cause: "clock.skew", told: "authserver.refused"},
	"nobody has consented":           {in: acsRefuses(65001), cause: "application.no-consent", told: "authserver.refused"},
	"a policy keeps us out":          {in: acsRefuses(53003), cause: "entra.conditional-access", told: "authserver.refused"},
	"the resource is not registered": {in: acsRefuses(500011), cause: "resource.unknown", told: "authserver.refused"},
	"the auth server has trouble":    {in: acsRefuses(90033), cause: "authserver.trouble", told: "authserver.refused"},

	"the other side has old keys":        {in: ewsSays(2000000, "The token has an invalid signature.", "invalid_signature"), cause: "token.signature-stale"},
	"the token is for another host":      {in: ewsSays(2000003, "The hostname component of the audience claim value 'https://x' is invalid.", "invalid_resource"), cause: "token.audience-wrong"},
	"the realm is none there":            {in: ewsSays(2000004, "The tenant for tenant guid 'contoso.example' does not exist.", "invalid_tenant"), cause: "token.tenant-unknown"},
	"the user is not synchronised":       {in: ewsSays(2000005, "The user specified by the user-context in the token does not exist.", "invalid_user"), cause: "user.unknown"},
	"two objects share the address":      {in: ewsSays(2000005, "The user specified by the user-context in the token is ambiguous.", "invalid_user"), cause: "user.ambiguous"},
	"the application has no role":        {in: ewsSays(2000008, "The token should have valid permissions or linked account associated with partner application 'x'.", "invalid_grant"), cause: "application.no-grant"},
	"the clock of the other side is off": {in: func(_ *testing.T, f *forest.Forest) []edit { f.EWS.Verifier.Ahead = -72 * time.Hour; return nil }, cause: "clock.skew-there", told: "discovery.not-authorised"},
	"the shared principal is blocked": {in: func(_ *testing.T, f *forest.Forest) []edit {
		f.EWS.Verifier.Blocked = append(f.EWS.Verifier.Blocked, actorOf(f))
		return nil
	}, cause: "application.blocked", told: "discovery.not-authorised"},
	"a 401 without a word":        {in: ewsDoes(forest.Faults{Status: 401}), cause: "token.not-accepted"},
	"a firewall answers for EWS":  {in: ewsDoes(forest.Faults{Status: 403, Page: forest.FirewallPage}), cause: "firewall.page", told: "ews.forbidden"},
	"a login page answers":        {in: ewsDoes(forest.Faults{HTML: true}), cause: "firewall.page"},
	"bytes that mean nothing":     {in: ewsDoes(forest.Faults{Garbage: true}), cause: "answer.not-xml", told: "firewall.page"},
	"EWS redirects":               {in: ewsDoes(forest.Faults{Redirect: "https://elsewhere.example/EWS"}), cause: "endpoint.redirects"},
	"nothing is at the URL":       {in: ewsDoes(forest.Faults{Status: 404}), cause: "endpoint.not-found"},
	"IIS has no handler":          {in: ewsDoes(forest.Faults{Status: 405}), cause: "endpoint.handler-missing"},
	"the application pool stands": {in: ewsDoes(forest.Faults{Status: 503}), cause: "endpoint.unavailable"},
	"the gateway gives up":        {in: ewsDoes(forest.Faults{Status: 504}), cause: "endpoint.gateway"},
	"EWS throttles by status":     {in: ewsDoes(forest.Faults{Status: 429}), cause: "ews.throttled"},
	"the connection is reset":     {in: ewsDoes(forest.Faults{Reset: true}), cause: "network.broken-off"},

	"the calendar is closed":      {in: aliceGets(forest.MailboxFault{Code: "ErrorNoFreeBusyAccess", Text: "The caller does not have access to free/busy data.", Number: 5037}), cause: "mailbox.no-access"},
	"the mailbox is being moved":  {in: aliceGets(forest.MailboxFault{Code: "ErrorMailboxMoveInProgress", Text: "The mailbox move is in progress."}), cause: "mailbox.being-moved"},
	"the calendar is too full":    {in: aliceGets(forest.MailboxFault{Code: "ErrorResultSetTooBig", Text: "The result set contains too many calendar entries. The allowed size = 1000; the actual size = 1200."}), cause: "mailbox.calendar-too-full"},
	"the account has no mailbox":  {in: aliceGets(forest.MailboxFault{Code: "ErrorNonExistentMailbox", Text: "The SMTP address has no mailbox associated with it."}), cause: "mailbox.none"},
	"the mailbox is not there":    {in: aliceGets(forest.MailboxFault{Code: "ErrorMailRecipientNotFound", Text: "Unable to resolve e-mail address <>SMTP:alice@fabrikam.example to an Active Directory object.", Number: 5009}), cause: "mailbox.unknown"},
	"the organisation shares not": {in: aliceGets(forest.MailboxFault{Code: "ErrorInvalidOrganizationRelationshipForFreeBusy", Text: "No."}), cause: "federation.free-busy-off"},

	"the proxy address is missing":     {in: autodiscoverDoes(s2s.Behaviour{Code: "InvalidUser"}), cause: "discovery.user-unknown"},
	"ExternalUrl is not set":           {in: autodiscoverDoes(s2s.Behaviour{Settings: map[string]string{"ExternalEwsUrl": "", "InteropExternalEwsUrl": ""}}), cause: "discovery.no-url"},
	"autodiscover sends us away":       {in: autodiscoverDoes(s2s.Behaviour{Code: "RedirectUrl", RedirectTarget: "https://evil.example/autodiscover/autodiscover.svc"}), cause: "discovery.redirect-refused"},
	"autodiscover wants a password":    {in: autodiscoverDoes(s2s.Behaviour{BasicOnly: true}), cause: "token.not-offered", told: "token.none"},
	"autodiscover is not there":        {in: autodiscoverDoes(s2s.Behaviour{Status: 404}), cause: "discovery.bad-answer"},
	"a page answers for autodiscover":  {in: autodiscoverDoes(s2s.Behaviour{Body: "<html><title>Sign in</title></html>"}), cause: "firewall.page"},
	"the mailbox was moved back to us": {in: autodiscoverDoes(s2s.Behaviour{Code: "RedirectAddress", RedirectTarget: "alice@contoso.example"}), cause: "discovery.sent-back", told: "mailbox.unknown"},
	"autodiscover has too much to do":  {in: autodiscoverDoes(s2s.Behaviour{Code: "ServerBusy"}), cause: "discovery.busy", told: "discovery.failed"},
	"no connector is for the domain":   {in: configured("target_address_domains: [fabrikam.example]", "target_address_domains: [other.example]"), cause: "domain.not-configured"},
	"the root certificate is not ours": {in: func(t *testing.T, _ *forest.Forest) []edit { return []edit{untrusting(t)} }, cause: "network.certificate-untrusted", told: "network.no-connection"},
}

// actorOf is the application that we are for ACS.
func actorOf(f *forest.Forest) string {
	return f.ACS.Tenants[0].Clients[0].ID + "@" + f.ACS.Tenants[0].ID
}

// untrusting takes the roots from the connector and leaves them to the auth server.
func untrusting(t *testing.T) edit {
	return replace(t, "    trusted_roots: ca.pem\n    access_level", "    access_level")
}

// TestEachPlantedCauseIsExplained shows only what people see: the text that Outlook
// and event 4002 have, and our line in the log without the id that stands in it.
func TestEachPlantedCauseIsExplained(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many forests")
	}
	catalogue := causes(t)
	for name, p := range plants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newForest(t, forest.Options{})
			r := run(t, f, p.in(t, f)...)
			code, text := r.ask(t, r.caller(t))
			told := p.cause
			if p.told != "" {
				told = p.told
			}
			if got := catalogue.Explain(event4002(code, text)); len(got) == 0 || got[0].ID != string(told) {
				t.Errorf("the event is taken for %s, want %s:\n%s", firstOf(got), told, event4002(code, text))
			}
			line, causes := questionLine(t, r.log.String())
			if len(causes) != 1 || causes[0] != string(p.cause) {
				t.Errorf("the log names %q, want %s:\n%s", causes, p.cause, line)
			}
			if got := catalogue.Explain(line); len(got) == 0 || got[0].ID != string(p.cause) {
				t.Errorf("the line is taken for %s, want %s:\n%s", firstOf(got), p.cause, line)
			}
		})
	}
}

func causes(t *testing.T) *explain.Catalogue {
	t.Helper()
	catalogue, err := explain.Load()
	if err != nil {
		t.Fatal(err)
	}
	return catalogue
}

// event4002 is what the server that has asked writes into its application log.
func event4002(code, text string) string {
	return "Log Name: Application\nSource: MSExchange Availability\nEvent ID: 4002\nProcess 6848[w3wp.exe:/LM/W3SVC/1/ROOT/EWS-1-130]: Proxy request CrossForest " +
		"from Requester:S-1-5-21-1-2-3-1103 failed. The exception returned is Microsoft.Exchange.InfoWorker.Common.Availability." +
		strings.TrimPrefix(code, "Error") + "Exception: " + text
}

func firstOf(causes []explain.Cause) string {
	if len(causes) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%s because of %q", causes[0].ID, causes[0].Because)
}

// questionLine is the line of the last question that failed, without ids and
// remedies, and its ids.
func questionLine(t *testing.T, log string) (line string, causes []string) {
	t.Helper()
	for written := range strings.Lines(log) {
		var members map[string]any
		if json.Unmarshal([]byte(written), &members) != nil || members["msg"] != "availability query" {
			continue
		}
		causes = nil
		if list, ok := members[freebusy.CauseAttribute].([]any); ok {
			for _, id := range list {
				causes = append(causes, fmt.Sprint(id))
			}
		}
		delete(members, freebusy.CauseAttribute)
		delete(members, "remedies")
		bare, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		line = string(bare)
	}
	if line == "" {
		t.Fatalf("no question is in\n%s", log)
	}
	return line, causes
}
