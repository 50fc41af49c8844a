package oauth

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// authServer is an Access Control Service that knows some certificates. Its
// fields may be set before it is asked.
type authServer struct {
	known    []*x509.Certificate
	life     time.Duration             // of its tokens, 24 h
	metadata func(base string) string  // the document
	answer   func(token string) string // the body of a good answer
	refuse   func(w http.ResponseWriter, form func(string) string) bool

	url       string
	tokens    atomic.Int32
	documents atomic.Int32
}

const acsPath = "/" + tenant + "/tokens/OAuth/2"

func (s *authServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/contoso.com/metadata/json/1":
		s.documents.Add(1)
		io.WriteString(w, s.metadata(s.url))
	case r.Method == http.MethodPost && r.URL.Path == acsPath:
		s.tokens.Add(1)
		if s.refuse != nil && s.refuse(w, r.PostFormValue) {
			return
		}
		s.issue(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (s *authServer) issue(w http.ResponseWriter, r *http.Request) {
	if err := s.believe(r); err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		json.NewEncoder(w).Encode(map[string]any{"error": "invalid_client", "error_description": "AADSTS50012: " + err.Error()})
		return
	}
	now := time.Now()
	life := s.life
	if life == 0 {
		life = 24 * time.Hour
	}
	token, err := sign(claims{
		Audience: r.PostFormValue("resource"), Issuer: ACSID + "@" + tenant, NameID: ExchangeID + "@" + tenant,
		NotBefore: epochOf(now.Add(-backdate)), Expires: epochOf(now.Add(life)), TrustedForDelegation: "true",
	}, &Certificate{X509: s.known[0], signer: testKeys[2]()})
	if err != nil {
		panic(err)
	}
	io.WriteString(w, s.answer(token))
}

// believe verifies an assertion with the stock library.
func (s *authServer) believe(r *http.Request) error {
	var c jwt.RegisteredClaims
	host := strings.Split(r.Host, ":")[0]
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired(),
		jwt.WithIssuer(ExchangeID+"@"+tenant), jwt.WithAudience(ACSID+"/"+host+"@"+tenant), jwt.WithIssuedAt())
	_, err := parser.ParseWithClaims(r.PostFormValue("assertion"), &c, func(token *jwt.Token) (any, error) {
		for _, cert := range s.known {
			if token.Header["x5t"] == x5t(cert) {
				return cert.PublicKey, nil
			}
		}
		return nil, errors.New("the key was not found")
	})
	switch {
	case err != nil:
		return err
	case r.PostFormValue("grant_type") != jwtBearerGrant:
		return errors.New("the grant type is wrong")
	case c.ExpiresAt.Sub(c.NotBefore.Time) > 10*time.Minute:
		return errors.New("the assertion lives too long")
	}
	return nil
}

func documentOf(base string) string {
	return fmt.Sprintf(`{"issuer":"%s@%s","realm":"%s","endpoints":[{"location":"%s","protocol":"OAuth2","usage":"issuance"}]}`,
		ACSID, tenant, tenant, base+acsPath)
}

func stringsAnswer(token string) string {
	return fmt.Sprintf(`{"token_type":"Bearer","access_token":%q,"expires_in":"86399","not_before":"1","expires_on":"%d"}`,
		token, time.Now().Add(24*time.Hour).Unix())
}

// newAuthServer serves on loopback with TLS and knows the first test key.
func newAuthServer(t *testing.T) (*authServer, *ACS) {
	t.Helper()
	s := &authServer{known: []*x509.Certificate{certificate(t, 0).X509}, metadata: documentOf, answer: stringsAnswer}
	server := serveTLS(t, s)
	s.url = server.URL
	return s, &ACS{
		ServerName:   "MicrosoftAzureACS",
		MetadataURL:  s.url + "/contoso.com/metadata/json/1",
		Certificates: Certificates{Current: certificate(t, 0)},
		Base:         server.Client().Transport,
		Log:          slog.New(slog.DiscardHandler),
	}
}

var (
	exchangeOnline = Principal{ExchangeID, "outlook.office365.com", tenant}
	anyACS         = &Challenge{ClientID: ExchangeID, TrustedIssuers: []Principal{{ID: ACSID, Realm: "*"}}}
)

func TestACSExchangesAnAssertionForAToken(t *testing.T) {
	s, a := newAuthServer(t)
	resource, err := a.Resource(t.Context(), anyACS, "outlook.office365.com")
	if err != nil || resource != exchangeOnline {
		t.Fatalf("resource %v, %v, want %v", resource, err, exchangeOnline)
	}
	for range 3 {
		token, err := a.ActorToken(t.Context(), resource, true)
		if err != nil {
			t.Fatal(err)
		}
		if token.Audience != exchangeOnline.String() || token.NameID != ExchangeID+"@"+tenant || !token.Delegation {
			t.Errorf("got a token of %q for %q, delegation %v", token.NameID, token.Audience, token.Delegation)
		}
	}
	if tokens, documents := s.tokens.Load(), s.documents.Load(); tokens != 1 || documents != 1 {
		t.Errorf("asked for %d tokens and %d documents, want one each", tokens, documents)
	}
}

func TestACSAsksOncePerResourceAtATime(t *testing.T) {
	s, a := newAuthServer(t)
	crowd(100, func(int) {
		if _, err := a.ActorToken(t.Context(), exchangeOnline, false); err != nil {
			t.Error(err)
		}
	})
	if got := s.tokens.Load(); got != 1 {
		t.Errorf("a hundred callers made %d requests, want 1", got)
	}
}

func TestACSReadsItsConfigurationFirst(t *testing.T) {
	noIssuer := func(base string) string { return strings.Replace(documentOf(base), `"issuer"`, `"x"`, 1) }
	noRealm := func(base string) string {
		return strings.NewReplacer(`"realm"`, `"x"`, ACSID+"@"+tenant, ACSID+"@*").Replace(documentOf(base))
	}
	tests := map[string]struct {
		metadata  func(base string) string
		set       func(*ACS)
		challenge *Challenge
		want      string // the resource, or the error
		documents int32
	}{
		"the document says it all": {want: exchangeOnline.String(), documents: 1},
		"the configuration says it all": {set: func(a *ACS) {
			a.Realm, a.IssuerIdentifier, a.TokenIssuingEndpoint = tenant, ACSID, "https://acs.test/t"
		}, want: exchangeOnline.String()},
		"the realm is configured":            {set: func(a *ACS) { a.Realm = "r" }, want: ExchangeID + "/outlook.office365.com@r", documents: 1},
		"the challenge names a realm":        {challenge: &Challenge{ClientID: ExchangeID, Realm: "c", TrustedIssuers: anyACS.TrustedIssuers}, want: ExchangeID + "/outlook.office365.com@c", documents: 1},
		"the issuer is pinned to another":    {set: func(a *ACS) { a.IssuerIdentifier = ACSChinaID }, want: "none of them are configured locally", documents: 1},
		"the document names no issuer":       {metadata: noIssuer, want: "set issuer_identifier", documents: 1},
		"the issuer is pinned":               {metadata: noIssuer, set: func(a *ACS) { a.IssuerIdentifier = ACSID }, want: exchangeOnline.String(), documents: 1},
		"nobody names a realm":               {metadata: noRealm, want: "set realm", documents: 1},
		"the trusted issuer names a realm":   {metadata: noRealm, challenge: &Challenge{ClientID: ExchangeID, TrustedIssuers: []Principal{{ID: ACSID, Realm: "d"}}}, want: ExchangeID + "/outlook.office365.com@d", documents: 1},
		"the challenge trusts another realm": {challenge: &Challenge{ClientID: ExchangeID, TrustedIssuers: []Principal{{ID: ACSID, Realm: "d"}}}, want: "none of them are configured locally", documents: 1},
		"the challenge trusts nobody":        {challenge: &Challenge{ClientID: ExchangeID}, want: "none of them are configured locally", documents: 1},
		"the endpoint is on another host":    {metadata: func(string) string { return documentOf("https://evil.test") }, want: "not its own host", documents: 1},
		"the endpoint is without TLS":        {metadata: func(string) string { return documentOf("http://127.0.0.1") }, want: "not an absolute https URL", documents: 1},
		"the document has no endpoint":       {metadata: func(string) string { return `{"issuer":"a@b","keys":[{}]}` }, want: "not an absolute https URL", documents: 1},
		"the document is a sign-in page":     {metadata: func(string) string { return "<html>" }, want: "the auth metadata document", documents: 1},
		"the document is huge":               {metadata: func(string) string { return strings.Repeat(" ", maxDocument+1) }, want: "more than 262144 bytes", documents: 1},
		"the URL is without TLS":             {set: func(a *ACS) { a.MetadataURL = "http://127.0.0.1/contoso.com/metadata/json/1" }, want: "not an absolute https URL"},
		"the URL is not there":               {set: func(a *ACS) { a.MetadataURL += "x" }, want: "answered 404"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, a := newAuthServer(t)
			if tt.metadata != nil {
				s.metadata = tt.metadata
			}
			if tt.set != nil {
				tt.set(a)
			}
			challenge := anyACS
			if tt.challenge != nil {
				challenge = tt.challenge
			}
			resource, err := a.Resource(t.Context(), challenge, "outlook.office365.com")
			got := resource.String()
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tt.want) || s.documents.Load() != tt.documents {
				t.Errorf("got %q after %d documents, want %q after %d", got, s.documents.Load(), tt.want, tt.documents)
			}
		})
	}
}

func TestACSJudgesTheAnswer(t *testing.T) {
	actor := func(c claims) string {
		token, err := sign(c, certificate(t, 2))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	good := claims{Audience: exchangeOnline.String(), NameID: "a@b", Expires: epochOf(time.Now().Add(24 * time.Hour))}
	elsewhere, late := good, good
	elsewhere.Audience = ExchangeID + "/evil.test@" + tenant
	late.Expires = epochOf(time.Now().Add(-time.Minute))
	body := func(token, more string) func(string) string {
		return func(string) string { return fmt.Sprintf(`{"token_type":"bearer","access_token":%q%s}`, token, more) }
	}
	tests := map[string]struct {
		answer func(string) string
		want   string // in the error
		life   time.Duration
	}{
		"numbers as strings":              {body(actor(good), `,"expires_in":"3600"`), "", time.Hour},
		"numbers as numbers":              {body(actor(good), `,"expires_in":3600`), "", time.Hour},
		"an hour by its own clock":        {body(actor(good), fmt.Sprintf(`,"expires_on":"%d"`, time.Now().Add(time.Hour).Unix())), "", time.Hour},
		"no times but those of the token": {body(actor(good), ``), "", 24 * time.Hour},
		"a token for another host":        {body(actor(elsewhere), ``), "not for", 0},
		"a token that has expired":        {body(actor(late), ``), "expired at", 0},
		"a token that is none":            {body("opaque", ``), "no JWT", 0},
		"a token without claims":          {body("a.e30.c", ``), "lacks nameid, aud or exp", 0},
		"no token":                        {body("", ``), "no JWT", 0},
		"another type of token":           {func(string) string { return `{"token_type":"MAC","access_token":"x"}` }, `of type "MAC"`, 0},
		"a sign-in page":                  {func(string) string { return "<html>" }, "not the JSON of a token", 0},
		"a flood":                         {func(string) string { return strings.Repeat(" ", maxDocument+1) }, "more than", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, a := newAuthServer(t)
			s.answer = tt.answer
			token, err := a.ActorToken(t.Context(), exchangeOnline, false)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if left := time.Until(token.Expires); err == nil && (left > tt.life || left < tt.life-time.Minute) {
				t.Errorf("expires in %s, want %s", left, tt.life)
			}
		})
	}
}

func TestACSRefusals(t *testing.T) {
	tests := map[string]struct {
		status   int
		body     string
		want     AuthServerError
		kind     TokenErrorKind
		requests int32
	}{
		"an unknown certificate": {
			401, `{"error":"invalid_client","error_description":"AADSTS70002: Error validating credentials. AADSTS50012: The key was not found., Thumbprint of key used by client: 'AB'","error_codes":[70002],"correlation_id":"c-1"}`,
			AuthServerError{Status: 401, Code: "invalid_client", AADSTS: []int{70002, 50012}, Description: "AADSTS70002: Error validating credentials. AADSTS50012: The key was not found., Thumbprint of key used by client: 'AB'", CorrelationID: "c-1"},
			AuthServerRefused, 2,
		},
		"an unknown certificate, the newer way": {
			401, `{"error":"unauthorized_client","error_description":"AADSTS700027: no"}`,
			AuthServerError{Status: 401, Code: "unauthorized_client", AADSTS: []int{700027}, Description: "AADSTS700027: no", CorrelationID: ""}, AuthServerRefused, 2,
		},
		"an unknown resource": {
			400, `{"error":"invalid_resource","error_description":"AADSTS500011: none","error_codes":[500011]}`,
			AuthServerError{Status: 400, Code: "invalid_resource", AADSTS: []int{500011}, Description: "AADSTS500011: none", CorrelationID: ""}, AuthServerRefused, 1,
		},
		"a sign-in page":   {400, `<html>`, AuthServerError{Status: 400}, AuthServerRefused, 1},
		"it is busy":       {429, ``, AuthServerError{Status: 429}, AuthServerUnavailable, 1},
		"it is broken":     {503, `{"error":"temporarily_unavailable"}`, AuthServerError{Status: 503, Code: "temporarily_unavailable"}, AuthServerUnavailable, 1},
		"it sends us away": {307, ``, AuthServerError{Status: 307}, AuthServerRefused, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, a := newAuthServer(t)
			a.Certificates.Previous = certificate(t, 1)
			s.refuse = func(w http.ResponseWriter, _ func(string) string) bool {
				w.Header().Set("Location", s.url+"/elsewhere")
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
				return true
			}
			_, err := a.ActorToken(t.Context(), exchangeOnline, false)
			te, _ := errors.AsType[*TokenError](err)
			refusal, _ := errors.AsType[*AuthServerError](err)
			if te == nil || refusal == nil || te.Kind != tt.kind || fmt.Sprint(*refusal) != fmt.Sprint(tt.want) {
				t.Fatalf("got %#v with %#v, want %s with %#v", te, refusal, tt.kind, tt.want)
			}
			if te.Refused() != (tt.kind == AuthServerRefused) || te.SafeText() != "Unable to get token from Auth Server." {
				t.Errorf("refused %v, text %q", te.Refused(), te.SafeText())
			}
			if got := s.tokens.Load(); got != tt.requests {
				t.Errorf("%d requests, want %d", got, tt.requests)
			}
		})
	}
}

func TestACSTriesTheOtherCertificateOnce(t *testing.T) {
	tests := map[string]struct {
		known    int // the test key that the server has learned
		certs    Certificates
		requests int32
		ok       bool
	}{
		"the server has not learned the next one": {0, Certificates{Current: certificate(t, 0), Next: certificate(t, 1), NextEffective: time.Now().Add(-time.Hour)}, 2, true},
		"the server forgot the current one early": {1, Certificates{Current: certificate(t, 0), Next: certificate(t, 1), NextEffective: time.Now().Add(time.Hour)}, 2, true},
		"the server has not learned the current":  {1, Certificates{Current: certificate(t, 0), Previous: certificate(t, 1)}, 2, true},
		"the server knows neither":                {2, Certificates{Current: certificate(t, 0), Next: certificate(t, 1), NextEffective: time.Now()}, 2, false},
		"there is no other":                       {1, Certificates{Current: certificate(t, 0)}, 1, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, a := newAuthServer(t)
			var log bytes.Buffer
			s.known[0] = certificate(t, tt.known).X509
			a.Certificates, a.Log = tt.certs, slog.New(slog.NewTextHandler(&log, nil))
			_, err := a.ActorToken(t.Context(), exchangeOnline, false)
			if (err == nil) != tt.ok || s.tokens.Load() != tt.requests {
				t.Errorf("%v after %d requests, want ok %v after %d", err, s.tokens.Load(), tt.ok, tt.requests)
			}
			if warned := strings.Contains(log.String(), "level=WARN"); warned != tt.ok {
				t.Errorf("the log has %q", &log)
			}
		})
	}
}

// memory is an auth server without a network, for tests in synctest's time.
type memory struct {
	mu    sync.Mutex // guards what follows
	asked int
	down  bool
	inner http.Handler
}

func (m *memory) RoundTrip(r *http.Request) (*http.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	if m.down {
		return nil, errors.New("connection refused")
	}
	r = r.Clone(r.Context())
	r.Host = r.URL.Host
	if r.Body == nil {
		r.Body = http.NoBody
	}
	answer := httptest.NewRecorder()
	m.inner.ServeHTTP(answer, r)
	return answer.Result(), nil
}

func (m *memory) set(down bool) (asked int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	asked, m.asked, m.down = m.asked, 0, down
	return asked
}

// inMemory joins an auth server and its client without a network.
func inMemory(t *testing.T) (*memory, *ACS) {
	s := &authServer{known: []*x509.Certificate{certificate(t, 0).X509}, metadata: documentOf, answer: stringsAnswer, url: "https://acs.test"}
	m := &memory{inner: s}
	return m, &ACS{
		ServerName:   "MicrosoftAzureACS",
		MetadataURL:  s.url + "/contoso.com/metadata/json/1",
		Certificates: Certificates{Current: certificate(t, 0)},
		Base:         m,
		Log:          slog.New(slog.DiscardHandler),
	}
}

func TestACSRenewsTokensInUseAheadOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, a := inMemory(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- a.Run(ctx) }()
		ask := func() ActorToken {
			token, err := a.ActorToken(ctx, exchangeOnline, false)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		first := ask()
		ask()
		time.Sleep(19 * time.Hour)
		if second := ask(); second.held != first.held {
			t.Error("renewed before four fifths of its life")
		}
		m.set(false)
		time.Sleep(time.Hour)
		if asked := m.set(true); asked == 0 {
			t.Error("not renewed after four fifths of its life")
		}
		renewed := ask()
		time.Sleep(23 * time.Hour)
		if kept := ask(); renewed.held == first.held || kept.held != renewed.held {
			t.Error("while the auth server is down the token is not kept")
		}
		time.Sleep(time.Hour)
		if _, err := a.ActorToken(ctx, exchangeOnline, false); err == nil {
			t.Error("an expired token is served")
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run ends with %v", err)
		}
	})
}

func TestACSDoesNotRenewWhatNobodyUses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, a := inMemory(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- a.Run(ctx) }()
		if _, err := a.ActorToken(ctx, exchangeOnline, false); err != nil {
			t.Fatal(err)
		}
		m.set(false)
		time.Sleep(48 * time.Hour)
		if asked := m.set(false); asked != 0 {
			t.Errorf("asked %d times for nobody", asked)
		}
		cancel()
		<-done
	})
}

func TestACSKeepsTheLastGoodMetadata(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, a := inMemory(t)
		ask := func() error { _, err := a.Document(t.Context()); return err }
		if err := ask(); err != nil || m.set(true) != 1 {
			t.Fatal(err)
		}
		if err := ask(); err != nil || m.set(true) != 0 {
			t.Errorf("a fresh document is read again: %v", err)
		}
		time.Sleep(14 * time.Hour)
		for range 3 {
			if err := ask(); err != nil {
				t.Errorf("the last good copy is not served: %v", err)
			}
		}
		if asked := m.set(false); asked != 1 {
			t.Errorf("a failing auth server is asked %d times in a row", asked)
		}
		time.Sleep(5 * time.Minute)
		if err := ask(); err != nil || m.set(false) != 1 {
			t.Errorf("it is not asked again later: %v", err)
		}
	})
}

func TestACSStopsWhenItsCallerDoes(t *testing.T) {
	s, a := newAuthServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	stop, stopped := context.WithCancel(t.Context())
	defer stopped()
	s.refuse = func(http.ResponseWriter, func(string) string) bool { cancel(); <-stop.Done(); return true }
	_, err := a.ActorToken(ctx, exchangeOnline, false)
	if te, ok := errors.AsType[*TokenError](err); !ok || te.Kind != AuthServerUnavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
