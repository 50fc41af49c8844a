package s2s

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const clientObject = "0b0b0b0b-1111-4222-8333-444444444444"

func testACS() *ACS {
	return &ACS{
		Host: acsHost, Signing: []KeyPair{keys().acs},
		Tenants: []Tenant{{
			ID: tenant, Domains: []string{"forest-b.test"},
			Clients:   []Client{{ID: ExchangePrincipal, ObjectID: clientObject, Certificates: certificates(keys().client)}},
			Resources: []string{ExchangePrincipal + "/" + ewsHost, ExchangePrincipal + "/*.wild.test"},
		}},
	}
}

func tokenForm(assertion, resource string) url.Values {
	return url.Values{"grant_type": {grantType}, "assertion": {assertion}, "resource": {resource}}
}

func askACS(acs *ACS, realm string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "https://"+acsHost+"/"+realm+"/tokens/OAuth/2", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", formType)
	w := httptest.NewRecorder()
	acs.ServeHTTP(w, r)
	return w
}

// assertionDraft is the assertion of our client, of this very moment.
func assertionDraft() Draft {
	acs := Principal{ID: ACSPrincipal, Host: acsHost, Realm: tenant}
	return Assertion(exchange, acs, Lives{From: time.Now(), Until: time.Now().Add(5 * time.Minute)})
}

// The clock in a synctest bubble stands still, so all numbers are exact; and it
// begins before any of the certificates, which are pinned and not dated.
func TestACSIssuesTheTokenOfTheCaptures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acs, start := testACS(), time.Now()
		w := askACS(acs, tenant, tokenForm(assertionDraft().Sign(keys().client), service.String()))
		var answer map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
			t.Fatalf("status %d, %v: %s", w.Code, err, w.Body)
		}
		token := answer["access_token"]
		delete(answer, "access_token")
		want := map[string]string{
			"token_type": "Bearer", "expires_in": "86400", "resource": service.String(),
			"not_before": seconds(start.Add(-5 * time.Minute)), "expires_on": seconds(start.Add(24 * time.Hour)),
		}
		if diff := cmp.Diff(want, answer); diff != "" {
			t.Errorf("response (-want +got):\n%s", diff)
		}
		segments := strings.Split(token, ".")
		x5t, from := keys().acs.X5T(), start.Add(-5*time.Minute)
		if diff := cmp.Diff(`{"typ":"JWT","alg":"RS256","x5t":"`+x5t+`","kid":"`+x5t+`"}`, decoded(t, segments[0])); diff != "" {
			t.Errorf("header (-want +got):\n%s", diff)
		}
		claims := `{"aud":"` + service.String() + `","iss":"` + acsIssuer.String() + `","iat":` + seconds(from) + `,"nbf":` + seconds(from) +
			`,"exp":` + seconds(from.Add(86_700*time.Second)) + `,"identityprovider":"` + acsIssuer.String() + `","nameid":"` + exchange.String() +
			`","oid":"` + clientObject + `","sub":"` + clientObject + `","trustedfordelegation":"true"}`
		if diff := cmp.Diff(claims, decoded(t, segments[1])); diff != "" {
			t.Errorf("claims (-want +got):\n%s", diff)
		}
		v := testVerifier()
		v.Issuers = []Issuer{acs.Issuer(tenant)}
		if _, refusal := v.Verify("Bearer "+token, ewsHost, start); refusal != nil {
			t.Errorf("the verifier refuses it: %v", refusal)
		}
	})
}

func decoded(t *testing.T, segment string) string {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		t.Error(err)
	}
	return string(data)
}

func TestACSJudgesAssertions(t *testing.T) {
	signed := func(change func(Draft) Draft) string { return change(assertionDraft()).Sign(keys().client) }
	claim := func(name string, value any) string {
		return signed(func(d Draft) Draft { return d.Claim(name, value) })
	}
	at := func(from, until time.Duration) string {
		return signed(func(d Draft) Draft {
			return d.Claim("nbf", seconds(time.Now().Add(from))).Claim("exp", seconds(time.Now().Add(until)))
		})
	}
	good := assertionDraft().Sign(keys().client)
	wild := ExchangePrincipal + "/mail.wild.test@" + tenant
	tests := map[string]struct {
		assertion, resource, realm string
		codes                      []int
	}{
		"good":                               {good, "", "", nil},
		"by the verified domain":             {good, "", "forest-b.test", nil},
		"a resource under a wildcard":        {good, wild, "", nil},
		"a resource in the realm's domain":   {good, ExchangePrincipal + "/" + ewsHost + "@forest-b.test", "", nil},
		"numbers for dates":                  {claim("exp", time.Now().Add(time.Minute).Unix()), "", "", nil},
		"with a nameid":                      {claim("nameid", exchange.String()), "", "", nil},
		"an unknown realm":                   {good, "", "elsewhere.test", []int{90002}},
		"an unregistered key":                {assertionDraft().Sign(keys().stranger), "", "", []int{70002, 50012}},
		"another key under our x5t":          {assertionDraft().Header("x5t", keys().client.X5T()).Sign(keys().stranger), "", "", []int{70002, 50012}},
		"the key of ACS itself":              {assertionDraft().Sign(keys().acs), "", "", []int{70002, 50012}},
		"unsigned":                           {assertionDraft().Header("alg", "none").Unsigned(), "", "", []int{50027}},
		"HS256 with the certificate":         {hs256(assertionDraft(), keys().client.Certificate.Raw), "", "", []int{50027}},
		"no x5t":                             {signed(func(d Draft) Draft { return d.Header("x5t", nil) }), "", "", []int{50027}},
		"a claim twice":                      {signed(func(d Draft) Draft { return d.ExtraClaim("iss", "evil") }), "", "", []int{50027}},
		"no token at all":                    {"assertion", "", "", []int{50027}},
		"another audience":                   {claim("aud", service.String()), "", "", []int{700023}},
		"an audience at another host":        {claim("aud", ACSPrincipal+"/evil.test@"+tenant), "", "", []int{700023}},
		"an audience without host":           {claim("aud", acsIssuer.String()), "", "", []int{700023}},
		"an audience of another tenant":      {claim("aud", ACSPrincipal+"/"+acsHost+"@"+otherTenant), "", "", []int{700023}},
		"China's ACS":                        {claim("aud", ACSPrincipalChina+"/"+acsHost+"@"+tenant), "", "", []int{700023}},
		"an issuer of another tenant":        {claim("iss", realm(exchange.String())), "", "", []int{90002}},
		"an issuer nobody registered":        {claim("iss", fabrikam.ID+"x@"+tenant), "", "", []int{700016}},
		"an issuer without realm":            {claim("iss", ExchangePrincipal), "", "", []int{700016}},
		"expired":                            {at(-time.Hour, -301*time.Second), "", "", []int{700024}},
		"expired a moment ago":               {at(-time.Hour+time.Minute, -4*time.Minute), "", "", nil},
		"from tomorrow":                      {at(24*time.Hour, 24*time.Hour+time.Minute), "", "", []int{700024}},
		"too long":                           {at(0, 2*time.Hour), "", "", []int{700024}},
		"without an end":                     {claim("exp", nil), "", "", []int{50027}},
		"an unknown resource":                {good, ExchangePrincipal + "/mail.forest-b.test@" + tenant, "", []int{500011}},
		"a resource two labels down":         {good, ExchangePrincipal + "/a.mail.wild.test@" + tenant, "", []int{500011}},
		"the wildcard itself":                {good, ExchangePrincipal + "/*.wild.test@" + tenant, "", []int{500011}},
		"a resource of another tenant":       {good, realm(service.String()), "", []int{500011}},
		"a resource of SharePoint":           {good, "00000003-0000-0ff1-ce00-000000000000/" + ewsHost + "@" + tenant, "", []int{500011}},
		"a resource that is only an address": {good, "https://" + ewsHost, "", []int{500011}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			acs := testACS()
			resource, where := tt.resource, tt.realm
			if resource == "" {
				resource = service.String()
			}
			if where == "" {
				where = tenant
			}
			w := askACS(acs, where, tokenForm(tt.assertion, resource))
			checkACSAnswer(t, w, tt.codes)
			seen := acs.Requests()
			if len(seen) != 1 || seen[0].Status != w.Code || !slices.Equal(seen[0].Codes, tt.codes) || seen[0].Resource != resource {
				t.Errorf("remembered %+v", seen)
			}
		})
	}
}

// checkACSAnswer checks that an answer is a token, or an error of Entra's form
// with these codes.
func checkACSAnswer(t *testing.T, w *httptest.ResponseRecorder, codes []int) {
	t.Helper()
	var answer struct {
		Token       string `json:"access_token"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if !slices.Equal(answer.Codes, codes) || (codes == nil) != (answer.Token != "") || (codes == nil) != (w.Code == http.StatusOK) {
		t.Errorf("status %d, codes %v, error %q, description %q; want codes %v", w.Code, answer.Codes, answer.Error, answer.Description, codes)
	}
	if codes != nil && (answer.Error == "" || !strings.HasPrefix(answer.Description, "AADSTS") || w.Code < 400) {
		t.Errorf("status %d, error %q, description %q", w.Code, answer.Error, answer.Description)
	}
}

func TestACSSaysWhoseKeyWasUnknown(t *testing.T) {
	acs := testACS()
	w := askACS(acs, tenant, tokenForm(assertionDraft().Sign(keys().stranger), service.String()))
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	description, _ := answer["error_description"].(string)
	want := "AADSTS70002: Error validating credentials. AADSTS50012: Client assertion contains an invalid signature. [Reason - The key was not found., Thumbprint of key used by client: '"
	if answer["error"] != "invalid_client" || !strings.HasPrefix(description, want) || w.Code != http.StatusUnauthorized {
		t.Errorf("status %d, %v", w.Code, answer)
	}
	acs.Change(func() { acs.NewerCodes = true })
	w = askACS(acs, tenant, tokenForm(assertionDraft().Sign(keys().stranger), service.String()))
	checkACSAnswer(t, w, []int{700027})
}

func TestACSReadsOneFormOnly(t *testing.T) {
	good := tokenForm(assertionDraft().Sign(keys().client), service.String())
	less := func(name string) string {
		form := same(good)
		form.Del(name)
		return form.Encode()
	}
	more := func(name, value string) string {
		form := same(good)
		form.Add(name, value)
		return form.Encode()
	}
	other := same(good)
	other.Set("grant_type", "client_credentials")
	tests := map[string]struct {
		method, contentType, query, body string
		codes                            []int
	}{
		"good":                  {"POST", formType, "", good.Encode(), nil},
		"with charset":          {"POST", formType + "; charset=utf-8", "", good.Encode(), nil},
		"GET":                   {"GET", formType, "", good.Encode(), []int{900561}},
		"JSON":                  {"POST", "application/json", "", good.Encode(), []int{900144}},
		"no type":               {"POST", "", "", good.Encode(), []int{900144}},
		"parameters in the URL": {"POST", formType, good.Encode(), "", []int{900144}},
		"no assertion":          {"POST", formType, "", less("assertion"), []int{900144}},
		"no resource":           {"POST", formType, "", less("resource"), []int{900144}},
		"no grant type":         {"POST", formType, "", less("grant_type"), []int{900144}},
		"another grant type":    {"POST", formType, "", other.Encode(), []int{70003}},
		"two resources":         {"POST", formType, "", more("resource", "x"), []int{9002313}},
		"a broken escape":       {"POST", formType, "", "assertion=%zz", []int{9002313}},
		"something more":        {"POST", formType, "", more("client_info", "1"), nil},
		"far too much":          {"POST", formType, "", "a=" + strings.Repeat("x", 1<<20) + "&" + good.Encode(), []int{900144}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "https://"+acsHost+"/"+tenant+"/tokens/OAuth/2?"+tt.query, strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.contentType)
			w := httptest.NewRecorder()
			testACS().ServeHTTP(w, r)
			checkACSAnswer(t, w, tt.codes)
		})
	}
}

func same(form url.Values) url.Values {
	copied, _ := url.ParseQuery(form.Encode())
	return copied
}

func issued(t *testing.T, acs *ACS) string {
	t.Helper()
	w := askACS(acs, tenant, tokenForm(assertionDraft().Sign(keys().client), service.String()))
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Token == "" {
		t.Fatalf("no token: %v, %s", err, w.Body)
	}
	return answer.Token
}

func TestACSTokensCanBeAltered(t *testing.T) {
	acs := testACS()
	acs.Alter = func(d Draft) Draft { return d.Claim("trustedfordelegation", nil) }
	outer := Outer(exchange, service, issued(t, acs), User{SMTP: lin}, Living(time.Now(), time.Hour)).Unsigned()
	_, refusal := testVerifier().Verify("Bearer "+outer, ewsHost, time.Now())
	if refusal == nil || refusal.Code != InvalidGrant {
		t.Errorf("refusal %v, want code %d", refusal, InvalidGrant)
	}
}

func TestACSRefusesWhenTold(t *testing.T) {
	acs := testACS()
	acs.Refuse = 7000112
	checkACSAnswer(t, askACS(acs, tenant, tokenForm(assertionDraft().Sign(keys().client), service.String())), []int{7000112})
}

// Its clock an hour ahead, ACS takes no assertion of now, and nobody with the
// right time takes its tokens.
func TestClocksThatAreWrong(t *testing.T) {
	acs, form := testACS(), tokenForm(assertionDraft().Sign(keys().client), service.String())
	acs.Ahead = time.Hour
	checkACSAnswer(t, askACS(acs, tenant, form), []int{700024})
	acs.Ahead = 9 * time.Minute // more than the skew of the verifier, less than both
	token := issued(t, acs)
	v := testVerifier()
	for ahead, want := range map[time.Duration]bool{0: true, -5 * time.Minute: false, 24 * time.Hour: true, 25 * time.Hour: false} {
		v.Change(func() { v.Ahead = ahead })
		if _, refusal := v.Verify("Bearer "+token, ewsHost, time.Now()); (refusal == nil) != want {
			t.Errorf("with the verifier's clock %v off: %v", ahead, refusal)
		}
	}
}

func TestACSWithoutKeysIsOutOfOrder(t *testing.T) {
	acs := testACS()
	acs.Signing = nil
	w := askACS(acs, tenant, tokenForm(assertionDraft().Sign(keys().client), service.String()))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("status %d, want 503", w.Code)
	}
}
