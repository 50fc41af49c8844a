package integration

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"availproxy/integration/forest"
)

func TestMain(m *testing.M) {
	var dir string
	program = sync.OnceValues(func() (string, error) {
		var err error
		if dir, err = os.MkdirTemp("", "availproxy-test-"); err != nil {
			return "", err
		}
		path := filepath.Join(dir, "availproxy.exe") // Windows wants the ending, nobody else minds
		build := exec.Command("go", "build", "-o", path, "availproxy/cmd/availproxy")
		build.Stderr = os.Stderr
		return path, build.Run()
	})
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		os.RemoveAll(dir)
		os.Exit(status)
	}))
}

// program builds the command, once and only for the tests that run it.
var program func() (path string, err error)

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

// twoForests are fabrikam.example and wingtip.example, which trust one ACS.
func twoForests(t *testing.T) (fabrikam, wingtip *forest.Forest) {
	t.Helper()
	return twoForestsAround(t, time.Now())
}

// twoForestsAround have the fullest calendars in the week of that day.
func twoForestsAround(t *testing.T, day time.Time) (fabrikam, wingtip *forest.Forest) {
	t.Helper()
	o := forest.Options{Seed: 1}
	o.Week = day
	fabrikam = newForest(t, o)
	o.Seed, o.Domain, o.SharesACSWith = 2, "wingtip.example", fabrikam
	return fabrikam, newForest(t, o)
}

// proxy is `availproxy serve`, a process of its own.
type proxy struct {
	url, admin string // ProxyUrl, and the URL of the admin listener without path
	dir        string // of its configuration
	log        *journal
	traces     *bytes.Buffer // what went to standard output; to be read once stopped

	forests []*forest.Forest
	process *exec.Cmd
	stopped bool
}

// edit changes a configuration file before it is read.
type edit func(config string) string

// with adds top-level keys.
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

// serve runs a proxy in front of forests until the test ends, and sees to it
// that it ends well and that its log gives nothing away.
func serve(t *testing.T, forests []*forest.Forest, edits ...edit) *proxy {
	t.Helper()
	return serveWith(t, []string{"OTEL_TRACES_EXPORTER=console"}, forests, edits...)
}

// serveWith does so with variables in the environment besides those of the test.
func serveWith(t *testing.T, variables []string, forests []*forest.Forest, edits ...edit) *proxy {
	t.Helper()
	p := &proxy{dir: t.TempDir(), forests: forests, log: &journal{}, traces: &bytes.Buffer{}}
	material := forest.Material{Forests: forests, Proxy: "127.0.0.1:0", Admin: "127.0.0.1:0"}
	if _, err := material.Write(p.dir); err != nil {
		t.Fatal(err)
	}
	p.configure(t, edits...)
	p.run(t, variables)
	return p
}

// run starts the process that the directory of p is for.
func (p *proxy) run(t *testing.T, variables []string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // outlives t.Context(), which ends before cleanup
	p.process = exec.CommandContext(ctx, path, "serve", "--config", filepath.Join(p.dir, "config.yaml"), "--lame-duck", "0s")
	p.process.Env = append(os.Environ(), variables...)
	p.process.Stdout, p.process.Stderr = p.traces, p.log
	if err := p.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer cancel()
		pages := p.pages(t)
		p.stop(t)
		p.keepsSecrets(t, pages)
	})
	p.url = "https://localhost" + port(p.listening(t, "exchange")) + forest.Path
	p.admin = "http://127.0.0.1" + port(p.listening(t, "admin"))
}

// configure writes the configuration anew, with edits on what is there.
func (p *proxy) configure(t *testing.T, edits ...edit) {
	t.Helper()
	path := filepath.Join(p.dir, "config.yaml")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(config)
	for _, change := range edits {
		text = change(text)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// listening waits until a listener is open and returns its address.
func (p *proxy) listening(t *testing.T, listener string) string {
	t.Helper()
	return p.log.await(t, func(l line) bool { return l.text("msg") == "listening" && l.text("for") == listener }).text("address")
}

func port(address string) string { return address[strings.LastIndex(address, ":"):] }

// stop ends the process as an administrator does.
func (p *proxy) stop(t *testing.T) {
	t.Helper()
	if p.stopped {
		return
	}
	p.stopped = true
	if p.process.Process.Signal(os.Interrupt) != nil { // Windows has none
		p.process.Process.Kill()
		p.process.Wait()
		return
	}
	if err := p.process.Wait(); err != nil {
		t.Errorf("the proxy did not end well: %v\n%s", err, p.log)
	}
}

// caller is an old server of the organization that asks p.
func (p *proxy) caller(t *testing.T, g forest.Generation) *forest.Caller {
	o := p.forests[0].Organization
	c := &forest.Caller{URL: p.url, Generation: g, User: o.User, Password: o.Password, RootCAs: p.forests[0].RootCAs()}
	t.Cleanup(c.Close)
	return c
}

// ask asks p as an Exchange 2010 does for a few days of the week that holds
// the most.
func (p *proxy) ask(t *testing.T, mailboxes ...string) *forest.Reply {
	t.Helper()
	return ask(t, p.caller(t, forest.Exchange2010), p.question(mailboxes...))
}

func (p *proxy) question(mailboxes ...string) forest.Question {
	monday := p.forests[0].Truth.Week
	return forest.Question{Mailboxes: mailboxes, From: monday, To: monday.AddDate(0, 0, 3)}
}

func ask(t *testing.T, c *forest.Caller, q forest.Question) *forest.Reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	reply, err := c.Ask(ctx, q)
	if err != nil {
		t.Fatalf("Exchange %s got no answer: %v", cmp.Or(c.Generation, forest.Exchange2010), err)
	}
	return reply
}

// client trusts p and follows no redirects.
func (p *proxy) client(t *testing.T) *http.Client {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.forests[0].RootCAs()}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// page is the answer of the admin listener.
func (p *proxy) page(t *testing.T, method, path string) (status int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience) // t.Context() has ended when tests are cleaned up
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, p.admin+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, p.client(t), r)
}

func do(t *testing.T, client *http.Client, r *http.Request) (status int, body string) {
	t.Helper()
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}
