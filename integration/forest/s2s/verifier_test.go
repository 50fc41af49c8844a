package s2s

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestVerifierAccepts(t *testing.T) {
	actor := actorDraft().Sign(keys().acs)
	self := Actor(fabrikam, fabrikam, service, Living(now, 8*time.Hour))
	appOnly := Caller{Issuer: acsIssuer.String(), Actor: exchange.String(), Expires: now.Add(24 * time.Hour)}
	forLin := Caller{Issuer: acsIssuer.String(), Actor: exchange.String(), Mailbox: lin, Expires: now.Add(8 * time.Hour)}
	tests := map[string]struct {
		token string
		host  string
		want  Caller
	}{
		"an actor token alone":         {token: actor, want: appOnly},
		"an outer token around it":     {token: outerDraft(actor).Unsigned(), want: forLin},
		"a call with a port":           {token: actor, host: ewsHost + ":8443", want: appOnly},
		"an upper-case audience host":  {token: actorDraft().Claim("aud", strings.Replace(service.String(), ewsHost, strings.ToUpper(ewsHost), 1)).Sign(keys().acs), want: appOnly},
		"one label under a wildcard":   {token: actorDraft().Claim("aud", ExchangePrincipal+"/mail.wild.test@"+tenant).Sign(keys().acs), host: "mail.wild.test", want: appOnly},
		"dates as numbers":             {token: actorDraft().Claim("nbf", now.Unix()).Claim("exp", now.Add(24*time.Hour).Unix()).Sign(keys().acs), want: appOnly},
		"an x5t that is padded":        {token: actorDraft().Header("x5t", keys().acs.X5T()+"=").Sign(keys().acs), want: appOnly},
		"a clock five minutes slow":    {token: actorDraft().Claim("nbf", seconds(now.Add(299*time.Second))).Sign(keys().acs), want: appOnly},
		"claims that nobody asked for": {token: actorDraft().Claim("xms_spcu", "true").Header("kid", "any").Sign(keys().acs), want: appOnly},
		"a forest that signs itself": {token: self.Sign(keys().fabrikam), want: Caller{
			Issuer: fabrikam.String(), Actor: fabrikam.String(), Expires: now.Add(8 * time.Hour)}},
		"a user by address alone": {token: Outer(exchange, service, actor, User{SMTP: lin}, Living(now, 8*time.Hour)).Unsigned(), want: forLin},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			host := tt.host
			if host == "" {
				host = ewsHost
			}
			got, refusal := testVerifier().Verify("Bearer "+tt.token, host, now)
			if refusal != nil {
				t.Fatalf("refused: %v", refusal)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("caller (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVerifierRefusesRequestsWithoutAToken(t *testing.T) {
	tests := map[string]struct {
		authorization string
		want          Refusal
	}{
		"no header":     {"", Refusal{Status: 401}},
		"basic":         {"Basic bGluOmxpbg==", Refusal{Status: 401}},
		"empty bearer":  {"Bearer ", Refusal{Status: 401, Bearer: true}},
		"bearer alone":  {"Bearer", Refusal{Status: 401, Bearer: true}},
		"in lower case": {"bearer  ", Refusal{Status: 401, Bearer: true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, got := testVerifier().Verify(tt.authorization, ewsHost, now)
			if got == nil || *got != tt.want {
				t.Errorf("refusal %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestVerifierLetsOnlyThoseWhoAreConfigured(t *testing.T) {
	actor := actorDraft().Sign(keys().acs)
	tests := map[string]struct {
		configure    func(*Verifier)
		token        string
		status, code int
	}{
		"nothing is configured":         {func(v *Verifier) { v.Issuers = nil }, actor, 401, InvalidToken},
		"no host is ours":               {func(v *Verifier) { v.Hosts = nil }, actor, 401, InvalidResource},
		"nobody is a user":              {func(v *Verifier) { v.Users = nil }, outerDraft(actor).Unsigned(), 401, InvalidUser},
		"the issuer has no partner":     {func(v *Verifier) { v.Issuers[0].Partners = nil }, actor, 401, InvalidGrant},
		"the issuer rolled its key":     {func(v *Verifier) { v.Issuers[0].Certificates = certificates(keys().stranger) }, actor, 401, InvalidSignature},
		"the principal is blocked":      {func(v *Verifier) { v.Blocked = []string{exchange.String()} }, actor, 403, InvalidGrant},
		"users are not taken here":      {func(v *Verifier) { v.AppOnly = true }, outerDraft(actor).Unsigned(), 401, InvalidToken},
		"the token is for another app":  {func(v *Verifier) { v.Principal = "00000003-0000-0ff1-ce00-000000000000" }, actor, 401, InvalidResource},
		"the clocks must agree exactly": {func(v *Verifier) { v.Skew = time.Second }, actorDraft().Claim("nbf", seconds(now.Add(2*time.Second))).Sign(keys().acs), 401, InvalidToken},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := testVerifier()
			v.Change(func() { tt.configure(v) })
			_, got := v.Verify("Bearer "+tt.token, ewsHost, now)
			if got == nil || got.Status != tt.status || got.Code != tt.code {
				t.Errorf("refusal %+v, want status %d and code %d", got, tt.status, tt.code)
			}
		})
	}
}

func TestVerifyRequestTakesOneHeaderOnly(t *testing.T) {
	actor := actorDraft().Sign(keys().acs)
	tests := map[string]struct {
		values []string
		passes bool
	}{
		"one":                    {[]string{"Bearer " + actor}, true},
		"two":                    {[]string{"Bearer " + actor, "Bearer " + actor}, false},
		"basic and bearer":       {[]string{"Basic bGluOmxpbg==", "Bearer " + actor}, false},
		"two folded into one":    {[]string{"Bearer " + actor + ", Bearer " + actor}, false},
		"two apart by one space": {[]string{"Bearer " + actor + " " + actor}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "https://"+ewsHost+"/EWS/Exchange.asmx", nil)
			r.Header["Authorization"] = tt.values
			_, refusal := testVerifier().VerifyRequest(r, now)
			if passes := refusal == nil; passes != tt.passes {
				t.Errorf("passes is %v, want %v (%v)", passes, tt.passes, refusal)
			}
			if refusal != nil && refusal.Code != InvalidToken {
				t.Errorf("code %d, want %d", refusal.Code, InvalidToken)
			}
		})
	}
}

func TestCoversIsStrictAboutWildcards(t *testing.T) {
	tests := map[string]struct {
		name, host string
		want       bool
	}{
		"the name itself":      {"ews.test", "EWS.test", true},
		"another name":         {"ews.test", "ews2.test", false},
		"one label":            {"*.wild.test", "mail.wild.test", true},
		"the apex":             {"*.wild.test", "wild.test", false},
		"two labels":           {"*.wild.test", "a.mail.wild.test", false},
		"a longer last label":  {"*.wild.test", "evilwild.test", false},
		"an empty first label": {"*.wild.test", ".wild.test", false},
		"a star as host":       {"*.wild.test", "*.wild.test", false},
		"a star alone":         {"*", "wild.test", false},
		"a star without a dot": {"*wild.test", "awild.test", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := covers(tt.name, tt.host); got != tt.want {
				t.Errorf("covers(%q, %q) = %v, want %v", tt.name, tt.host, got, tt.want)
			}
		})
	}
}
