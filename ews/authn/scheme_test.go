package authn

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
)

// countdown is a mechanism whose handshake takes several legs: the caller
// counts down from the number it begins with, "begin3", "2", "1".
type countdown struct {
	binds bool
	down  bool         // nothing can be checked at present
	open  atomic.Int64 // handshakes that have not been closed
}

func (c *countdown) Begins(token []byte) bool { return strings.HasPrefix(string(token), "begin") }
func (c *countdown) Ready() bool              { return !c.down }
func (c *countdown) Begin(*Connection) Handshake {
	c.open.Add(1)
	return &counting{of: c}
}

type counting struct {
	of     *countdown
	left   int
	closed bool
}

func (h *counting) Step(_ context.Context, token []byte) (Leg, error) {
	if h.closed {
		return Leg{}, fmt.Errorf("a step after the end")
	}
	var said int
	if n, err := fmt.Sscanf(strings.TrimPrefix(string(token), "begin"), "%d", &said); n != 1 || err != nil {
		return Leg{}, Refuse(NTLM, Malformed, "%q is no number", token)
	}
	if h.left != 0 && said != h.left-1 {
		return Leg{}, Refuse(NTLM, BadPassword, "%d after %d", said, h.left)
	}
	if h.left = said; said > 1 {
		return Leg{Reply: token}, nil
	}
	return Leg{Identity: &Identity{Mechanism: NTLM, Name: "EX2010$", Realm: "CONTOSO"}, Binds: h.of.binds}, nil
}

func (h *counting) Close() {
	if !h.closed {
		h.of.open.Add(-1)
	}
	h.closed = true
}

// caller has one connection to a server with a Gate.
type caller struct {
	t    *testing.T
	url  string
	http *http.Client
}

func counts(t *testing.T, mechanism *countdown) *caller {
	t.Helper()
	g := gate(t, io.Discard)
	known := &KnownConnections{}
	g.Authenticators = append([]Authenticator{Scheme{Name: "Count", Acceptor: mechanism, Known: known}, known}, g.Authenticators...)
	g.Allow = append(g.Allow, Rule{NTLM, "EX2010$", "CONTOSO"})
	var connections Connections
	server := httptest.NewUnstartedServer(g)
	server.Config.ConnContext = connections.ConnContext
	server.Config.ConnState = connections.ConnState
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if n := mechanism.open.Load(); n != 0 {
			t.Errorf("%d handshakes were never closed", n)
		}
	})
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	t.Cleanup(client.CloseIdleConnections)
	return &caller{t, server.URL, client}
}

// says sends a request with an Authorization header, "" is none, and returns
// the status, the challenge and the body.
func (c *caller) says(authorization string) string {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), "POST", c.url, strings.NewReader("<x/>"))
	if err != nil {
		c.t.Fatal(err)
	}
	if scheme, token, ok := strings.Cut(authorization, " "); ok {
		r.Header.Set("Authorization", scheme+" "+base64.StdEncoding.EncodeToString([]byte(token)))
	}
	w, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return fmt.Sprintf("%d %q %s", w.StatusCode, w.Header.Values("WWW-Authenticate"), body)
}

const (
	refused = `401 ["Count" "Basic realm=\"fb.contoso.example\""] `
	leg3    = `401 ["Count YmVnaW4z"] `
	leg2    = `401 ["Count Mg=="] `
	let     = `200 [] CONTOSO\EX2010$`
)

func TestAHandshakeBelongsToItsConnection(t *testing.T) {
	type exchange struct{ says, hears string }
	tests := map[string]struct {
		binds bool
		turns []exchange
	}{
		"three legs":                     {false, []exchange{{"Count begin3", leg3}, {"Count 2", leg2}, {"Count 1", let}}},
		"the scheme in another case":     {false, []exchange{{"COUNT begin1", let}}},
		"for one request":                {false, []exchange{{"Count begin1", let}, {"", refused}}},
		"for the connection":             {true, []exchange{{"Count begin1", let}, {"", let}, {"", let}}},
		"until the next one begins":      {true, []exchange{{"Count begin1", let}, {"Count begin3", leg3}, {"", refused}}},
		"until something fails":          {true, []exchange{{"Count begin1", let}, {"Count nothing", refused}, {"", refused}}},
		"not for another scheme":         {true, []exchange{{"Count begin1", let}, {"Other x", refused}}},
		"a later token first":            {true, []exchange{{"Count 2", refused}}},
		"a later token after the end":    {true, []exchange{{"Count begin1", let}, {"Count 1", refused}}},
		"a wrong token ends it":          {true, []exchange{{"Count begin3", leg3}, {"Count 1", refused}, {"Count 2", refused}}},
		"from the start again":           {true, []exchange{{"Count begin3", leg3}, {"Count begin3", leg3}, {"Count 2", leg2}, {"Count 1", let}}},
		"hanging up in the middle of it": {true, []exchange{{"Count begin3", leg3}}},
		"a question between two legs":    {true, []exchange{{"Count begin3", leg3}, {"", refused}, {"Count 2", leg2}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := counts(t, &countdown{binds: tt.binds})
			for i, turn := range tt.turns {
				if got := c.says(turn.says); got != turn.hears {
					t.Errorf("turn %d, %q: got %s, want %s", i, turn.says, got, turn.hears)
				}
			}
		})
	}
}

func TestAnotherConnectionStartsFromNothing(t *testing.T) {
	mechanism := &countdown{binds: true}
	c := counts(t, mechanism)
	if got := c.says("Count begin1"); got != let {
		t.Fatalf("got %s", got)
	}
	other := &caller{t, c.url, &http.Client{Transport: &http.Transport{}}}
	defer other.http.CloseIdleConnections()
	if got := other.says(""); got != refused {
		t.Errorf("another connection got %s, want %s", got, refused)
	}
	if got := other.says("Count 2"); got != refused {
		t.Errorf("a handshake went on on another connection: %s", got)
	}
}

func TestAMechanismThatIsDownIsNotOffered(t *testing.T) {
	c := counts(t, &countdown{down: true})
	if got, want := c.says(""), `401 ["Basic realm=\"fb.contoso.example\""] `; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestATokenThatBeginsNothing tells a handshake on several connections, which is
// the matter of something in between, from a token that is none.
func TestATokenThatBeginsNothing(t *testing.T) {
	tests := map[string]struct {
		token string
		want  Reason
	}{
		"a later leg of NTLM":           {"NTLMSSP\x00\x03\x00\x00\x00", NoHandshake},
		"a later leg of SPNEGO":         {"\xa1\x03\x30\x01\x00", NoHandshake},
		"a first leg that was cut off":  {"\x60\x82\x05\xa0\x06\x06\x2b\x06\x01", Malformed},
		"a first leg without its end":   {"NTLMSSP\x00\x01\x00", Malformed},
		"a challenge, which is our own": {"NTLMSSP\x00\x02\x00\x00\x00", Malformed},
		"nothing that is known":         {"hello", Malformed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := tracked(request("POST", "127.0.0.1", false, "", ""))
			r.Header.Set("Authorization", "Count "+base64.StdEncoding.EncodeToString([]byte(tt.token)))
			_, err := (Scheme{Name: "Count", Acceptor: &countdown{}}).Authenticate(r)
			if got := asRefusal(err).Reason; got != tt.want {
				t.Errorf("got %s (%v), want %s", got, err, tt.want)
			}
		})
	}
}

func TestASchemeThatNeedsAConnectionIsOfferedOnOne(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	for name, tt := range map[string]struct {
		own  bool
		r    *http.Request
		want string
	}{
		"the caller's own":             {true, tracked(request("POST", "127.0.0.1", false, "", "")), "Count"},
		"that of a proxy":              {true, behind(proxies, tracked(request("POST", "127.0.0.1", false, "", ""))), ""},
		"that of a proxy, for one leg": {false, behind(proxies, tracked(request("POST", "127.0.0.1", false, "", ""))), "Count"},
	} {
		if got := (Scheme{Name: "Count", Acceptor: &countdown{}, OwnConnection: tt.own}).Challenge(tt.r); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestAHandshakeOfSeveralLegsNeedsAConnection(t *testing.T) {
	for name, prepare := range map[string]func(*http.Request) *http.Request{
		"that is kept track of": func(r *http.Request) *http.Request { return r },
		"of its own": func(r *http.Request) *http.Request {
			r.ProtoMajor = 2
			return tracked(r)
		},
		"that no proxy shares": func(r *http.Request) *http.Request {
			return behind([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, tracked(r))
		},
	} {
		mechanism := &countdown{binds: true}
		r := prepare(request("POST", "127.0.0.1", false, "", ""))
		r.Header.Set("Authorization", "Count "+base64.StdEncoding.EncodeToString([]byte("begin3")))
		if outcome, err := (Scheme{Name: "Count", Acceptor: mechanism, Known: nil}).Authenticate(r); err == nil {
			t.Errorf("%s: got %+v, want a refusal", name, outcome)
		}
		if mechanism.open.Load() != 0 {
			t.Errorf("%s: the handshake was not closed", name)
		}
	}
}

func tracked(r *http.Request) *http.Request {
	conn, _ := net.Pipe()
	return r.WithContext(new(Connections).ConnContext(r.Context(), conn))
}

// TestAProxySharesNoLogon is about a proxy that uses its connections to us for
// one client after the other.
func TestAProxySharesNoLogon(t *testing.T) {
	r := tracked(request("POST", "127.0.0.1", false, "", ""))
	known := &KnownConnections{}
	ConnectionFrom(r.Context()).give(&Identity{Mechanism: NTLM, Name: "EX2010$", Realm: "CONTOSO"}, known)
	if outcome, err := known.Authenticate(r); err != nil || outcome.Identity == nil {
		t.Errorf("without a proxy: got %+v, %v", outcome, err)
	}
	r = behind([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, r)
	if outcome, err := known.Authenticate(r); err != nil || outcome.Identity != nil {
		t.Errorf("through a proxy: got %+v, %v, want nobody", outcome, err)
	}
}

// TestALogonIsWorthNothingToTheNextConfiguration is about an account that it may
// know nothing of.
func TestALogonIsWorthNothingToTheNextConfiguration(t *testing.T) {
	r := tracked(request("POST", "127.0.0.1", false, "", ""))
	before, after := &KnownConnections{}, &KnownConnections{}
	ConnectionFrom(r.Context()).give(&Identity{Mechanism: NTLM, Name: "EX2010$", Realm: "CONTOSO"}, before)
	for name, tt := range map[string]struct {
		known *KnownConnections
		want  bool
	}{"the same": {before, true}, "the next": {after, false}} {
		if outcome, err := tt.known.Authenticate(r); err != nil || (outcome.Identity != nil) != tt.want {
			t.Errorf("%s: got %+v, %v", name, outcome, err)
		}
	}
}

func TestTokensHaveASize(t *testing.T) {
	for name, tt := range map[string]struct {
		credentials string
		ok          bool
	}{
		"none":          {"", false},
		"the smallest":  {"YQ==", true},
		"no base64":     {"YQ=", false},
		"two schemes":   {"YQ==, Basic eDp5", false},
		"64 KiB":        {base64.StdEncoding.EncodeToString(make([]byte, maxToken)), true},
		"more":          {base64.StdEncoding.EncodeToString(make([]byte, maxToken+3)), false},
		"a whole MiB":   {strings.Repeat("A", 1<<20), false},
		"in two pieces": {"YWFh YWFh", false},
	} {
		if _, err := decodeToken(tt.credentials); (err == nil) != tt.ok {
			t.Errorf("%s: %v, want it taken: %t", name, err, tt.ok)
		}
	}
}

// The example of Microsoft's Open Specifications team for extended protection.
func TestChannelBindings(t *testing.T) {
	certificate, err := hex.DecodeString("ea05fefecc6b0bd571dbbc5baa3ed45386d0446835f7b74c85621b9983475f95")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%x", bindingsHash(append([]byte("tls-server-end-point:"), certificate...))), "6586e99d81c2fc984e47172fd4dd0310"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
