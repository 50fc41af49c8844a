package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric/noop"
	"go.uber.org/goleak"

	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/server"
	"availproxy/cmd/internal/telemetry"
	"availproxy/integration/forest"
)

func TestMain(m *testing.M) {
	otel.SetMeterProvider(noop.NewMeterProvider()) // else the servers of all tests count for the first that sets one
	goleak.VerifyTestMain(m)
}

// patience bounds what a test waits for; nothing takes anywhere near as long.
const patience = 30 * time.Second

// newForest starts a forest that serves until the test ends.
func newForest(t *testing.T, o forest.Options) *forest.Forest {
	t.Helper()
	f, err := forest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// running is a Server in this process, with its configuration in files.
type running struct {
	*server.Server
	forest  *forest.Forest
	path    string // of the configuration
	url     string // ProxyUrl
	admin   string // URL of the admin listener, without path
	probes  string // the same of the probes, if there are any
	log     *buffer
	changed chan os.Signal

	end  context.CancelFunc
	done chan error // what Run has returned
}

// edit changes a configuration file before it is read.
type edit func(config string) string

func with(keys string) edit { return func(config string) string { return config + "\n" + keys + "\n" } }

// replace changes a text that must be there.
func replace(t *testing.T, old, new string) edit {
	return func(config string) string {
		t.Helper()
		if !strings.Contains(config, old) {
			t.Fatalf("there is no %q in\n%s", old, config)
		}
		return strings.ReplaceAll(config, old, new)
	}
}

// prepare writes everything that a server for one forest needs.
func prepare(t *testing.T, f *forest.Forest, edits ...edit) *running {
	t.Helper()
	return prepareAll(t, []*forest.Forest{f}, edits...)
}

// prepareAll does so for several, of which the first is r.forest.
func prepareAll(t *testing.T, forests []*forest.Forest, edits ...edit) *running {
	t.Helper()
	dir := t.TempDir()
	r := &running{forest: forests[0], path: filepath.Join(dir, "config.yaml"), log: &buffer{}, changed: make(chan os.Signal), done: make(chan error, 1)}
	material := forest.Material{Forests: forests, Proxy: "127.0.0.1:0", Admin: "127.0.0.1:0"}
	if _, err := material.Write(dir); err != nil {
		t.Fatal(err)
	}
	r.configure(t, edits...)
	return r
}

func (r *running) options() server.Options {
	return server.Options{
		Version: "test", Log: telemetry.NewLogger(r.log, slog.LevelInfo, false, nil), Path: r.path, Read: r.read, Changed: r.changed,
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "up 1\n") }),
	}
}

// run serves for one forest until the test ends.
func run(t *testing.T, f *forest.Forest, edits ...edit) *running {
	t.Helper()
	r := prepare(t, f, edits...)
	r.start(t, r.options())
	return r
}

// start serves with those options until the test ends.
func (r *running) start(t *testing.T, o server.Options) {
	t.Helper()
	c, err := r.read()
	if err != nil {
		t.Fatal(err)
	}
	listening := make(chan struct{})
	o.Listening = func() { close(listening) }
	if r.Server, err = server.New(c, o); err != nil {
		t.Fatal(err)
	}
	var ctx context.Context
	ctx, r.end = context.WithCancel(context.Background()) // t.Context() ends before the clean-up begins
	go func() { r.done <- r.Run(ctx) }()
	t.Cleanup(func() { r.stop(t) })
	select {
	case <-listening:
	case err := <-r.done:
		t.Fatal(err)
	}
	r.url, r.admin, r.probes = "https://localhost"+r.port("exchange")+forest.Path, "http://127.0.0.1"+r.port("admin"), "http://127.0.0.1"+r.port("probes")
}

func (r *running) read() (*config.Config, error) { return config.Read(r.path, os.Getenv) }

// configure writes the configuration anew, with edits on what is there.
func (r *running) configure(t *testing.T, edits ...edit) {
	t.Helper()
	text, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range edits {
		text = []byte(change(string(text)))
	}
	if err := os.WriteFile(r.path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// reload configures anew, and fails when that does.
func (r *running) reload(t *testing.T, edits ...edit) {
	t.Helper()
	r.configure(t, edits...)
	if _, err := r.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// stop ends the server in an orderly way, as often as it is called.
func (r *running) stop(t *testing.T) {
	t.Helper()
	r.end()
	select {
	case err := <-r.done:
		if err != nil {
			t.Errorf("Run returned %v", err)
		}
		r.done <- nil
	case <-time.After(patience):
		t.Fatal("the server does not end")
	}
}

// port is that of a listener, as the log tells it; "" when there is none.
func (r *running) port(listener string) string {
	for line := range strings.Lines(r.log.String()) {
		var l struct{ Msg, For, Address string }
		if json.Unmarshal([]byte(line), &l) == nil && l.Msg == "listening" && l.For == listener {
			return l.Address[strings.LastIndex(l.Address, ":"):]
		}
	}
	return ""
}

// caller is an old server of the organization that asks r.
func (r *running) caller(t *testing.T) *forest.Caller {
	o := r.forest.Organization
	c := &forest.Caller{URL: r.url, Generation: forest.Exchange2010, User: o.User, Password: o.Password, RootCAs: r.forest.RootCAs()}
	t.Cleanup(c.Close)
	return c
}

// question is about three days of those mailboxes.
func (r *running) question(mailboxes ...string) forest.Question {
	monday := r.forest.Truth.Week
	return forest.Question{Mailboxes: mailboxes, From: monday, To: monday.AddDate(0, 0, 3)}
}

// ask asks about alice and returns the code and the text of the answer, or the
// status or fault in place of one.
func (r *running) ask(t *testing.T, c *forest.Caller) (code, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	reply, err := c.Ask(ctx, r.question("alice@fabrikam.example"))
	var status *forest.HTTPError
	var fault *forest.FaultError
	switch {
	case errors.As(err, &status):
		return http.StatusText(status.Status), strings.Join(status.Challenges, ", ")
	case errors.As(err, &fault):
		return fault.Code, fault.Text
	case err != nil:
		t.Fatal(err)
	}
	m := reply.Mailboxes[0]
	return m.Code, m.Text + m.Merged
}

// client trusts the server and follows no redirects.
func (r *running) client(t *testing.T) *http.Client {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: r.forest.RootCAs()}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// get asks for a page and returns its answer with the body read.
func (r *running) get(t *testing.T, method, url string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(request)
	}
	response, err := r.client(t).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// buffer is a log that may be read while it is written.
type buffer struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

// Write implements [io.Writer].
func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String is what has been written.
func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
