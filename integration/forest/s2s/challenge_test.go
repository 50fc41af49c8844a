package s2s

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestChallengesAreThoseOfTheField(t *testing.T) {
	const types = `token_types="app_asserted_user_v1 service_asserted_app_v1"`
	onPremises := OnPremisesChallenge("autodiscover.contoso.test", acsIssuer.String(), fabrikam.String())
	apart, quiet := WorldwideChallenge(), WorldwideChallenge()
	apart.Apart, quiet.Quiet = true, true
	worldwide := `Bearer client_id="` + ExchangePrincipal + `", trusted_issuers="` + ACSPrincipal + `@*", ` + types +
		`, authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"`
	tests := map[string]struct {
		challenge Challenge
		refusal   Refusal
		want      []string
	}{
		"worldwide":          {WorldwideChallenge(), Refusal{Status: 401}, []string{worldwide + `,Basic Realm=""`}},
		"worldwide, refused": {WorldwideChallenge(), Refusal{Status: 401, Code: InvalidToken}, []string{worldwide + `, error="invalid_token",Basic Realm=""`}},
		"apart":              {apart, Refusal{Status: 401}, []string{worldwide, `Basic Realm=""`}},
		"quiet":              {quiet, Refusal{Status: 401}, []string{`Basic Realm=""`}},
		"quiet, when asked":  {quiet, Refusal{Status: 401, Bearer: true}, []string{worldwide + `,Basic Realm=""`}},
		"alone":              {Challenge{TrustedIssuers: []string{"a@b"}, Realm: "r"}, Refusal{Status: 401}, []string{`Bearer client_id="` + ExchangePrincipal + `", realm="r", trusted_issuers="a@b", ` + types}},
		"blocked":            {WorldwideChallenge(), Refusal{Status: 403, Code: InvalidGrant}, nil},
		"China": {ChinaChallenge(), Refusal{Status: 401}, []string{`Bearer client_id="` + ExchangePrincipal + `", trusted_issuers="00000001-0002-0000-c000-000000000000@*", ` + types +
			`, authorization_uri="https://login.chinacloudapi.cn/common/oauth2/authorize",Basic Realm=""`}},
		"on-premises": {onPremises, Refusal{Status: 401, Code: InvalidToken}, []string{`Bearer client_id="` + ExchangePrincipal + `", trusted_issuers="` + acsIssuer.String() + `,` + fabrikam.String() + `", ` + types +
			`, authorization_uri="https://login.windows.net/common/oauth2/authorize", error="invalid_token",Negotiate,NTLM,Basic realm="autodiscover.contoso.test"`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			tt.refusal.Write(w, tt.challenge)
			if got := w.Header().Values("WWW-Authenticate"); w.Code != tt.refusal.Status || !slices.Equal(got, tt.want) {
				t.Errorf("status %d, challenge\n%q, want\n%q", w.Code, got, tt.want)
			}
			if got := w.Header().Get("x-ms-diagnostics"); (got != "") != (tt.refusal.Code != 0) {
				t.Errorf("diagnostics %q", got)
			}
		})
	}
}

func TestDiagnosticsCannotBeBrokenOutOf(t *testing.T) {
	r := refuse(InvalidToken, invalidToken, "The issuer '%s' is not trusted.", "a\";error_category=\"x\"\r\nSet-Cookie: a=b\x00é"+strings.Repeat("x", 1000))
	got := r.String()
	if strings.Count(got, `"`) != 4 || len(got) > 300 || strings.ContainsAny(got, "\r\n\x00") {
		t.Errorf("diagnostics %q", got)
	}
}

func TestParsePrincipal(t *testing.T) {
	tests := map[string]struct {
		want Principal
		ok   bool
	}{
		"id@realm":       {Principal{ID: "id", Realm: "realm"}, true},
		"id/host@realm":  {Principal{ID: "id", Host: "host", Realm: "realm"}, true},
		"id@*":           {Principal{ID: "id", Realm: "*"}, true},
		"":               {},
		"id":             {},
		"id@":            {},
		"@realm":         {},
		"id/@realm":      {},
		"/host@realm":    {},
		"id/a/b@realm":   {},
		"id@realm@realm": {},
		"id@re/alm":      {},
		"id@ realm":      {},
		"id@realm\x00":   {},
		"id@rèalm":       {},
	}
	for text, tt := range tests {
		t.Run(text, func(t *testing.T) {
			got, err := ParsePrincipal(text)
			if got != tt.want || (err == nil) != tt.ok {
				t.Errorf("%+v, %v; want %+v", got, err, tt.want)
			}
			if tt.ok && got.String() != text {
				t.Errorf("written again as %s", got)
			}
		})
	}
}
