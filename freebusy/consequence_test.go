package freebusy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"availproxy/freebusy"
)

// TestEveryReasonHasItsConsequence looks at the whole table: nothing may be in
// it that is not here, and each remedy has to name what is to be done.
func TestEveryReasonHasItsConsequence(t *testing.T) {
	const failed, busy = freebusy.ErrorProxyRequestProcessingFailed, freebusy.ErrorServerBusy
	tests := map[string]struct {
		reasons []freebusy.Reason
		code    freebusy.Code
		refused bool
		backOff time.Duration
		remedy  string // is in it
	}{
		"another tenant":             {adsts(90002, 900023, 90019, 50059, 50128), failed, true, 0, "Correct tenant"},
		"another cloud":              {adsts(90038, 90051, 900382, 900432, 900439), failed, true, 0, "Correct cloud"},
		"an application not there":   {append(adsts(700016, 700011, 700021, 7000229), "unauthorized_client"), failed, true, 0, "application_identifier"},
		"an application put off":     {adsts(7000112, 70001, 1000031), failed, true, 0, "Enable the application"},
		"a certificate":              {append(adsts(700027, 700030, 7000222, 7000215, 50012, 50013, 50003), "invalid_client"), failed, true, 0, "Upload the certificate"},
		"a clock":                    {adsts(700024, 500133), failed, true, 0, "clock"},
		"a public client":            {adsts(700025), failed, true, 0, "confidential client"},
		"a resource that is missing": {append(adsts(500011, 50001, 650052, 650054, 70011, 700022, 700023, 28002), "invalid_resource", "invalid_scope"), failed, true, 0, "exchange_scope"},
		"no consent":                 {adsts(65001, 65005, 650056, 650057, 90094, 90099, 50105, 501051), failed, true, 0, "consent"},
		"conditional access":         {append(adsts(53003, 530032, 530035, 50131), "interaction_required"), failed, true, 0, "Conditional Access"},
		"tenants that are blocked":   {adsts(50002, 500021, 500022), failed, true, 0, "web proxy"},
		"trouble there": {append(adsts(50033, 90006, 90012, 90024, 90033, 90090, 90091),
			"temporarily_unavailable", "auth server 408", "auth server 500", "auth server 502", "auth server 503", "auth server 504"), failed, false, 0, "trouble of its own"},
		"throttling":                     {append(adsts(50196, 90055), "auth server 429"), busy, false, time.Minute, "throttles the application"},
		"any other refusal":              {[]freebusy.Reason{"invalid_request", "invalid_grant", "access_denied", "unsupported_grant_type", "auth_server_refused"}, failed, true, 0, "correlation id"},
		"no way there":                   {[]freebusy.Reason{"auth_server_unavailable"}, failed, false, 0, "firewall"},
		"another host":                   {[]freebusy.Reason{"host_refused"}, failed, true, 0, "allowed_hosts"},
		"no bearer tokens":               {[]freebusy.Reason{"no_bearer"}, failed, true, 0, "virtual directories"},
		"a challenge of another service": {[]freebusy.Reason{"client id"}, failed, true, 0, "service_name"},
		"another challenge":              {[]freebusy.Reason{"challenge_refused"}, failed, true, 0, "issuer_identifier"},
		"no signature":                   {[]freebusy.Reason{"certificate_unusable"}, failed, true, 0, "Renew the certificate"},
		"no user":                        {[]freebusy.Reason{"user_unusable"}, failed, true, 0, "act_as"},
		"a token not believed":           {[]freebusy.Reason{"EWS 401", "Graph 401"}, failed, true, 0, "token"},
		"EWS does not let us in":         {[]freebusy.Reason{"EWS 403"}, failed, true, 0, "EwsAllowedAppIDs"},
		"somebody must be impersonated":  {[]freebusy.Reason{"ErrorInvalidExchangeImpersonationHeaderData"}, failed, true, 0, "act_as"},
		"nobody may be impersonated":     {[]freebusy.Reason{"ErrorImpersonateUserDenied", "ErrorImpersonationDenied", "ErrorImpersonationFailed"}, failed, true, 0, "impersonate the mailbox"},
		"Graph does not let us in":       {[]freebusy.Reason{"Graph 403"}, failed, true, 0, "in its scope. A firewall"},
		"EWS throttles":                  {[]freebusy.Reason{"EWS 429"}, busy, false, 0, "throttles us"},
		"Graph throttles":                {[]freebusy.Reason{"Graph 429"}, busy, false, 0, "anchor_mailboxes"},

		"EWS is over":              {[]freebusy.Reason{"EWS withdrawn"}, failed, true, 0, "EwsEnabled"},
		"a page for a no":          {[]freebusy.Reason{"page 401", "page 403"}, failed, true, 0, "web page"},
		"a page":                   {[]freebusy.Reason{"page"}, failed, false, 0, "web page"},
		"no XML":                   {[]freebusy.Reason{"answer garbage"}, failed, false, 0, "no Exchange"},
		"too much":                 {[]freebusy.Reason{"answer large"}, failed, false, 0, "fewer mailboxes"},
		"a redirect":               {statuses("EWS Graph", 301, 302, 303, 307, 308), failed, false, 0, "target_sharing_epr"},
		"nothing there":            {statuses("EWS", 404, 410, 421), failed, false, 0, "ExternalUrl"},
		"no handler":               {statuses("EWS", 405), failed, false, 0, "handler mappings"},
		"no anchor":                {statuses("Graph", 404), failed, false, 0, "anchor_mailboxes"},
		"out of breath":            {statuses("EWS Graph", 500, 503), failed, false, 0, "application pools"},
		"nothing behind":           {statuses("EWS Graph", 502, 504), failed, false, 0, "load balancer"},
		"a web proxy":              {append(statuses("EWS Graph", 407), "auth server 407", "web proxy 407"), failed, false, 0, "internet_web_proxy"},
		"a web proxy that says no": {[]freebusy.Reason{"web proxy 403"}, failed, false, 0, "let us through"},
		"no web proxy":             {[]freebusy.Reason{"network proxy"}, failed, false, 0, "no_proxy"},
		"no name":                  {[]freebusy.Reason{"network name"}, failed, false, 0, "DNS"},
		"no trust":                 {[]freebusy.Reason{"network certificate"}, failed, false, 0, "trusted_roots"},
		"no TLS":                   {[]freebusy.Reason{"network tls"}, failed, false, 0, "TLS 1.1"},
		"no connection":            {[]freebusy.Reason{"network connect"}, failed, false, 0, "firewall"},
		"a private address":        {[]freebusy.Reason{"network address"}, failed, false, 0, "allowed_networks"},
		"an end in between":        {[]freebusy.Reason{"network broken"}, failed, false, 0, "inspecting firewall"},
		"old keys":                 {diagnostics("2000000"), failed, true, 0, "RefreshAuthMetadata"},
		"a token in pieces":        {diagnostics("2000001"), failed, true, 0, "Authorization header"},
		"a token for nobody":       {diagnostics("S2SAppActAs"), failed, true, 0, "act_as"},
		"an unknown issuer":        {diagnostics("invalid_issuer"), failed, true, 0, "issuer_identifier"},
		"two clocks":               {diagnostics("invalid_lifetime"), failed, true, 0, "clocks of both"},
		"another host's":           {diagnostics("2000003"), failed, true, 0, "TLS offloading"},
		"another realm's":          {diagnostics("2000004"), failed, true, 0, "target_realm"},
		"an unknown user":          {diagnostics("2000005"), failed, true, 0, "synchronised"},
		"two users":                {diagnostics("ambiguous"), failed, true, 0, "duplicate UPN"},
		"no grant":                 {diagnostics("2000008"), failed, true, 0, "linked account"},
		"a blocked principal":      {diagnostics("blocked"), failed, true, 0, "shared Exchange principal"},

		"autodiscover, of the user":       {discovery("unknown_user"), failed, false, 0, "proxy address"},
		"autodiscover, back to us":        {discovery("moved_to_source"), failed, false, 0, "lives here"},
		"autodiscover, without a URL":     {discovery("setting_not_available"), failed, false, 0, "ExternalUrl"},
		"autodiscover, to a stranger":     {discovery("refused"), failed, false, 0, "allowed_hosts"},
		"autodiscover, busy":              {discovery("busy"), failed, false, 0, "throttles us"},
		"autodiscover, away":              {discovery("unreachable"), failed, false, 0, "discovery_endpoint"},
		"autodiscover, not there":         {discovery("bad_answer"), failed, false, 0, "svc handler"},
		"autodiscover, refusing":          {discovery("auth_failed"), failed, false, 0, "token"},
		"autodiscover, with a password":   {discovery("auth_downgrade_refused"), failed, false, 0, "OAuth"},
		"autodiscover, when nobody waits": {discovery("deadline"), freebusy.ErrorTimeoutExpired, false, 0, "timeouts"},
	}
	rest := freebusy.Consequences()
	for name, tt := range tests {
		for _, reason := range tt.reasons {
			c, ok := rest[reason]
			if !ok {
				t.Errorf("%s: %s is not in the table", name, reason)
			}
			delete(rest, reason)
			if c.Cause == "" || c.Code != tt.code || c.Refused != tt.refused || c.BackOff != tt.backOff || !strings.Contains(c.Remedy, tt.remedy) {
				t.Errorf("%s: %s becomes %+v", name, reason, c)
			}
		}
	}
	for reason, c := range rest {
		t.Errorf("nobody says what %s should become; it becomes %+v", reason, c)
	}
}

func adsts(numbers ...int) (reasons []freebusy.Reason) {
	for _, n := range numbers {
		reasons = append(reasons, freebusy.AADSTS(n))
	}
	return reasons
}

func statuses(whose string, numbers ...int) (reasons []freebusy.Reason) {
	for who := range strings.FieldsSeq(whose) {
		for _, n := range numbers {
			reasons = append(reasons, freebusy.Status(who, n))
		}
	}
	return reasons
}

func diagnostics(what string) []freebusy.Reason {
	return []freebusy.Reason{freebusy.Reason("diagnostics " + what)}
}

func discovery(what string) []freebusy.Reason {
	return []freebusy.Reason{freebusy.Reason("discovery " + what)}
}

func TestTheFirstReasonThatIsKnownCounts(t *testing.T) {
	tests := map[string]struct {
		reasons []freebusy.Reason
		want    freebusy.Reason // "" is one that is in no table
	}{
		"one":                     {[]freebusy.Reason{"AADSTS65001"}, "AADSTS65001"},
		"a number before a word":  {[]freebusy.Reason{"AADSTS65001", "invalid_client"}, "AADSTS65001"},
		"an unknown number":       {[]freebusy.Reason{"AADSTS70002", "AADSTS50196", "invalid_client"}, "AADSTS50196"},
		"nothing that is known":   {[]freebusy.Reason{"AADSTS1", "teapot", freebusy.Status("EWS", 418)}, ""},
		"nothing at all":          {nil, ""},
		"a status of another one": {[]freebusy.Reason{freebusy.Status("auth server", 403), freebusy.Status("Graph", 403)}, "Graph 403"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			want, known := freebusy.Consequences()[tt.want]
			got := freebusy.ConsequenceOf(tt.reasons...)
			if known && got != want {
				t.Errorf("got %+v, want that of %s", got, tt.want)
			}
			if !known && (got.Refused || got.BackOff != 0 || got.Code != freebusy.ErrorProxyRequestProcessingFailed || got.Remedy == "") {
				t.Errorf("what nobody knows becomes %+v; it may pass", got)
			}
		})
	}
}

func TestAFailureKeepsItsCauseAndItsRemedy(t *testing.T) {
	cause := errors.New("https://login.example said no")
	got := freebusy.ConsequenceOf("AADSTS65001").Failure("No token", cause)
	if !got.Refusal() || !errors.Is(got, cause) || strings.Contains(got.Text, "login.example") || !strings.Contains(got.Remedy(), "consent") {
		t.Errorf("the failure is %+v, its remedy %q", got, got.Remedy())
	}
	if text := got.Err.Error(); strings.Contains(text, "consent") || !strings.Contains(text, cause.Error()) {
		t.Errorf("the cause reads %q; the remedy has a place of its own", text)
	}
	outer := freebusy.TimeoutExpired(fmt.Errorf("too late: %w", got))
	if outer.Remedy() != got.Remedy() {
		t.Errorf("the remedy of what was caused by it is %q", outer.Remedy())
	}
	if plain := freebusy.NoFreeBusyAccess(nil); plain.Remedy() != plain.Code.Remedy() {
		t.Errorf("without a cause that knows better the remedy is %q", plain.Remedy())
	}
	busy := freebusy.ConsequenceOf("AADSTS50196").Failure("No token", cause)
	if busy.Code != freebusy.ErrorServerBusy || busy.BackOff != time.Minute || busy.Refusal() {
		t.Errorf("throttling becomes %+v", busy)
	}
}
