package oauth

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	neturl "net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// resource is a host that Entra ID gives tokens for.
type resource struct {
	mu     sync.Mutex        // guards what follows
	refuse map[string]string // tokens that are not taken, with the challenge
	always string            // the same for all of them
	seen   []string          // tokens, as they came
	bodies []string
	status int // of what is not refused; 0 is 200
}

func (s *resource) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.seen, s.bodies = append(s.seen, token), append(s.bodies, string(body))
	challenge, refused := s.refuse[token]
	if s.always != "" {
		challenge, refused = s.always, true
	}
	if refused {
		w.Header().Set("WWW-Authenticate", challenge)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if s.status != 0 {
		w.Header().Set("Location", "https://elsewhere.example/")
		w.WriteHeader(s.status)
	}
	io.WriteString(w, "free")
}

// newResource is a host on loopback, and what sends it tokens from an Entra ID.
func newResource(t *testing.T) (*resource, *entraServer, *EntraTransport, string) {
	t.Helper()
	s := &resource{refuse: map[string]string{}}
	server := serveTLS(t, s)
	entra, tokens := newEntra(t)
	return s, entra, &EntraTransport{
		Base: server.Client().Transport, Tokens: tokens, Hosts: []string{"127.0.0.1"},
	}, server.URL
}

const invalidToken = `Bearer client_id="` + ExchangeID + `", error="invalid_token", Basic Realm=""`

func insufficient(claims string) string {
	return `Bearer realm="", authorization_uri="https://login.example/common/oauth2/authorize", error="insufficient_claims", claims="` + claims + `"`
}

func TestEntraTransportPresentsATokenForTheScope(t *testing.T) {
	for name, tt := range map[string]struct{ scope, want string }{
		"of the host":  {"", "/.default"},
		"of the cloud": {ewsScope, ewsScope},
	} {
		t.Run(name, func(t *testing.T) {
			s, entra, tr, url := newResource(t)
			tr.Scope = tt.scope
			for range 3 {
				if status, body, err := ask(t, t.Context(), tr, url+"/EWS/Exchange.asmx"); status != 200 || body != "free" || err != nil {
					t.Fatalf("got %d %q, %v", status, body, err)
				}
			}
			want := tt.want
			if tt.scope == "" {
				want = url + want
			}
			if got := entra.asked(); len(got) != 1 || got[0].Get("scope") != want {
				t.Errorf("Entra was asked %d times, want once for %s", len(got), want)
			}
			for i, token := range s.seen {
				if !strings.HasSuffix(token, want) || s.bodies[i] != "who is free?" {
					t.Errorf("request %d carries the token %q and %q", i, token, s.bodies[i])
				}
			}
			u, _ := neturl.Parse(url)
			if token, err := tr.Token(t.Context(), u); err != nil || token.Reveal() != s.seen[0] {
				t.Errorf("Token returns another one (%v)", err)
			}
		})
	}
}

func TestEntraTransportGetsOneFreshToken(t *testing.T) {
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}`
	tests := map[string]struct{ challenge, claims string }{
		"it was revoked":                   {invalidToken, ""},
		"nothing is said":                  {"", ""},
		"claims are asked for":             {insufficient(base64.StdEncoding.EncodeToString([]byte(claims))), claims},
		"claims in the alphabet of URLs":   {insufficient(base64.RawURLEncoding.EncodeToString([]byte(claims))), claims},
		"claims that are no JSON":          {insufficient("bm8="), ""},
		"claims that are a list":           {insufficient("W10="), ""},
		"claims with a name twice":         {insufficient(base64.StdEncoding.EncodeToString([]byte(`{"a":1,"a":2}`))), ""},
		"claims that are no base64":        {insufficient("{}"), ""},
		"claims without end":               {insufficient(strings.Repeat("A", maxClaims+4)), ""},
		"claims of another kind of error":  {strings.Replace(insufficient("e30="), "insufficient_claims", "invalid_token", 1), ""},
		"a challenge that cannot be read":  {`Bearer claims="`, ""},
		"a challenge of another mechanism": {`Negotiate`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, entra, tr, url := newResource(t)
			tr.Scope = ewsScope
			s.refuse["opaque.1."+ewsScope] = tt.challenge
			if status, body, err := ask(t, t.Context(), tr, url); status != 200 || body != "free" || err != nil {
				t.Fatalf("got %d %q, %v", status, body, err)
			}
			asked := entra.asked()
			if len(asked) != 2 || len(s.seen) != 2 || s.bodies[1] != s.bodies[0] {
				t.Fatalf("%d tokens and %d requests %q, want two of each", len(asked), len(s.seen), s.bodies)
			}
			if got := asked[1].Get("claims"); got != tt.claims || asked[0].Has("claims") {
				t.Errorf("the fresh token was asked for with claims %q, want %q", got, tt.claims)
			}
		})
	}
}

// TestEntraTransportGivesUpOnAHostThatTakesNoToken has every token refused: that
// must not become two token requests for every question.
func TestEntraTransportGivesUpOnAHostThatTakesNoToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &resource{always: invalidToken}
		entra, tokens := offlineEntra(t)
		entra.base = "https://login.test"
		tokens.Endpoint, tokens.Base = entra.base+entraPath, &memory{inner: entra}
		tr := &EntraTransport{Base: &memory{inner: s}, Tokens: tokens, Hosts: []string{"ews.test"}}
		question := func() {
			t.Helper()
			if status, _, err := ask(t, t.Context(), tr, "https://ews.test/"); status != 401 || err != nil {
				t.Errorf("got %d, %v, want the 401 itself", status, err)
			}
		}
		question()
		if len(s.seen) != 2 || len(entra.asked()) != 2 {
			t.Errorf("%d requests with %d tokens, want two", len(s.seen), len(entra.asked()))
		}
		for range 20 {
			question()
		}
		if len(s.seen) != 22 || len(entra.asked()) != 2 {
			t.Errorf("%d requests with %d tokens, want 22 with two", len(s.seen), len(entra.asked()))
		}
		time.Sleep(hopelessFor)
		question()
		if len(s.seen) != 24 || len(entra.asked()) != 3 {
			t.Errorf("%d requests with %d tokens, want 24 with three", len(s.seen), len(entra.asked()))
		}
	})
}

func TestEntraTransportSendsNothingElsewhere(t *testing.T) {
	tests := map[string]func(*http.Request, *EntraTransport){
		"another host":       func(r *http.Request, _ *EntraTransport) { r.URL.Host = "evil.example" },
		"a host below":       func(r *http.Request, _ *EntraTransport) { r.URL.Host = "127.0.0.1.evil.example" },
		"no TLS":             func(r *http.Request, _ *EntraTransport) { r.URL.Scheme = "http" },
		"another name in it": func(r *http.Request, _ *EntraTransport) { r.Host = "evil.example" },
		"nobody is allowed":  func(_ *http.Request, tr *EntraTransport) { tr.Hosts = nil },
		"somebody else is allowed": func(_ *http.Request, tr *EntraTransport) {
			tr.Hosts, tr.Allowed = nil, func(*neturl.URL) bool { return false }
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			s, entra, tr, url := newResource(t)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("who is free?"))
			if err != nil {
				t.Fatal(err)
			}
			change(req, tr)
			resp, err := tr.RoundTrip(req)
			te, ok := errors.AsType[*TokenError](err)
			if resp != nil || !ok || te.Kind != HostRefused || len(s.seen) != 0 || len(entra.asked()) != 0 {
				t.Errorf("got %v, %v after %d requests and %d tokens", resp, err, len(s.seen), len(entra.asked()))
			}
			if req.Host == req.URL.Host {
				if _, err := tr.Token(t.Context(), req.URL); err == nil {
					t.Error("Token gives one away")
				}
			}
		})
	}
}

func TestEntraTransportFollowsNothing(t *testing.T) {
	for _, status := range []int{301, 302, 307, 308, 403, 429, 500} {
		s, entra, tr, url := newResource(t)
		s.status = status
		if got, _, err := ask(t, t.Context(), tr, url); got != status || err != nil || len(s.seen) != 1 || len(entra.asked()) != 1 {
			t.Errorf("%d: got %d, %v after %d requests with %d tokens", status, got, err, len(s.seen), len(entra.asked()))
		}
	}
}

func TestEntraTransportWithoutATokenSendsNothing(t *testing.T) {
	s, entra, tr, url := newResource(t)
	entra.refuse = func(w http.ResponseWriter, _ neturl.Values) bool { w.WriteHeader(http.StatusBadRequest); return true }
	_, _, err := ask(t, t.Context(), tr, url)
	if te, ok := errors.AsType[*TokenError](err); !ok || te.Kind != AuthServerRefused || len(s.seen) != 0 {
		t.Errorf("got %v after %d requests", err, len(s.seen))
	}
}

// TestEntraTransportRepeatsNoBodyThatIsGone asks with a body that can be read
// once.
func TestEntraTransportRepeatsNoBodyThatIsGone(t *testing.T) {
	s, _, tr, url := newResource(t)
	s.always = invalidToken
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, io.NopCloser(strings.NewReader("once")))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || len(s.seen) != 1 {
		t.Fatalf("got %v, %v after %d requests", resp, err, len(s.seen))
	}
	resp.Body.Close()
}
