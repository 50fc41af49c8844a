package kerberos_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"availproxy/ews/authn"
	"availproxy/ews/authn/kerberos"
	"availproxy/ews/authn/negotiate"
	"availproxy/integration/realm"
)

// door is a server that says who has come in.
type door struct {
	url string

	mu    sync.Mutex // guards what follows
	heard []string   // the Authorization headers
	log   bytes.Buffer
}

func (d *door) Write(line []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.Write(line)
}

func (d *door) said() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.String()
}

func (d *door) headers() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.heard
}

// open serves until the test ends. EX2010$ may come in, and nobody else.
func open(t *testing.T, secure bool, o kerberos.Options, keytabs ...string) *door {
	t.Helper()
	d := &door{}
	o.MaxSkew, o.Replays, o.Log = 5*time.Minute, kerberos.NewReplays(), slog.New(slog.NewTextHandler(d, nil))
	tickets, err := kerberos.New(joined(t, keytabs), o)
	if err != nil {
		t.Fatal(err)
	}
	allow, err := authn.ParseRules([]string{"EX2010$@CONTOSO.TEST"})
	if err != nil {
		t.Fatal(err)
	}
	gate := &authn.Gate{
		Authenticators: []authn.Authenticator{authn.Scheme{Name: "Negotiate", Acceptor: negotiate.Acceptor{tickets}}},
		Allow:          allow, Log: o.Log,
		Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, _ := authn.FromContext(r.Context())
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s sent %s", id, body)
		}),
		Forbidden: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not you", http.StatusForbidden) }),
	}
	d.url = listen(t, secure, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		d.heard = append(d.heard, r.Header.Get("Authorization"))
		d.mu.Unlock()
		gate.ServeHTTP(w, r)
	}))
	return d
}

// joined is one keytab out of several, as ktutil makes it.
func joined(t *testing.T, keytabs []string) io.Reader {
	t.Helper()
	all := []byte{5, 2}
	for _, path := range keytabs {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data[2:]...)
	}
	return bytes.NewReader(all)
}

func listen(t *testing.T, secure bool, handler http.Handler) (url string) {
	t.Helper()
	var connections authn.Connections
	server := httptest.NewUnstartedServer(handler)
	server.Config.ConnState = connections.ConnState
	server.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		ctx = connections.ConnContext(ctx, conn)
		authn.ConnectionFrom(ctx).Show(server.Certificate())
		return ctx
	}
	if secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	scheme, port, _ := strings.Cut(server.URL, "://127.0.0.1")
	return scheme + "://localhost" + port + "/"
}

// client runs a program and returns what it prints.
func client(t *testing.T, environment []string, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	c.Env = append(os.Environ(), environment...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", program, err, out)
	}
	return strings.TrimSpace(string(out))
}

// interpreter is the Python that has Debian's modules.
const interpreter = "/usr/bin/python3"

// python runs one of the clients of the integration tests.
func python(t *testing.T, environment []string, script string, args ...string) string {
	t.Helper()
	return client(t, environment, interpreter, append([]string{filepath.Join("..", "..", "..", "integration", "clients", script)}, args...)...)
}

func curl(t *testing.T, environment []string, url string) string {
	t.Helper()
	return client(t, environment, "curl", "-sS", "--negotiate", "-u", ":", "-d", "<x/>", "-w", " %{http_code}", url)
}

const in = "EX2010$@CONTOSO.TEST sent <x/>"

func TestClientsOfMIT(t *testing.T) {
	r := realm.Start(t, "CONTOSO.TEST")
	machine, service := r.Account(t, "EX2010$"), r.Account(t, "HTTP/localhost")
	for name, tt := range map[string]struct {
		ticket []string // with which the service has keys; none: all
		client string   // a setting of the client
	}{
		"AES256":                         {ticket: []string{"aes256-cts-hmac-sha1-96"}},
		"AES128":                         {ticket: []string{"aes128-cts-hmac-sha1-96"}},
		"RC4":                            {ticket: []string{"arcfour-hmac"}},
		"AES256, as for Windows of 2003": {client: "permitted_enctypes = arcfour-hmac"},
	} {
		t.Run(name, func(t *testing.T) {
			service = r.NewKeys(t, "HTTP/localhost", tt.ticket...)
			d := open(t, false, kerberos.Options{}, service)
			everyClient(t, d, r.LogOn(t, "EX2010$", machine, tt.client))
		})
	}
}

// everyClient has each of the clients log on and, but for curl, convince itself
// that it is talking to the right server.
func everyClient(t *testing.T, d *door, environment []string) {
	t.Run("curl", func(t *testing.T) {
		realm.Needs(t, "curl")
		d.lets(t, curl(t, environment, d.url), in+" 200")
	})
	t.Run("requests-kerberos", func(t *testing.T) {
		realm.NeedsModule(t, interpreter, "requests_kerberos")
		d.lets(t, python(t, environment, "kerberos_requests.py", d.url), "200 "+in)
	})
	for _, mechanism := range []string{"krb5", "spnego"} {
		t.Run("GSS-API with "+mechanism, func(t *testing.T) {
			realm.NeedsModule(t, interpreter, "gssapi")
			d.lets(t, python(t, environment, "kerberos_gssapi.py", d.url, "HTTP@localhost", mechanism, "none"), "200 complete "+in)
		})
	}
}

func (d *door) lets(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("the client says %q, want %q; the log:\n%s", got, want, d.said())
	}
}

func TestWhoIsNotOnTheListIsToldSo(t *testing.T) {
	realm.Needs(t, "curl")
	r := realm.Start(t, "CONTOSO.TEST")
	d := open(t, false, kerberos.Options{}, r.Account(t, "HTTP/localhost"))
	d.lets(t, curl(t, r.LogOn(t, "alice", r.Account(t, "alice")), d.url), "not you\n 403")
	if log := d.said(); !strings.Contains(log, "principal=alice@CONTOSO.TEST") || !strings.Contains(log, "clients.allow[0] EX2010$@CONTOSO.TEST: another name") {
		t.Errorf("the log says\n%s\nwant the principal and the rule that it missed", log)
	}
}

// TestANewPasswordOfTheService has a caller with a ticket of the days before.
func TestANewPasswordOfTheService(t *testing.T) {
	realm.Needs(t, "curl")
	r := realm.Start(t, "CONTOSO.TEST")
	machine := r.Account(t, "EX2010$")
	before := r.Account(t, "HTTP/localhost")
	old := r.LogOn(t, "EX2010$", machine)
	d := open(t, false, kerberos.Options{}, before)
	d.lets(t, curl(t, old, d.url), in+" 200")

	after := r.NewKeys(t, "HTTP/localhost")
	fresh := r.LogOn(t, "EX2010$", machine)
	both := open(t, false, kerberos.Options{}, before, after)
	both.lets(t, curl(t, old, both.url), in+" 200")
	both.lets(t, curl(t, fresh, both.url), in+" 200")

	alone := open(t, false, kerberos.Options{}, after)
	alone.lets(t, curl(t, fresh, alone.url), in+" 200")
	alone.lets(t, curl(t, old, alone.url), "401")
	if log := alone.said(); !strings.Contains(log, "reason=no_key_for_ticket") || !strings.Contains(log, "key version 3") {
		t.Errorf("the log says\n%s\nwant no_key_for_ticket and what keys there are", log)
	}
}

func TestChannelBindingsOfMIT(t *testing.T) {
	realm.NeedsModule(t, interpreter, "gssapi")
	r := realm.Start(t, "CONTOSO.TEST")
	service := r.Account(t, "HTTP/localhost")
	environment := r.LogOn(t, "EX2010$", r.Account(t, "EX2010$"))
	const fine, refused = "200 complete " + in, "401 incomplete Negotiate"
	for _, tt := range []struct {
		policy       kerberos.Binding
		secure       bool
		binding      string
		want, reason string
	}{
		{kerberos.BindingWhenPresent, true, "own", fine, ""},
		{kerberos.BindingWhenPresent, true, "none", fine, ""},
		{kerberos.BindingWhenPresent, true, "another connection", refused, "channel_binding"},
		{kerberos.BindingWhenPresent, false, "another connection", refused, "channel_binding"},
		{kerberos.BindingRequired, true, "own", fine, ""},
		{kerberos.BindingRequired, true, "none", refused, "channel_binding"},
		{kerberos.BindingIgnored, true, "another connection", fine, ""},
	} {
		d := open(t, tt.secure, kerberos.Options{Binding: tt.policy}, service)
		d.lets(t, python(t, environment, "kerberos_gssapi.py", d.url, "HTTP@localhost", "spnego", tt.binding), tt.want)
		if log := d.said(); (log == "") != (tt.reason == "") || !strings.Contains(log, tt.reason) {
			t.Errorf("%+v: the log says\n%s", tt, d.said())
		}
	}
}

// TestALogonThatWasOverheard sends the header of curl once more.
func TestALogonThatWasOverheard(t *testing.T) {
	realm.Needs(t, "curl")
	r := realm.Start(t, "CONTOSO.TEST")
	d := open(t, false, kerberos.Options{}, r.Account(t, "HTTP/localhost"))
	d.lets(t, curl(t, r.LogOn(t, "EX2010$", r.Account(t, "EX2010$")), d.url), in+" 200")
	heard := d.headers()
	request, err := http.NewRequestWithContext(t.Context(), "POST", d.url, strings.NewReader("<x/>"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", heard[len(heard)-1])
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if challenge := answer.Header.Get("WWW-Authenticate"); answer.StatusCode != 401 || challenge != "Negotiate" {
		t.Errorf("got %d %q, want a fresh refusal", answer.StatusCode, challenge)
	}
	if log := d.said(); !strings.Contains(log, "reason=replay") || strings.Contains(log, heard[len(heard)-1][len("Negotiate "):][:40]) {
		t.Errorf("the log says\n%s\nwant the reason and no token", log)
	}
}

func TestTheClockOfARealKDC(t *testing.T) {
	r := realm.Start(t, "CONTOSO.TEST")
	theirs, err := kerberos.ServerTime(t.Context(), r.KDC, r.Name)
	if apart := time.Since(theirs).Abs(); err != nil || apart > time.Minute {
		t.Errorf("got %v, %v, want our own time", theirs, err)
	}
}
