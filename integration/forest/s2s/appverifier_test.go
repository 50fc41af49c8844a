package s2s

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testAppVerifier() *AppVerifier {
	return &AppVerifier{
		Audiences: []string{graphURI, GraphResource}, Tenant: tenant,
		Keys:  func() []*x509.Certificate { return certificates(keys().acs) },
		Roles: []string{RoleCalendarsReadBasic, RoleCalendarsRead},
	}
}

// accessToken is what Entra gives the application for Graph.
func accessToken() Draft {
	d := testEntra().Directories[0]
	return AccessToken(tenant, d.Applications[0], d.Resources[0], graphURI, Lives{From: now, Until: now.Add(time.Hour)})
}

func bearer(tokens ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, graphURI, nil)
	for _, token := range tokens {
		r.Header.Add("Authorization", "Bearer "+token)
	}
	return r
}

func TestAppVerifierAcceptsWhatEntraGives(t *testing.T) {
	for _, aud := range []string{graphURI, graphURI + "/", GraphResource} {
		got, refusal := testAppVerifier().VerifyRequest(bearer(accessToken().Claim("aud", aud).Sign(keys().acs)), now)
		if refusal != nil {
			t.Fatalf("for %s: %v", aud, refusal)
		}
		want := AppCaller{AppID: appID, Tenant: tenant, Roles: []string{RoleCalendarsRead}, Expires: time.Unix(now.Add(time.Hour).Unix(), 0)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("for %s (-want +got):\n%s", aud, diff)
		}
	}
}

func TestAppVerifierRefuses(t *testing.T) {
	good := accessToken().Sign(keys().acs)
	claim := func(name string, value any) *http.Request {
		return bearer(accessToken().Claim(name, value).Sign(keys().acs))
	}
	tests := map[string]struct {
		request      *http.Request
		status, code int
	}{
		"nothing":                     {bearer(), 401, 0},
		"nothing behind the scheme":   {bearer(""), 401, 0},
		"two tokens":                  {bearer(good, good), 401, InvalidToken},
		"garbage":                     {bearer("garbage"), 401, InvalidToken},
		"a key that Entra never had":  {bearer(accessToken().Sign(keys().stranger)), 401, InvalidSignature},
		"no signature":                {bearer(accessToken().Header("alg", "none").Unsigned()), 401, InvalidSignature},
		"HS256 with the certificate":  {bearer(hs256(accessToken(), keys().acs.Certificate.Raw)), 401, InvalidSignature},
		"for EWS":                     {claim("aud", "https://"+ewsHost), 401, InvalidResource},
		"for nobody":                  {claim("aud", nil), 401, InvalidResource},
		"of another tenant":           {claim("tid", otherTenant), 401, InvalidTenant},
		"by the issuer of another":    {claim("iss", EntraIssuer(otherTenant)), 401, InvalidTenant},
		"over":                        {claim("exp", now.Add(-10*time.Minute).Unix()), 401, InvalidToken},
		"not yet":                     {claim("nbf", now.Add(10*time.Minute).Unix()), 401, InvalidToken},
		"of a user":                   {claim("idtyp", "user"), 401, InvalidToken},
		"without consent":             {claim("roles", nil), 403, InvalidGrant},
		"with the roles of something": {claim("roles", []string{RoleFullAccessAsApp}), 403, InvalidGrant},
		"roles that are no list":      {claim("roles", RoleCalendarsRead), 403, InvalidGrant},
		"an actor token of ACS":       {bearer(actorDraft().Sign(keys().acs)), 401, InvalidTenant},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, refusal := testAppVerifier().VerifyRequest(tt.request, now)
			if refusal == nil || refusal.Status != tt.status || refusal.Code != tt.code {
				t.Errorf("refusal %+v, want status %d and code %d", refusal, tt.status, tt.code)
			}
		})
	}
	if _, refusal := (&AppVerifier{}).VerifyRequest(bearer(good), now); refusal == nil {
		t.Error("the zero verifier lets somebody pass")
	}
}

func TestKindsOfTokensAreToldApart(t *testing.T) {
	for token, want := range map[string]bool{
		accessToken().Sign(keys().acs):                       true,
		actorDraft().Sign(keys().acs):                        false,
		outerDraft(actorDraft().Sign(keys().acs)).Unsigned(): false,
		"garbage": false,
		"":        false,
	} {
		if got := IsAppToken("Bearer " + token); got != want {
			t.Errorf("%.40s...: %v, want %v", token, got, want)
		}
	}
}
