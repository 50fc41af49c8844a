package ntlm

import (
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"availproxy/ews/authn"
	"availproxy/ews/authn/negotiate"
)

// door is a server that only lets two accounts in, and says who came. A caller
// has one connection to it.
func door(t *testing.T, a *Acceptor) (url string, connect func() *http.Client) {
	t.Helper()
	allow, err := authn.ParseRules([]string{`contoso\LoadTest`, `FABRIKAM\Zoë`})
	if err != nil {
		t.Fatal(err)
	}
	known := &authn.KnownConnections{}
	gate := &authn.Gate{
		Authenticators: []authn.Authenticator{
			authn.Scheme{Name: "Negotiate", Acceptor: negotiate.Acceptor{a}, Known: known}, authn.Scheme{Name: "NTLM", Acceptor: a, Known: known}, known,
		},
		Allow: allow,
		Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, _ := authn.FromContext(r.Context())
			fmt.Fprint(w, id)
		}),
		Forbidden: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }),
		Log:       slog.New(slog.DiscardHandler),
	}
	server := httptest.NewUnstartedServer(gate)
	connections := &authn.Connections{}
	server.Config.ConnContext, server.Config.ConnState = connections.ConnContext, connections.ConnState
	server.Start()
	t.Cleanup(server.Close)
	return server.URL, func() *http.Client {
		transport := &http.Transport{MaxConnsPerHost: 1}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
}

// say sends one request and returns the status, the challenges and the body.
func say(t *testing.T, client *http.Client, method, url, authorization string) (status int, challenges []string, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.StatusCode, w.Header.Values("WWW-Authenticate"), string(text)
}

// shape is one of the ways in which NTLM goes over HTTP.
type shape struct {
	scheme string
	wrap   func(token []byte, first bool) []byte
	unwrap func(t *testing.T, token []byte) []byte
}

var shapes = map[string]shape{
	"NTLM":                  {"NTLM", bare, bareToo},
	"Negotiate, as it is":   {"Negotiate", bare, bareToo},
	"Negotiate with SPNEGO": {"Negotiate", wrapped, unwrapped},
}

func bare(token []byte, _ bool) []byte          { return token }
func bareToo(_ *testing.T, token []byte) []byte { return token }
func in(n uint8) tag.Tag                        { return tag.Tag(n).Constructed().ContextSpecific() }
func octets(token []byte) func(*cryptobyte.Builder) {
	return func(b *cryptobyte.Builder) { b.AddASN1OctetString(token) }
}

// wrapped is a token in a NegTokenInit or a NegTokenResp (RFC 4178 4.2).
func wrapped(token []byte, first bool) []byte {
	var b cryptobyte.Builder
	if !first {
		b.AddASN1(in(1), func(b *cryptobyte.Builder) {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1(in(2), octets(token)) })
		})
		return b.BytesOrPanic()
	}
	b.AddASN1(tag.Tag(0x60), func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 2})
		b.AddASN1(in(0), func(b *cryptobyte.Builder) {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(in(0), func(b *cryptobyte.Builder) {
					b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 2, 10})
					})
				})
				b.AddASN1(in(2), octets(token))
			})
		})
	})
	return b.BytesOrPanic()
}

func unwrapped(t *testing.T, token []byte) []byte {
	t.Helper()
	input := cryptobyte.String(token)
	var choice, fields cryptobyte.String
	var inner []byte
	if !input.ReadASN1(&choice, in(1)) || !choice.ReadASN1(&fields, tag.SEQUENCE) || !fields.SkipOptionalASN1(in(0)) || !fields.SkipOptionalASN1(in(1)) ||
		!fields.ReadOptionalASN1OctetString(&inner, nil, in(2)) {
		t.Fatalf("no NegTokenResp: %x", token)
	}
	return inner
}

// logsOn goes through both legs and returns the status and body of the last.
func (s shape) logsOn(t *testing.T, client *http.Client, method, url string, who caller) (int, string) {
	t.Helper()
	token := func(header string) string { return s.scheme + " " + header }
	first := who.negotiate()
	status, challenges, _ := say(t, client, method, url, token(base64.StdEncoding.EncodeToString(s.wrap(first, true))))
	if status != http.StatusUnauthorized || len(challenges) != 1 || !strings.HasPrefix(challenges[0], s.scheme+" ") {
		t.Fatalf("the first leg got %d %q", status, challenges)
	}
	reply, err := base64.StdEncoding.DecodeString(challenges[0][len(s.scheme)+1:])
	if err != nil {
		t.Fatal(err)
	}
	last := who.authenticate(t, first, s.unwrap(t, reply))
	status, _, body := say(t, client, "POST", url, token(base64.StdEncoding.EncodeToString(s.wrap(last, false))))
	return status, body
}

func TestThreeShapesOnTheWire(t *testing.T) {
	for name, s := range shapes {
		for _, method := range []string{"GET", "POST"} { // .NET is free to use either for the first leg
			t.Run(name+" "+method, func(t *testing.T) {
				url, connect := door(t, accounts(t))
				client := connect()
				if _, challenges, _ := say(t, client, method, url, ""); fmt.Sprint(challenges) != "[Negotiate NTLM]" {
					t.Errorf("offered are %q", challenges)
				}
				if status, body := s.logsOn(t, client, method, url, honest(t)); status != http.StatusOK || body != `CONTOSO\loadtest` {
					t.Errorf("got %d %s", status, body)
				}
				if status, _, body := say(t, client, "POST", url, ""); status != http.StatusOK || body != `CONTOSO\loadtest` {
					t.Errorf("the next request on the connection: %d %s", status, body)
				}
			})
		}
	}
}

// TestAConnectionHasOneOwnerAtATime is about a connection that somebody else
// takes over, and about what the owner leaves behind.
func TestAConnectionHasOneOwnerAtATime(t *testing.T) {
	zoe, stranger, wrong := honest(t), honest(t), honest(t)
	zoe.domain, zoe.user = "FABRIKAM", "Zoë"
	stranger.domain, stranger.user = "CONTOSO", "nobody"
	wrong.hash[0]++
	raw := shapes["NTLM"]
	tests := map[string]struct {
		does func(t *testing.T, client *http.Client, url string)
		then string
	}{
		"another account logs on": {func(t *testing.T, c *http.Client, url string) { raw.logsOn(t, c, "POST", url, zoe) }, `200 FABRIKAM\Zoë`},
		"in another shape": {func(t *testing.T, c *http.Client, url string) {
			shapes["Negotiate with SPNEGO"].logsOn(t, c, "GET", url, zoe)
		}, `200 FABRIKAM\Zoë`},
		"another account tries to":       {func(t *testing.T, c *http.Client, url string) { raw.logsOn(t, c, "POST", url, stranger) }, "401 "},
		"the owner has a wrong password": {func(t *testing.T, c *http.Client, url string) { raw.logsOn(t, c, "POST", url, wrong) }, "401 "},
		"a handshake that only begins": {func(t *testing.T, c *http.Client, url string) {
			say(t, c, "POST", url, "NTLM "+base64.StdEncoding.EncodeToString(zoe.negotiate()))
		}, "401 "},
		"an answer without a challenge": {func(t *testing.T, c *http.Client, url string) {
			say(t, c, "POST", url, "NTLM "+base64.StdEncoding.EncodeToString(unhex(t, specifiedAnswer)))
		}, "401 "},
		"a challenge, which is our word": {func(t *testing.T, c *http.Client, url string) {
			say(t, c, "POST", url, "NTLM "+base64.StdEncoding.EncodeToString(unhex(t, specifiedChallenge)))
		}, "401 "},
		"more than a message can be long": {func(t *testing.T, c *http.Client, url string) {
			say(t, c, "POST", url, "NTLM "+strings.Repeat("TlRM", 32<<10))
		}, "401 "},
		"nothing of NTLM": {func(t *testing.T, c *http.Client, url string) { say(t, c, "POST", url, "Basic eDp5") }, `200 CONTOSO\loadtest`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			url, connect := door(t, accounts(t))
			client := connect()
			if status, body := raw.logsOn(t, client, "POST", url, honest(t)); status != http.StatusOK {
				t.Fatalf("got %d %s", status, body)
			}
			tt.does(t, client, url)
			if status, _, body := say(t, client, "POST", url, ""); fmt.Sprint(status, " ", body) != tt.then {
				t.Errorf("then the connection belongs to %d %s, want %s", status, body, tt.then)
			}
			if status, _, body := say(t, connect(), "POST", url, ""); status != http.StatusUnauthorized {
				t.Errorf("another connection gets %d %s", status, body)
			}
		})
	}
}
