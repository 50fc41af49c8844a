package integration

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
)

// wholePath is that of a question whose forest is known and whose calendar is not.
var wholePath = []string{
	"availability.query",
	"availability.query > cache.lookup",
	"availability.query > cache.lookup > cache.fetch",
	"availability.query > cache.lookup > cache.fetch > discovery.resolve",
	"availability.query > cache.lookup > cache.fetch > forest.query",
	"availability.query > cache.lookup > cache.fetch > forest.query > HTTP POST",
	"availability.query > cache.lookup > cache.fetch > forest.query > oauth.token",
}

// TestABackEndShowsWhatHappened sends questions through the proxy, and reads their
// traces back as an operator would, from a back end that others wrote.
func TestABackEndShowsWhatHappened(t *testing.T) {
	t.Parallel()
	j := startJaeger(t)
	t.Run("all of them, where all are wanted", func(t *testing.T) { showsAll(t, j) })
	t.Run("only what failed and what was slow, where none are wanted", func(t *testing.T) { showsTrouble(t, j) })
}

func showsAll(t *testing.T, j *jaeger) {
	f := newForest(t, forest.Options{})
	p := serveWith(t, []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=" + j.otlp}, []*forest.Forest{f})
	people := everybody(f)[1:] // the first is nobody
	p.ask(t, people[0])
	p.ask(t, people[1])
	p.ask(t, people[1])
	ids := p.traceIDs(t, 3)
	p.stop(t) // which sends what is left
	if got := j.trace(t, ids[0]).paths(); !slices.Contains(got, wholePath[3]+" > discovery.attempt > HTTP POST") {
		t.Errorf("the first question looked for its forest, and Jaeger shows %q", got)
	}
	second := j.trace(t, ids[1])
	if diff := cmp.Diff(wholePath, second.paths()); diff != "" {
		t.Errorf("the second question (-want +got):\n%s", diff)
	}
	if got := second.named(t, "HTTP POST"); got.tag("server.address") != f.Host() || got.tag("http.response.status_code") != "200" || got.tag("availproxy.client_request_id") == "" {
		t.Errorf("the request to the forest is told as %+v", got.Tags)
	}
	third := j.trace(t, ids[2])
	if got := third.named(t, "availability.query"); len(third) != 1 || got.tag("availproxy.cache") != "fresh" || got.tag("availproxy.trace.kept") != "" {
		t.Errorf("the third question is told as %q, %+v", third.paths(), got.Tags)
	}
}

func showsTrouble(t *testing.T, j *jaeger) {
	f := newForest(t, forest.Options{})
	p := serveWith(t, []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=" + j.otlp, "OTEL_TRACES_SAMPLER=always_off"}, []*forest.Forest{f})
	people := everybody(f)[1:] // the first is nobody
	p.ask(t, people[0])
	p.ask(t, people[0])
	f.EWS.Faults.Set(forest.Faults{Delay: 3 * time.Second})
	askTogether(t, p, people[1])
	f.EWS.Faults.Set(forest.Faults{Status: 401, Diagnostics: `2000005;reason="The user ` + people[2] + ` is ambiguous.";error_category="invalid_user"`})
	const theirs = "0af7651916cd43dd8448eb211c80319c"
	p.askInTrace(t, "00-"+theirs+"-b7ad6b7169203331-01", people[2])
	ids := p.traceIDs(t, 5)
	p.stop(t)

	failed := j.trace(t, ids[4])
	if diff := cmp.Diff(wholePath, failed.paths()); diff != "" {
		t.Errorf("the question that failed (-want +got):\n%s", diff)
	}
	root := failed.named(t, "availability.query")
	want := map[string]string{
		"availproxy.trace.kept": "failed", "error": "true", "error.type": "ErrorProxyRequestProcessingFailed", "span.kind": "server",
		"http.request.method": "POST", "url.path": forest.Path, "http.response.status_code": "200",
		"availproxy.client_request_id": "a question of ours", "availproxy.outcome": "failed",
	}
	got := map[string]string{}
	for key := range want {
		got[key] = root.tag(key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("its root (-want +got):\n%s", diff)
	}
	if cause := root.tag("availproxy.cause"); cause != `["user.ambiguous"]` {
		t.Errorf("its cause is %s", cause)
	}
	if root.tag("availproxy.remedies") == "" || !slices.Equal(root.links(), []string{theirs}) {
		t.Errorf("its remedies are %s and its links %v", root.tag("availproxy.remedies"), root.links())
	}
	if answer := failed.named(t, "HTTP POST"); answer.tag("availproxy.diagnostics") != "2000005 invalid_user" || answer.tag("error.type") != "401" {
		t.Errorf("what the forest said is told as %+v", answer.Tags)
	}
	linked(t, j, ids[2], ids[3])
	for _, id := range ids[:2] {
		if p.took(t, id) < 2*time.Second && j.knows(t, id) {
			got := j.trace(t, id)
			t.Errorf("a question that went well has been sent, though no sampler wanted it, because it was %s:\n%q", got[0].tag("availproxy.trace.kept"), got.errors())
		}
	}
	everything := string(j.await(t, "/api/traces?limit=1000&lookback=1h&service=availproxy"))
	p.keepsSecretsIn(t, "back end", everything)
}

// linked looks at two questions for the same at the same time: both were slow, one
// asked the forest, and the other one says for whom it waited.
func linked(t *testing.T, j *jaeger, one, other string) {
	t.Helper()
	asked, waited := j.trace(t, one), j.trace(t, other)
	if len(asked) < len(waited) {
		one, asked, waited = other, waited, asked
	}
	if diff := cmp.Diff(wholePath, asked.paths()); diff != "" {
		t.Errorf("the question that was slow (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wholePath[:2], waited.paths()); diff != "" {
		t.Errorf("the question that waited for it (-want +got):\n%s", diff)
	}
	if kept := asked[0].tag("availproxy.trace.kept") + waited[0].tag("availproxy.trace.kept"); kept != "slowslow" {
		t.Errorf("they were kept because of %q", kept)
	}
	if got := waited.named(t, "cache.lookup").links(); !slices.Equal(got, []string{one}) {
		t.Errorf("the one that waited links to %v, want %s", got, one)
	}
}

// askTogether asks the same twice, before an answer can have come.
func askTogether(t *testing.T, p *proxy, mailbox string) {
	t.Helper()
	var both sync.WaitGroup
	for range 2 {
		c := p.caller(t, forest.Exchange2010)
		both.Go(func() {
			if _, err := c.Ask(t.Context(), p.question(mailbox)); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
}

// askInTrace asks as somebody who is traced, and says so.
func (p *proxy) askInTrace(t *testing.T, traceparent, mailbox string) {
	t.Helper()
	document := p.caller(t, forest.Exchange2010).Document(p.question(mailbox))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url, bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	o := p.forests[0].Organization
	r.SetBasicAuth(o.User, string(o.Password))
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("traceparent", traceparent)
	r.Header.Set("client-request-id", "a question of ours")
	if status, body := do(t, p.client(t), r); status != http.StatusOK || !strings.Contains(body, "ResponseClass=\"Error\"") {
		t.Fatalf("got %d %s, want an error about the mailbox", status, body)
	}
}

// traceIDs are those of the first n questions, in the order in which they were
// answered.
func (p *proxy) traceIDs(t *testing.T, n int) (ids []string) {
	t.Helper()
	p.log.await(t, func(l line) bool {
		if id := l.text("trace_id"); l.text("msg") == "availability query" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		return len(ids) == n
	})
	return ids
}

// took is how long that question did, which may be long where much else goes on.
func (p *proxy) took(t *testing.T, id string) time.Duration {
	t.Helper()
	said := p.log.await(t, func(l line) bool { return l.text("msg") == "availability query" && l.text("trace_id") == id }).text("duration")
	took, err := time.ParseDuration(said)
	if err != nil {
		t.Fatal(err)
	}
	return took
}
