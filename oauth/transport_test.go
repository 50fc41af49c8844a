package oauth

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	neturl "net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// target is an Exchange server that asks for tokens and judges them with a
// Verifier. Its fields may be set before it is asked.
type target struct {
	challenge string
	verifier  *Verifier
	answer    http.HandlerFunc                                  // to who may pass
	before    func(w http.ResponseWriter, r *http.Request) bool // answers in place of all this

	mu   sync.Mutex // guards seen
	seen []visit
}

// visit is one request as the target saw it.
type visit struct {
	authorization, body string
	presented           *Presented
}

func (s *target) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	presented, err := s.verifier.VerifyRequest(r)
	s.mu.Lock()
	s.seen = append(s.seen, visit{r.Header.Get("Authorization"), string(body), presented})
	s.mu.Unlock()
	if s.before != nil && s.before(w, r) {
		return
	}
	if err != nil {
		if refusal, ok := errors.AsType[*Refusal](err); ok {
			refusal.Explain(w.Header())
		}
		w.Header().Set("WWW-Authenticate", s.challenge)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.answer(w, r)
}

func (s *target) visits() []visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// shape tells the visits apart: "?" a probe, "t" a token, lower case when it was
// accepted, "T" when not.
func shape(visits []visit) string {
	var b strings.Builder
	for _, v := range visits {
		switch {
		case strings.TrimSpace(v.authorization) == "Bearer":
			b.WriteByte('?')
		case v.presented != nil:
			b.WriteByte('t')
		case strings.HasPrefix(v.authorization, "Bearer "):
			b.WriteByte('T')
		default:
			b.WriteByte('-')
		}
	}
	return b.String()
}

const selfChallenge = `Bearer client_id="` + ExchangeID + `", realm="fabrikam.com", trusted_issuers="` + ExchangeID + `@` + realm + `",Negotiate,NTLM`

// newTarget serves on loopback and trusts the first test key as contoso.com's.
func newTarget(t *testing.T) (*target, *Transport, string) {
	t.Helper()
	self := ExchangeID + "@" + realm
	s := &target{
		challenge: selfChallenge,
		answer:    func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "free") },
		verifier: &Verifier{Hosts: []string{"127.0.0.1"}, Issuers: []TrustedIssuer{{
			Name: self, Certificates: []*x509.Certificate{certificate(t, 0).X509}, Applications: []string{self}, AudienceRealm: "fabrikam.com",
		}}},
	}
	server := serveTLS(t, s)
	return s, &Transport{
		Base:   server.Client().Transport,
		Tokens: &SelfIssuer{Certificates: Certificates{Current: certificate(t, 0)}, Realm: realm},
		Hosts:  []string{"127.0.0.1"},
	}, server.URL + "/EWS/Exchange.asmx"
}

// serveTLS serves h on loopback until the test ends.
func serveTLS(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // a crowd leaves connections in the middle of their handshake
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// ask posts a question and returns status and body of the answer.
func ask(t *testing.T, ctx context.Context, tr http.RoundTripper, url string) (int, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("who is free?"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := req.Header.Get("Authorization"); got != "" {
		t.Errorf("the caller's request was given the header %q", got)
	}
	return resp.StatusCode, string(body), nil
}

func TestTransportPresentsATokenForTheHost(t *testing.T) {
	s, tr, url := newTarget(t)
	for range 3 {
		if status, body, err := ask(t, t.Context(), tr, url); status != 200 || body != "free" || err != nil {
			t.Fatalf("got %d %q, %v", status, body, err)
		}
	}
	visits := s.visits()
	if got := shape(visits); got != "?ttt" {
		t.Fatalf("the target saw %s, want a probe and three tokens", got)
	}
	if visits[0].body != "" || visits[1].body != "who is free?" {
		t.Errorf("the probe had body %q, the question %q", visits[0].body, visits[1].body)
	}
	if p := visits[1].presented; p.Application != ExchangeID+"@"+realm || p.Audience.Host != "127.0.0.1" || p.User != (User{}) {
		t.Errorf("presented %+v", p)
	}
}

func TestTransportActsAs(t *testing.T) {
	ben := "ben@contoso.com"
	tests := map[string]struct {
		actAs, user string
		want        string // user that the target sees, or the kind of the error
	}{
		"the application, by default":           {"", "", ""},
		"the application, by its name":          {ActAsApplication, "", ""},
		"the application, whatever the context": {ActAsApplication, anna, ""},
		"a fixed mailbox":                       {ben, "", ben},
		"a fixed mailbox, whatever the context": {ben, anna, ben},
		"the requester":                         {ActAsRequester, anna, anna},
		"the requester, who is not there":       {ActAsRequester, "", string(UserUnusable)},
		"something that is no address":          {"ben", "", string(UserUnusable)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, tr, url := newTarget(t)
			tr.ActAs = tt.actAs
			ctx := t.Context()
			if tt.user != "" {
				ctx = WithUser(ctx, tt.user)
			}
			got := ""
			_, _, err := ask(t, ctx, tr, url)
			if te, ok := errors.AsType[*TokenError](err); ok {
				got = string(te.Kind)
			} else if visits := s.visits(); err == nil && len(visits) == 2 && visits[1].presented != nil {
				got = visits[1].presented.User.SMTP
			} else {
				t.Fatalf("got %v, %+v", err, visits)
			}
			if got != tt.want {
				t.Errorf("acts as %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTransportRetriesOnceWithAFreshToken(t *testing.T) {
	refuse := func(from, to int32, header string) func(http.ResponseWriter, *http.Request) bool {
		var n atomic.Int32
		return func(w http.ResponseWriter, r *http.Request) bool {
			i := n.Add(1)
			if i < from || i > to {
				return false
			}
			w.Header().Set("WWW-Authenticate", selfChallenge)
			w.Header().Set("x-ms-diagnostics", header)
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}
	}
	signature := `2000000;reason="The token has an invalid signature.";error_category="invalid_signature"`
	user := `2000005;reason="The user specified by the user-context in the token does not exist.";error_category="invalid_user"`
	tests := map[string]struct {
		before     func(http.ResponseWriter, *http.Request) bool
		noGetBody  bool
		wantStatus int
		wantShape  string
	}{
		"refused once":                    {refuse(2, 2, signature), false, 200, "?t?t"},
		"refused for ever":                {refuse(1, 99, signature), false, 401, "?t?t"},
		"the user is unknown":             {refuse(2, 99, user), false, 401, "?t"},
		"the body cannot be had again":    {refuse(2, 2, signature), true, 401, "?t"},
		"the token is not even looked at": {nil, false, 200, "?t"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, tr, url := newTarget(t)
			s.before = tt.before
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("who is free?"))
			if err != nil {
				t.Fatal(err)
			}
			if tt.noGetBody {
				req.GetBody = nil
			}
			resp, err := tr.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			visits := s.visits()
			if got := shape(visits); resp.StatusCode != tt.wantStatus || got != tt.wantShape {
				t.Fatalf("status %d after %s, want %d after %s", resp.StatusCode, got, tt.wantStatus, tt.wantShape)
			}
			if tt.wantShape == "?t?t" && visits[3].body != "who is free?" {
				t.Errorf("the second attempt: body %q", visits[3].body)
			}
		})
	}
}

func TestTransportPassesOnWhatIsNoChallenge(t *testing.T) {
	tests := map[string]struct {
		status     int
		header     [2]string
		wantStatus int
		wantKind   TokenErrorKind
	}{
		"it is busy":                   {503, [2]string{"Retry-After", "30"}, 503, ""},
		"it has moved":                 {302, [2]string{"Location", "https://evil.test/"}, 302, ""},
		"it is not there":              {404, [2]string{"X-Feserver", "FE1"}, 404, ""},
		"it is closed to us":           {403, [2]string{"X-Feserver", "FE1"}, 403, ""},
		"it offers Basic alone":        {401, [2]string{"WWW-Authenticate", `Basic realm="x"`}, 0, ChallengeRefused},
		"it offers nothing":            {401, [2]string{"X-Feserver", "FE1"}, 0, ChallengeRefused},
		"it answers without asking us": {200, [2]string{"Content-Type", "text/xml"}, 0, ChallengeRefused},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, tr, url := newTarget(t)
			s.before = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set(tt.header[0], tt.header[1])
				w.WriteHeader(tt.status)
				io.WriteString(w, "not an answer")
				return true
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("who is free?"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := tr.RoundTrip(req)
			te, _ := errors.AsType[*TokenError](err)
			switch {
			case tt.wantKind != "" && (te == nil || te.Kind != tt.wantKind):
				t.Errorf("got %v, want %s", err, tt.wantKind)
			case tt.wantKind == "" && err != nil:
				t.Errorf("got %v, want status %d", err, tt.wantStatus)
			case tt.wantKind == "":
				defer resp.Body.Close()
				if resp.StatusCode != tt.wantStatus || resp.Header.Get(tt.header[0]) != tt.header[1] || resp.Request != req {
					t.Errorf("got %s with %v", resp.Status, resp.Header)
				}
			}
			if got := shape(s.visits()); got != "?" {
				t.Errorf("the target saw %s, want the probe alone", got)
			}
		})
	}
}

// trap is a host that must never see anything.
func trap(t *testing.T) (url string) {
	t.Helper()
	server := serveTLS(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the trap was sent %s %s with Authorization %.20q", r.Method, r.URL, r.Header.Get("Authorization"))
	}))
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
}

// A16: what a hostile target may try.
func TestTransportMintsForNobodyElse(t *testing.T) {
	evil := trap(t)
	tests := map[string]struct {
		challenge string
		want      string // in the error
	}{
		"it trusts only itself":             {`Bearer client_id="` + ExchangeID + `", trusted_issuers="evil@*"`, "none of them are configured locally"},
		"it trusts an auth server not ours": {`Bearer client_id="` + ExchangeID + `", trusted_issuers="` + ACSID + `@*"`, "none of them are configured locally"},
		"it trusts nobody":                  {`Bearer client_id="` + ExchangeID + `", realm="fabrikam.com"`, "none of them are configured locally"},
		"it says that it is SharePoint":     {`Bearer client_id="` + SharePointID + `", trusted_issuers="` + ExchangeID + `@*"`, "is from client id"},
		"it says that it is another host":   {`Bearer client_id="` + ExchangeID + `/mail.victim.test", trusted_issuers="` + ExchangeID + `@*"`, "is from client id"},
		"it says nothing":                   {`Bearer authorization_uri="` + evil + `"`, "is from client id"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, tr, url := newTarget(t)
			s.challenge = tt.challenge
			_, _, err := ask(t, t.Context(), tr, url)
			if te, ok := errors.AsType[*TokenError](err); !ok || te.Kind != ChallengeRefused || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if got := shape(s.visits()); got != "?" {
				t.Errorf("the target saw %s, want the probe alone", got)
			}
		})
	}
}

func TestTransportSendsNothingToOtherHosts(t *testing.T) {
	evil := trap(t)
	tests := map[string]struct {
		url, host string
	}{
		"another host":                {url: evil},
		"without TLS":                 {url: "http://127.0.0.1:1/"},
		"another Host than the URL's": {url: "https://127.0.0.1:1/", host: "mail.victim.test"},
		"a host that ends like ours":  {url: "https://evil-127.0.0.1:1/"},
		"ours as credentials":         {url: "https://127.0.0.1@localhost:1/"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, tr, _ := newTarget(t)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tt.url, strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			if tt.host != "" {
				req.Host = tt.host
			}
			resp, err := tr.RoundTrip(req)
			if te, ok := errors.AsType[*TokenError](err); !ok || te.Kind != HostRefused {
				t.Errorf("got %v, %v", resp, err)
			}
		})
	}
}

// A16: a client that follows redirects does not carry the token along.
func TestTransportDoesNotFollowRedirects(t *testing.T) {
	evil := trap(t)
	s, tr, url := newTarget(t)
	s.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", evil)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	if status, _, err := ask(t, t.Context(), tr, url); status != http.StatusTemporaryRedirect || err != nil {
		t.Errorf("got %d, %v", status, err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: tr}).Do(req)
	if te, ok := errors.AsType[*TokenError](err); !ok || te.Kind != HostRefused {
		t.Errorf("a client that follows gets %v, %v", resp, err)
	}
}

func TestTransportMintsAnewForAnAllowedHost(t *testing.T) {
	s, tr, url := newTarget(t)
	s.verifier.Hosts = append(s.verifier.Hosts, "localhost")
	var asked []string
	tr.Allowed = func(u *neturl.URL) bool {
		asked = append(asked, u.Hostname())
		return strings.EqualFold(u.Hostname(), "localhost")
	}
	base := tr.Base.(*http.Transport).Clone()
	t.Cleanup(base.CloseIdleConnections)
	base.TLSClientConfig.InsecureSkipVerify = true // the test certificate names 127.0.0.1 and example.com only
	tr.Base = base
	other := strings.Replace(url, "127.0.0.1", "LOCALHOST", 1)
	for _, u := range []string{url, other} {
		if status, _, err := ask(t, t.Context(), tr, u); status != 200 || err != nil {
			t.Fatalf("%s: %d, %v", u, status, err)
		}
	}
	visits := s.visits()
	if got := shape(visits); got != "?t?t" || visits[3].presented.Audience.Host != "localhost" || visits[1].authorization == visits[3].authorization {
		t.Errorf("the target saw %s; the second token is for %+v", got, visits[len(visits)-1].presented)
	}
	if !slices.Equal(asked, []string{"LOCALHOST"}) {
		t.Errorf("asked whether %v are allowed, want LOCALHOST", asked)
	}
}

func TestTransportProbesOnceForACrowd(t *testing.T) {
	s, tr, url := newTarget(t)
	crowd(20, func(int) {
		if status, _, err := ask(t, t.Context(), tr, url); status != 200 || err != nil {
			t.Errorf("got %d, %v", status, err)
		}
	})
	if got := strings.Count(shape(s.visits()), "?"); got != 1 {
		t.Errorf("%d probes, want 1", got)
	}
}

func TestTransportAsksACS(t *testing.T) {
	s, tr, url := newTarget(t)
	acs, a := newAuthServer(t)
	tr.Tokens = a
	tr.ActAs = anna
	s.challenge = `Bearer client_id="` + ExchangeID + `", trusted_issuers="` + ACSID + `@*", Basic Realm=""`
	s.verifier.Issuers = []TrustedIssuer{{
		Name: ACSID + "@" + tenant, Applications: []string{ExchangeID + "@" + tenant},
		Certificates: []*x509.Certificate{{Raw: acs.known[0].Raw, PublicKey: testKeys[2]().Public(), NotAfter: time.Now().Add(time.Hour)}},
	}}
	for range 2 {
		if status, _, err := ask(t, t.Context(), tr, url); status != 200 || err != nil {
			t.Fatalf("got %d, %v", status, err)
		}
	}
	visits := s.visits()
	if got := shape(visits); got != "?tt" || acs.tokens.Load() != 1 {
		t.Fatalf("the target saw %s and the auth server %d requests", got, acs.tokens.Load())
	}
	if p := visits[1].presented; p.User.SMTP != anna || p.Issuer != ACSID+"@"+tenant {
		t.Errorf("presented %+v", p)
	}
}

func TestTransportDropsATokenThatIsRefused(t *testing.T) {
	s, tr, url := newTarget(t)
	acs, a := newAuthServer(t)
	tr.Tokens = a
	s.challenge = `Bearer client_id="` + ExchangeID + `", trusted_issuers="` + ACSID + `@*"`
	for range 3 {
		if status, _, err := ask(t, t.Context(), tr, url); status != 401 || err != nil {
			t.Fatalf("got %d, %v", status, err)
		}
	}
	if got := shape(s.visits()); got != "?T?TT?TT?T" || acs.tokens.Load() != 4 {
		t.Errorf("the target saw %s and the auth server %d requests, want one more for each refusal", got, acs.tokens.Load())
	}
}

// closing records whether a body was closed.
type closing struct {
	io.Reader
	closed atomic.Int32
}

func (c *closing) Close() error { c.closed.Add(1); return nil }

func TestTransportClosesTheBody(t *testing.T) {
	tests := map[string]struct {
		set  func(*target, *Transport)
		fail bool
	}{
		"when all is well":            {func(*target, *Transport) {}, false},
		"when the host is refused":    {func(_ *target, tr *Transport) { tr.Hosts = nil }, true},
		"when there is no user":       {func(_ *target, tr *Transport) { tr.ActAs = ActAsRequester }, true},
		"when there is no challenge":  {func(s *target, _ *Transport) { s.challenge = "Negotiate" }, true},
		"when the issuer is refused":  {func(s *target, _ *Transport) { s.challenge = "Bearer" }, true},
		"when the token is not taken": {func(s *target, _ *Transport) { s.verifier = &Verifier{} }, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, tr, url := newTarget(t)
			tt.set(s, tr)
			body := &closing{Reader: strings.NewReader("who is free?")}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := tr.RoundTrip(req)
			if err == nil {
				resp.Body.Close()
			}
			if (err != nil) != tt.fail || body.closed.Load() != 1 {
				t.Errorf("closed %d times, %v; want once, failure %v", body.closed.Load(), err, tt.fail)
			}
		})
	}
}

func TestTransportTellsWhereTheTokenCameFrom(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	defer otel.SetTracerProvider(otel.GetTracerProvider())
	otel.SetTracerProvider(provider)
	_, tr, url := newTarget(t)
	tr.ActAs = anna
	for range 2 {
		if _, _, err := ask(t, t.Context(), tr, url); err != nil {
			t.Fatal(err)
		}
	}
	ended := spans.Ended()
	if len(ended) != 2 {
		t.Fatalf("%d spans, want 2", len(ended))
	}
	for i, span := range ended {
		want := []attribute.KeyValue{
			attribute.String("availproxy.auth_server", "self"),
			attribute.Bool("availproxy.cache_hit", i == 1),
			attribute.String("availproxy.outcome", "ok"),
		}
		var claims string
		got := slices.DeleteFunc(slices.Clone(span.Attributes()), func(a attribute.KeyValue) bool {
			if a.Key == "availproxy.token.claims" {
				claims = a.Value.AsString()
			}
			return a.Key == "availproxy.token.claims"
		})
		if span.Name() != "oauth.token" || !slices.Equal(got, want) {
			t.Errorf("span %s has %v, want %v", span.Name(), got, want)
		}
		if !strings.Contains(claims, `"trustedfordelegation":"true"`) || strings.Contains(claims, anna) {
			t.Errorf("the claims of the token are told as %s", claims)
		}
	}
}
