package authn

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

const canary = "Tr0ub4dor-canary"

func users(t *testing.T, names ...string) *BasicUsers {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(canary), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	var file strings.Builder
	for _, name := range names {
		fmt.Fprintf(&file, "# a comment\n\n%s:%s\n", name, hash)
	}
	b, err := NewBasicUsers(strings.NewReader(file.String()), "fb.contoso.example")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// gate lets basic:server through to a handler that says who came.
func gate(t *testing.T, log io.Writer) *Gate {
	t.Helper()
	allow, err := ParseRules([]string{"basic:server"})
	if err != nil {
		t.Fatal(err)
	}
	return &Gate{
		Authenticators: []Authenticator{users(t, "server", "stranger")},
		Allow:          allow,
		Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, _ := FromContext(r.Context())
			fmt.Fprint(w, id)
		}),
		Forbidden: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "fault", http.StatusForbidden) }),
		Log:       slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func TestGate(t *testing.T) {
	loopback := netip.MustParsePrefix("127.0.0.1/32")
	tests := map[string]struct {
		method         string
		from           string
		tls            bool
		user, password string
		change         func(*Gate)
		status         int
		challenge      string
		body           string
	}{
		"nobody yet":                    {from: "127.0.0.1", status: 401, challenge: `Basic realm="fb.contoso.example"`},
		"the right password":            {from: "127.0.0.1", user: "server", password: canary, status: 200, body: "basic:server"},
		"a wrong password":              {from: "127.0.0.1", user: "server", password: "x", status: 401, challenge: `Basic realm="fb.contoso.example"`},
		"an unknown user":               {from: "127.0.0.1", user: "nobody", password: canary, status: 401, challenge: `Basic realm="fb.contoso.example"`},
		"known but not allowed":         {from: "127.0.0.1", user: "stranger", password: canary, status: 403, body: "fault\n"},
		"no Basic without TLS":          {from: "192.0.2.1", user: "server", password: canary, status: 401},
		"Basic over TLS":                {from: "192.0.2.1", tls: true, user: "server", password: canary, status: 200, body: "basic:server"},
		"a network that may not come":   {from: "192.0.2.1", tls: true, user: "server", password: canary, status: 403, body: "\n", change: func(g *Gate) { g.Networks = []netip.Prefix{loopback} }},
		"a network that may come":       {from: "127.0.0.1", user: "server", password: canary, status: 200, body: "basic:server", change: func(g *Gate) { g.Networks = []netip.Prefix{loopback} }},
		"IPv4 in IPv6":                  {from: "::ffff:127.0.0.1", user: "server", password: canary, status: 200, body: "basic:server", change: func(g *Gate) { g.Networks = []netip.Prefix{loopback} }},
		"an anonymous network":          {from: "127.0.0.1", status: 200, body: "anonymous from 127.0.0.1", change: anonymously(loopback)},
		"credentials from there count":  {from: "127.0.0.1", user: "server", password: "x", status: 401, challenge: `Basic realm="fb.contoso.example"`, change: anonymously(loopback)},
		"another network is challenged": {from: "192.0.2.1", tls: true, status: 401, challenge: `Basic realm="fb.contoso.example"`, change: anonymously(loopback)},
		"a handshake goes on alone":     {from: "127.0.0.1", status: 401, challenge: "Negotiate leg2", change: first(step{Outcome{Answer: "Negotiate leg2"}})},
		"a handshake ends with a proof": {from: "127.0.0.1", status: 200, challenge: "Negotiate done", body: "EX2010$@CONTOSO.COM", change: func(g *Gate) {
			first(step{Outcome{Identity: &Identity{Mechanism: Kerberos, Name: "EX2010$", Realm: "CONTOSO.COM"}, Answer: "Negotiate done"}})(g)
			g.Allow = Rules{{Kerberos, "EX2010$", "CONTOSO.COM"}}
		}},
		"a proof of ours goes with a refusal": {from: "127.0.0.1", status: 403, challenge: "Negotiate done", body: "fault\n", change: first(
			step{Outcome{Identity: &Identity{Mechanism: Kerberos, Name: "ALICE", Realm: "CONTOSO.COM"}, Answer: "Negotiate done"}})},
		"every challenge is offered": {from: "127.0.0.1", status: 401, challenge: `Negotiate, Basic realm="fb.contoso.example"`, change: first(step{})},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			g := gate(t, &log)
			if tt.change != nil {
				tt.change(g)
			}
			w := httptest.NewRecorder()
			g.ServeHTTP(w, request("POST", tt.from, tt.tls, tt.user, tt.password))
			challenge := strings.Join(w.Result().Header.Values("WWW-Authenticate"), ", ")
			if w.Code != tt.status || challenge != tt.challenge || w.Body.String() != tt.body {
				t.Errorf("got %d, challenge %q, body %q; want %d, %q, %q", w.Code, challenge, w.Body, tt.status, tt.challenge, tt.body)
			}
			if strings.Contains(log.String(), canary) {
				t.Errorf("the log holds the password: %s", log.String())
			}
		})
	}
}

func anonymously(networks ...netip.Prefix) func(*Gate) {
	return func(g *Gate) { g.Authenticators = append(g.Authenticators, AnonymousNetworks(networks)) }
}

func first(a Authenticator) func(*Gate) {
	return func(g *Gate) { g.Authenticators = append([]Authenticator{a}, g.Authenticators...) }
}

// step is a mechanism that always comes to the same Outcome.
type step struct{ outcome Outcome }

func (s step) Authenticate(*http.Request) (Outcome, error) { return s.outcome, nil }
func (s step) Challenge(*http.Request) string              { return "Negotiate" }

func request(method, from string, secure bool, user, password string) *http.Request {
	target := "http://fb.contoso.example/EWS/Exchange.asmx"
	if secure {
		target = "https" + target[len("http"):]
	}
	r := httptest.NewRequest(method, target, strings.NewReader("<x/>"))
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(from), 4711).String()
	r.Header.Set("X-Forwarded-For", "127.0.0.1") // must not matter
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	return r
}

func TestThePageSaysWhoYouAre(t *testing.T) {
	tests := map[string]struct {
		user string
		want []string
	}{
		"who may ask":     {"server", []string{"<strong>basic:server</strong>", "<strong>basic</strong>", "<strong>may</strong>"}},
		"who may not ask": {"stranger", []string{"<strong>basic:stranger</strong>", "<strong>not</strong>", "clients.allow"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			gate(t, io.Discard).ServeHTTP(w, request("GET", "127.0.0.1", false, tt.user, canary))
			if w.Code != http.StatusOK {
				t.Errorf("got status %d, want 200", w.Code)
			}
			for _, want := range tt.want {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("the page lacks %q:\n%s", want, w.Body)
				}
			}
		})
	}
}

// TestARefusalKeepsTheConnection is about callers like .NET, which send
// Expect: 100-continue and pay for a new connection when net/http closes theirs.
func TestARefusalKeepsTheConnection(t *testing.T) {
	server := httptest.NewServer(gate(t, io.Discard))
	defer server.Close()
	for range 3 {
		r, err := http.NewRequest("POST", server.URL, strings.NewReader(strings.Repeat("x", 10_000)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Expect", "100-continue")
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 401 || answer.Close {
			t.Errorf("got status %d, Connection: close %t; want 401 and the connection kept", answer.StatusCode, answer.Close)
		}
	}
}

func TestAVerifiedPasswordIsNotHashedAgain(t *testing.T) {
	b := users(t, "server")
	r := request("POST", "127.0.0.1", false, "server", canary)
	if _, err := b.Authenticate(r); err != nil {
		t.Fatal(err)
	}
	b.users["server"].hash = []byte("no hash any more")
	if _, err := b.Authenticate(r); err != nil {
		t.Errorf("the second time: %v, want it remembered", err)
	}
	if _, err := b.Authenticate(request("POST", "127.0.0.1", false, "server", canary+"x")); err == nil {
		t.Error("another password was taken for the one remembered")
	}
	if _, err := b.Authenticate(request("POST", "127.0.0.1", false, "serverT", canary[1:])); err == nil {
		t.Error("another cut between name and password was taken for the one remembered")
	}
}

func TestBadUsersFilesNameTheirLines(t *testing.T) {
	_, err := NewBasicUsers(strings.NewReader("ok:$2y$05$abcdefghijklmnopqrstuuE9ZrYq0b5Y7WyxZb5lHQ7O9n9u3ZQ8a\nmd5:$apr1$x$y\nplain\n"), "x")
	for _, want := range []string{"line 2", "line 3", "bcrypt"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error that names %s", err, want)
		}
	}
}
