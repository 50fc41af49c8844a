package authn

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// silent is a gate as the server has it, whose log is for warnings.
func silent(b *testing.B) *Gate {
	b.Helper()
	known := &KnownConnections{}
	return &Gate{
		Authenticators: []Authenticator{Scheme{Name: "Count", Acceptor: &countdown{binds: true}, Known: known}, known},
		Allow:          Rules{{NTLM, "EX2010$", "CONTOSO"}},
		Next:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "in") }),
		Log:            slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// BenchmarkAnonymousLeg is what half of all requests of old servers are: a
// question without credentials, and the answer 401.
func BenchmarkAnonymousLeg(b *testing.B) {
	g := silent(b)
	b.ReportAllocs()
	for b.Loop() {
		r := request("POST", "127.0.0.1", false, "", "")
		g.ServeHTTP(httptest.NewRecorder(), r)
	}
}

// BenchmarkConnection is the same over HTTP on loopback, the connection kept, and
// beside it a request on a connection that has been authenticated.
func BenchmarkConnection(b *testing.B) {
	for name, first := range map[string]string{"anonymous leg": "", "authenticated": "Count YmVnaW4x"} {
		b.Run(name, func(b *testing.B) {
			var connections Connections
			server := httptest.NewUnstartedServer(silent(b))
			server.Config.ConnContext, server.Config.ConnState = connections.ConnContext, connections.ConnState
			server.Start()
			defer server.Close()
			ask := func(authorization string, want int) {
				r, err := http.NewRequestWithContext(b.Context(), "POST", server.URL, strings.NewReader("<x/>"))
				if err != nil {
					b.Fatal(err)
				}
				if authorization != "" {
					r.Header.Set("Authorization", authorization)
				}
				w, err := server.Client().Do(r)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, w.Body)
				w.Body.Close()
				if w.StatusCode != want {
					b.Fatalf("status %d, want %d", w.StatusCode, want)
				}
			}
			want := http.StatusUnauthorized
			if first != "" {
				want = http.StatusOK
				ask(first, want)
			}
			b.ReportAllocs()
			for b.Loop() {
				ask("", want)
			}
		})
	}
}

// BenchmarkPassword is a request whose sender logs on with Basic each time, as
// tools do.
func BenchmarkPassword(b *testing.B) {
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		b.Fatal(err)
	}
	users, err := NewBasicUsers(strings.NewReader("load:"+string(hash)), "availproxy")
	if err != nil {
		b.Fatal(err)
	}
	g := silent(b)
	g.Authenticators, g.Allow = []Authenticator{users}, Rules{{Basic, "load", ""}}
	g.Next = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	r := request("POST", "127.0.0.1", false, "", "")
	r.SetBasicAuth("load", "secret")
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		g.ServeHTTP(w, r)
	}
}
