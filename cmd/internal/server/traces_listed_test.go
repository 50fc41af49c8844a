package server_test

import (
	"context"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"availproxy/cmd/internal/telemetry"
	"availproxy/integration/forest"
)

// attributesOf maps the name of each span to its attributes.
type attributesOf map[string]map[string]bool

func (a attributesOf) add(span, attribute string) {
	if a[span] == nil {
		a[span] = map[string]bool{}
	}
	if attribute != "" {
		a[span][attribute] = true
	}
}

func (a attributesOf) lines() (all []string) {
	for span, attributes := range a {
		all = append(all, span+": "+strings.Join(slices.Sorted(maps.Keys(attributes)), " "))
	}
	slices.Sort(all)
	return all
}

// elsewhere is what docs/traces.md lists and this test does not see: what only an
// exporter adds, what takes another back end, a port of its own, a second account or
// a token service in trouble with its document, what no Exchange of that age sends, and what cannot be read.
var elsewhere = attributesOf{
	"every span":         {"availproxy.trace.kept": true},
	"shadow.query":       {"availproxy.forest": true, "availproxy.mailboxes.count": true},
	"availability.query": {"availproxy.client_request_id": true, "availproxy.message_id": true, "availproxy.caller.principal": true, "availproxy.fault.text": true},
	"client.refused":     {"availproxy.caller.principal": true},
	"HTTP POST":          {"server.port": true},
	"HTTP GET": {
		"server.port": true, "error.type": true, "availproxy.client_request_id": true, "availproxy.server_request_id": true, "availproxy.diagnostics": true,
	},
}

// TestTheListOfSpans compares what docs/traces.md says that spans hold with what they
// hold when questions go well and badly.
func TestTheListOfSpans(t *testing.T) {
	var mu sync.Mutex // guards seen
	seen := attributesOf{}
	questions := make(chan struct{}, 100)
	running, err := telemetry.Start(t.Context(), telemetry.Options{
		Version: "test", Getenv: os.Getenv, Finished: func(about telemetry.Trace) {
			mu.Lock()
			defer mu.Unlock()
			for _, h := range about.Hops() {
				seen.add(h.Name, "")
				for key := range h.Attributes {
					seen.add(h.Name, key)
				}
			}
			questions <- struct{}{}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Stop(context.Background()) })
	f := newForest(t, forest.Options{})
	const domains = "target_address_domains: [fabrikam.example]"
	r := run(t, f, replace(t, domains, domains+"\n    mail_tips_access: All"))
	playEverything(t, r, f)
	r.stop(t) // which waits for what goes on behind the answers
	playNoToken(t)
	if len(questions) == 0 {
		t.Fatal("no trace was told of")
	}

	mu.Lock()
	defer mu.Unlock()
	listed := listedSpans(t)
	for span, attributes := range elsewhere {
		for key := range attributes {
			seen.add(span, key)
		}
	}
	if diff := cmp.Diff(listed.lines(), seen.lines()); diff != "" {
		t.Errorf("docs/traces.md and what was seen (-docs +seen):\n%s", diff)
	}
}

// playEverything asks for what leaves every kind of span with every attribute.
func playEverything(t *testing.T, r *running, f *forest.Forest) {
	t.Helper()
	people := f.Truth.Addresses()
	c := r.caller(t)
	ask := func(mailboxes ...string) {
		t.Helper()
		if _, err := c.Ask(t.Context(), r.question(mailboxes...)); err != nil {
			t.Fatal(err)
		}
	}
	c.UserAgent = "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.000"
	ask(people[0])
	ask(people[1], f.Truth.Unknown)
	ask(people[1])
	if _, err := c.AskTips(t.Context(), forest.TipQuestion{SendingAs: "li.na@contoso.example", Recipients: people[:1]}); err != nil {
		t.Fatal(err)
	}
	f.EWS.Faults.Set(forest.Faults{Status: 401, Diagnostics: `2000005;reason="The user is ambiguous.";error_category="invalid_user"`})
	ask(people[2])
	c.Password = "guess of " + c.Password
	if _, err := c.Ask(t.Context(), r.question(people[0])); err == nil {
		t.Error("a wrong password is let in")
	}
}

// playNoToken asks through a server that gets no token.
func playNoToken(t *testing.T) {
	t.Helper()
	f := newForest(t, forest.Options{})
	f.ACS.Refuse = 7000112
	r := run(t, f)
	if _, err := r.caller(t).Ask(t.Context(), r.question(f.Truth.Addresses()[0])); err != nil {
		t.Fatal(err)
	}
	r.stop(t)
}

// listedSpans reads the table of docs/traces.md: a span, and its attributes.
func listedSpans(t *testing.T) attributesOf {
	t.Helper()
	text, err := os.ReadFile("../../../docs/traces.md")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile("`([a-zA-Z_.]+)`")
	listed := attributesOf{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || !strings.HasPrefix(line, "| `") {
			continue
		}
		for _, span := range strings.Split(strings.TrimSpace(cells[1]), ", ") {
			listed.add(strings.Trim(span, "`"), name.FindStringSubmatch(cells[0])[1])
		}
	}
	if len(listed) < 5 {
		t.Fatalf("docs/traces.md lists only %v", listed.lines())
	}
	return listed
}
