package s2s

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
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

const (
	entraHost = "login.entra.test"
	appID     = "aaaaaaaa-1111-4222-8333-444444444444"
	offID     = "bbbbbbbb-1111-4222-8333-444444444444"
	bareID    = "cccccccc-1111-4222-8333-444444444444"
	graphURI  = "https://graph.test"
	scope     = graphURI + "/.default"
)

// testEntra knows three applications with the same key: one with consent, one
// that is disabled, and one that nobody has consented to.
func testEntra() *Entra {
	// For ever, since the clock in a synctest bubble begins before the certificate does.
	registered := []KeyCredential{{Certificate: keys().client.Certificate, Start: time.Unix(1, 0), End: time.Now().AddDate(100, 0, 0)}}
	consent := map[string][]string{GraphResource: {RoleCalendarsRead}, EWSResource: {RoleFullAccessAsApp}}
	return &Entra{
		Host: entraHost, Signing: []KeyPair{keys().acs},
		Directories: []Directory{
			{
				ID: tenant, Domains: []string{"forest-b.test"},
				Applications: []Application{
					{ID: appID, ObjectID: clientObject, Name: "availability proxy", Keys: registered, Roles: consent},
					{ID: offID, Keys: registered, Roles: consent, Disabled: true},
					{ID: bareID, ObjectID: clientObject, Keys: registered},
				},
				Resources: []Resource{
					{ID: GraphResource, URIs: []string{graphURI}},
					{ID: EWSResource, URIs: []string{"https://" + ewsHost}},
				},
			},
			{ID: otherTenant, Elsewhere: true},
		},
	}
}

// assertion is a client assertion that is made here by hand.
type assertion struct {
	header, claims map[string]any
	key            KeyPair
	pss            bool
}

var made int

// goodAssertion is one as the current document wants it: PS256 and x5t#S256.
func goodAssertion() assertion {
	made++
	sum, now := sha256.Sum256(keys().client.Certificate.Raw), time.Now()
	return assertion{
		header: map[string]any{"alg": "PS256", "typ": "JWT", "x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])},
		claims: map[string]any{
			"aud": "https://" + entraHost + "/" + tenant + "/oauth2/v2.0/token", "iss": appID, "sub": appID,
			"jti": fmt.Sprint("id-", made), "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
		},
		key: keys().client, pss: true,
	}
}

// with changes headers and claims; nil removes one.
func (a assertion) with(header, claims map[string]any) assertion {
	change := func(old, changes map[string]any) map[string]any {
		changed := maps.Clone(old)
		maps.Copy(changed, changes)
		maps.DeleteFunc(changed, func(_ string, v any) bool { return v == nil })
		return changed
	}
	a.header, a.claims = change(a.header, header), change(a.claims, claims)
	return a
}

func (a assertion) sign() string {
	encode := base64.RawURLEncoding.EncodeToString
	header, _ := json.Marshal(a.header)
	claims, _ := json.Marshal(a.claims)
	input := encode(header) + "." + encode(claims)
	digest := sha256.Sum256([]byte(input))
	var signature []byte
	if a.pss {
		signature, _ = rsa.SignPSS(rand.Reader, a.key.Key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	} else {
		signature, _ = rsa.SignPKCS1v15(nil, a.key.Key, crypto.SHA256, digest[:])
	}
	return input + "." + encode(signature)
}

// older is one as the documents wanted it before: RS256 and x5t.
func (a assertion) older() assertion {
	sum := sha1.Sum(keys().client.Certificate.Raw)
	a.pss = false
	return a.with(map[string]any{"alg": "RS256", "x5t#S256": nil, "x5t": base64.RawURLEncoding.EncodeToString(sum[:])}, nil)
}

func entraForm(assertion string) url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_id": {appID}, "scope": {scope},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion},
	}
}

func askEntra(e *Entra, tenant string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "https://"+entraHost+"/"+tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", formType)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

// checkEntraAnswer checks that an answer is a token, or an error of Entra's form
// with that code.
func checkEntraAnswer(t *testing.T, w *httptest.ResponseRecorder, code int) {
	t.Helper()
	var answer struct {
		Token       string `json:"access_token"`
		Error       string
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
		URI         string `json:"error_uri"`
		Trace       string `json:"trace_id"`
		Correlation string `json:"correlation_id"`
		Timestamp   string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if code == 0 {
		if w.Code != http.StatusOK || answer.Token == "" {
			t.Errorf("status %d, %s; want a token", w.Code, w.Body)
		}
		return
	}
	said := fmt.Sprintf("AADSTS%d: ", code)
	if !slices.Equal(answer.Codes, []int{code}) || !strings.HasPrefix(answer.Description, said) || answer.Token != "" || w.Code < 400 {
		t.Errorf("status %d, %s; want code %d", w.Code, w.Body, code)
	}
	if answer.Error == "" || answer.URI != fmt.Sprintf("https://%s/error?code=%d", entraHost, code) || answer.Trace == "" || answer.Correlation == "" || answer.Timestamp == "" {
		t.Errorf("the error is not of Entra's form: %s", w.Body)
	}
}

func TestEntraIssuesAnAppOnlyToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, start := testEntra(), time.Now()
		w := askEntra(e, tenant, entraForm(goodAssertion().sign()))
		var answer struct {
			TokenType    string `json:"token_type"`
			ExpiresIn    int    `json:"expires_in"`
			ExtExpiresIn int    `json:"ext_expires_in"`
			AccessToken  string `json:"access_token"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
			t.Fatalf("status %d, %v: %s", w.Code, err, w.Body)
		}
		if answer.TokenType != "Bearer" || answer.ExpiresIn != 3599 || answer.ExtExpiresIn != 3599 {
			t.Errorf("answered %s", w.Body)
		}
		segments := strings.Split(answer.AccessToken, ".")
		var claims map[string]any
		if err := json.Unmarshal([]byte(decoded(t, segments[1])), &claims); err != nil {
			t.Fatal(err)
		}
		delete(claims, "uti")
		issuer := "https://sts.windows.net/" + tenant + "/"
		want := map[string]any{
			"aud": graphURI, "iss": issuer, "idp": issuer, "appid": appID, "appidacr": "2", "app_displayname": "availability proxy",
			"idtyp": "app", "oid": clientObject, "sub": clientObject, "tid": tenant, "ver": "1.0", "roles": []any{RoleCalendarsRead},
			"iat": float64(start.Unix()), "nbf": float64(start.Unix()), "exp": float64(start.Add(3599 * time.Second).Unix()),
		}
		if diff := cmp.Diff(want, claims); diff != "" {
			t.Errorf("claims (-want +got):\n%s", diff)
		}
	})
}

// TestEntraJudgesAssertions has its own reading of the documents: each row is an
// assertion as a client may send it, with the number of the refusal.
func TestEntraJudgesAssertions(t *testing.T) {
	from := func(from, life time.Duration) map[string]any {
		start := time.Now().Add(from)
		return map[string]any{"iat": start.Unix(), "nbf": start.Unix(), "exp": start.Add(life).Unix()}
	}
	claim := func(name string, value any) assertion { return goodAssertion().with(nil, map[string]any{name: value}) }
	header := func(name string, value any) assertion {
		return goodAssertion().with(map[string]any{name: value}, nil)
	}
	signedBy := func(a assertion, k KeyPair) assertion { a.key = k; return a }
	rs256, pssAsRS := goodAssertion().older(), goodAssertion().older()
	pssAsRS.pss = true
	both := rs256.with(map[string]any{"x5t#S256": goodAssertion().header["x5t#S256"]}, map[string]any{"jti": "both"})
	tests := map[string]struct {
		assertion
		code int
	}{
		"PS256 with x5t#S256":                {goodAssertion(), 0},
		"RS256 with x5t":                     {rs256, 0},
		"both thumbprints":                   {both, 0},
		"both thumbprints of two keys":       {both.with(map[string]any{"x5t": keys().stranger.X5T()}, nil), 700027},
		"for the tenant by domain":           {claim("aud", "https://"+entraHost+"/forest-b.test/oauth2/v2.0/token"), 0},
		"with the chain beside":              {header("x5c", []string{"MII"}), 0},
		"without iat":                        {claim("iat", nil), 0},
		"a key nobody registered":            {signedBy(goodAssertion(), keys().stranger).with(map[string]any{"x5t#S256": nil, "x5t": keys().stranger.X5T()}, nil), 700027},
		"another key under our thumbprint":   {signedBy(goodAssertion(), keys().stranger), 700027},
		"PSS that says RS256":                {pssAsRS, 700027},
		"no thumbprint":                      {header("x5t#S256", nil), 50027},
		"a thumbprint in hex":                {header("x5t#S256", fmt.Sprintf("%x", sha256.Sum256(keys().client.Certificate.Raw))), 50027},
		"a thumbprint that is padded":        {header("x5t#S256", goodAssertion().header["x5t#S256"].(string)+"="), 0},
		"HS256":                              {header("alg", "HS256"), 5002738},
		"none":                               {header("alg", "none"), 5002738},
		"PS384":                              {header("alg", "PS384"), 5002738},
		"no type":                            {header("typ", nil), 50027},
		"critical headers":                   {header("crit", []string{"x"}), 50027},
		"its key in the header":              {header("jwk", map[string]any{"kty": "RSA"}), 50027},
		"the v1 endpoint":                    {claim("aud", "https://"+entraHost+"/"+tenant+"/oauth2/token"), 700023},
		"the issuer instead of the endpoint": {claim("aud", "https://"+entraHost+"/"+tenant+"/v2.0"), 700023},
		"another host":                       {claim("aud", "https://login.microsoftonline.com/"+tenant+"/oauth2/v2.0/token"), 700023},
		"another tenant":                     {claim("aud", "https://"+entraHost+"/"+otherTenant+"/oauth2/v2.0/token"), 700023},
		"plain HTTP":                         {claim("aud", "http://"+entraHost+"/"+tenant+"/oauth2/v2.0/token"), 700023},
		"a list of audiences":                {claim("aud", []string{"https://" + entraHost + "/" + tenant + "/oauth2/v2.0/token"}), 700023},
		"no audience":                        {claim("aud", nil), 700023},
		"another issuer":                     {claim("iss", bareID), 700021},
		"another subject":                    {claim("sub", bareID), 700021},
		"no subject":                         {claim("sub", nil), 700021},
		"no jti":                             {claim("jti", nil), 50027},
		"no end":                             {claim("exp", nil), 50027},
		"no beginning":                       {claim("nbf", nil), 50027},
		"dates as strings":                   {claim("exp", fmt.Sprint(time.Now().Add(time.Minute).Unix())), 50027},
		"four minutes early":                 {goodAssertion().with(nil, from(4*time.Minute, time.Minute)), 0},
		"six minutes early":                  {goodAssertion().with(nil, from(6*time.Minute, time.Minute)), 700024},
		"over for four minutes":              {goodAssertion().with(nil, from(-5*time.Minute, time.Minute)), 0},
		"over for six minutes":               {goodAssertion().with(nil, from(-7*time.Minute, time.Minute)), 700024},
		"eleven minutes long":                {goodAssertion().with(nil, from(0, 11*time.Minute)), 700024},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			checkEntraAnswer(t, askEntra(testEntra(), tenant, entraForm(tt.sign())), tt.code)
		})
	}
	checkEntraAnswer(t, askEntra(testEntra(), tenant, entraForm("no assertion at all")), 50027)
}

func TestEntraTakesAnAssertionOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := testEntra()
		first, again := goodAssertion(), goodAssertion()
		again.claims["jti"] = first.claims["jti"]
		checkEntraAnswer(t, askEntra(e, tenant, entraForm(first.sign())), 0)
		checkEntraAnswer(t, askEntra(e, tenant, entraForm(first.sign())), 50013)
		checkEntraAnswer(t, askEntra(e, tenant, entraForm(again.sign())), 50013)
		time.Sleep(time.Hour)
		later := goodAssertion()
		later.claims["jti"] = first.claims["jti"]
		checkEntraAnswer(t, askEntra(e, tenant, entraForm(later.sign())), 0)
	})
}

func TestEntraReadsOneFormOnly(t *testing.T) {
	change := func(name string, values ...string) url.Values {
		form := entraForm(goodAssertion().sign())
		form[name] = values
		return form
	}
	client := func(id string) url.Values {
		form := entraForm(goodAssertion().with(nil, map[string]any{"iss": id, "sub": id}).sign())
		form.Set("client_id", id)
		return form
	}
	tests := map[string]struct {
		form   url.Values
		tenant string
		code   int
	}{
		"by the tenant's domain":       {entraForm(goodAssertion().sign()), "forest-b.test", 0},
		"by its domain in upper case":  {entraForm(goodAssertion().sign()), "FOREST-B.TEST", 0},
		"for EWS":                      {change("scope", "https://"+ewsHost+"/.default"), "", 0},
		"for Graph by its id":          {change("scope", GraphResource+"/.default"), "", 0},
		"an application without roles": {client(bareID), "", 0},
		"no grant type":                {change("grant_type"), "", 900144},
		"another grant type":           {change("grant_type", "password"), "", 70003},
		"no client":                    {change("client_id"), "", 900144},
		"no scope":                     {change("scope"), "", 900144},
		"a secret instead":             {change("client_assertion"), "", 7000216},
		"another kind of assertion":    {change("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"), "", 90023},
		"no kind of assertion":         {change("client_assertion_type"), "", 90023},
		"two scopes in two parameters": {change("scope", scope, scope), "", 9002313},
		"two scopes in one":            {change("scope", scope+" "+scope), "", 70011},
		"as MSAL for Go asks":          {change("scope", scope+" openid offline_access profile"), "", 0},
		"OpenID Connect alone":         {change("scope", "openid profile"), "", 1002012},
		"a single permission":          {change("scope", graphURI+"/Calendars.Read"), "", 1002012},
		"an API nobody knows":          {change("scope", "https://graph.elsewhere.test/.default"), "", 500011},
		"the version path in the API":  {change("scope", graphURI+"/v1.0/.default"), "", 500011},
		"an application nobody knows":  {client("dddddddd-1111-4222-8333-444444444444"), "", 700016},
		"a disabled application":       {client(offID), "", 7000112},
		"the id of another":            {change("client_id", bareID), "", 700021},
		"a tenant nobody knows":        {entraForm(goodAssertion().sign()), "nowhere.test", 90002},
		"a tenant that is no name":     {entraForm(goodAssertion().sign()), "common", 900023},
		"a tenant of another cloud":    {entraForm(goodAssertion().sign()), otherTenant, 900382},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			where := tenant
			if tt.tenant != "" {
				where = tt.tenant
			}
			checkEntraAnswer(t, askEntra(testEntra(), where, tt.form), tt.code)
		})
	}
	r := httptest.NewRequest(http.MethodGet, "https://"+entraHost+"/"+tenant+"/oauth2/v2.0/token", nil)
	w := httptest.NewRecorder()
	testEntra().ServeHTTP(w, r)
	checkEntraAnswer(t, w, 900561)
}

func TestKeysThatMayNotBeUsedNow(t *testing.T) {
	entra := func(change func(*Application)) *Entra {
		e := testEntra()
		change(&e.Directories[0].Applications[0])
		return e
	}
	tests := map[string]struct {
		change func(*Application)
		code   int
		reason string
	}{
		"none":    {func(a *Application) { a.Keys = nil }, 700027, "The key was not found."},
		"over":    {func(a *Application) { a.Keys[0].End = time.Now().Add(-time.Hour) }, 700027, "The key used is expired."},
		"not yet": {func(a *Application) { a.Keys[0].Start = time.Now().Add(time.Hour) }, 700027, "The key used is expired."},
		"one of two": {func(a *Application) {
			a.Keys = append([]KeyCredential{{Certificate: keys().own.Certificate}}, a.Keys...)
		}, 0, ""},
		"by its certificate": {func(a *Application) { a.Keys[0] = KeyCredential{Certificate: keys().client.Certificate} }, 0, ""},
		"still lasts":        {func(a *Application) { a.Keys[0].End = time.Now().Add(time.Hour) }, 0, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := askEntra(entra(tt.change), tenant, entraForm(goodAssertion().sign()))
			checkEntraAnswer(t, w, tt.code)
			if !strings.Contains(w.Body.String(), tt.reason) {
				t.Errorf("answered %s, want the reason %q", w.Body, tt.reason)
			}
		})
	}
}

func TestEntraRefusesWhenTold(t *testing.T) {
	form := func() url.Values { return entraForm(goodAssertion().sign()) }
	e := testEntra()
	e.Refuse = EntraThrottled(17 * time.Second)
	e.Refuse.Times = 1
	w := askEntra(e, tenant, form())
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "17" {
		t.Errorf("status %d, headers %v", w.Code, w.Header())
	}
	checkEntraAnswer(t, w, 90055)
	checkEntraAnswer(t, askEntra(e, tenant, form()), 0)
	e.Change(func() { e.Refuse = EntraBlocked() })
	if w := askEntra(e, tenant, form()); !strings.Contains(w.Body.String(), `"suberror":"message_only"`) {
		t.Errorf("answered %s", w.Body)
	}
	e.Change(func() {
		e.Refuse = EntraError{}
		e.TokenFault = Fault{Status: http.StatusServiceUnavailable, RetryAfter: time.Minute, Body: "<html>We will be back soon</html>"}
	})
	w = askEntra(e, tenant, form())
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "60" || !strings.Contains(w.Body.String(), "back soon") {
		t.Errorf("status %d, headers %v, %s", w.Code, w.Header(), w.Body)
	}
	var statuses []int
	for _, seen := range e.Requests() {
		statuses = append(statuses, seen.Status)
	}
	if diff := cmp.Diff([]int{429, 200, 400, 503}, statuses); diff != "" {
		t.Errorf("remembered statuses (-want +got):\n%s", diff)
	}
}

func TestEntraKeepsTheIDsOfItsClients(t *testing.T) {
	e := testEntra()
	r := httptest.NewRequest(http.MethodPost, "https://"+entraHost+"/"+tenant+"/oauth2/v2.0/token", strings.NewReader("a=b"))
	r.Header.Set("Content-Type", formType)
	r.Header.Set("client-request-id", "12345678-1111-4222-8333-444444444444")
	r.Header.Set("return-client-request-id", "true")
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	if w.Header().Get("client-request-id") != "12345678-1111-4222-8333-444444444444" || w.Header().Get("x-ms-request-id") == "" {
		t.Errorf("headers %v", w.Header())
	}
	if !strings.Contains(w.Body.String(), `"correlation_id":"12345678-1111-4222-8333-444444444444"`) {
		t.Errorf("answered %s", w.Body)
	}
}

func TestEntraDescribesItself(t *testing.T) {
	e := testEntra()
	get := func(path string, status int) (document map[string]any) {
		t.Helper()
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://"+entraHost+path, nil))
		if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil || w.Code != status {
			t.Fatalf("%s: status %d, %v: %s", path, w.Code, err, w.Body)
		}
		return document
	}
	byDomain := get("/forest-b.test/v2.0/.well-known/openid-configuration", http.StatusOK)
	if byDomain["token_endpoint"] != e.TokenEndpoint(tenant) || byDomain["issuer"] != "https://"+entraHost+"/"+tenant+"/v2.0" {
		t.Errorf("the configuration is %v", byDomain)
	}
	if document := get("/nowhere.test/v2.0/.well-known/openid-configuration", http.StatusBadRequest); document["error"] != "invalid_request" {
		t.Errorf("an unknown tenant has %v", document)
	}
	published := get("/"+tenant+"/discovery/v2.0/keys", http.StatusOK)["keys"].([]any)
	if len(published) != 1 || published[0].(map[string]any)["kid"] != keys().acs.X5T() {
		t.Errorf("the keys are %v", published)
	}
	if instance := get("/common/discovery/instance", http.StatusOK); instance["tenant_discovery_endpoint"] == nil {
		t.Errorf("the instance is %v", instance)
	}
	if e.MetadataRequests() != 4 {
		t.Errorf("%d requests were counted", e.MetadataRequests())
	}
}
