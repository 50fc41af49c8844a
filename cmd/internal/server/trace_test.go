package server_test

import (
	"context"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"availproxy/cmd/internal/telemetry"
	"availproxy/freebusy"
	"availproxy/integration/forest"
)

// TestAQuestionLeavesOneTrace takes the path of a question apart, as an
// operator sees it, and the one of its repetition.
func TestAQuestionLeavesOneTrace(t *testing.T) {
	var recorder telemetry.Recorder
	running, err := telemetry.Start(t.Context(), telemetry.Options{Version: "test", Getenv: os.Getenv, Recorder: &recorder})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Stop(context.Background()) })
	f := newForest(t, forest.Options{})
	r := prepare(t, f)
	options := r.options()
	options.Metrics = running.Metrics
	r.start(t, options)
	c := r.caller(t)
	everybody := append(f.Truth.Addresses(), "ceo@fabrikam.example", f.Truth.Unknown)
	names := freebusy.NewPseudonyms("0123456789abcdef")
	path := func() map[string]telemetry.Hop {
		if _, err := c.Ask(t.Context(), r.question(everybody...)); err != nil {
			t.Fatal(err)
		}
		recorder.Await(t.Context(), "availability.query")
		hops := map[string]telemetry.Hop{}
		for _, h := range recorder.Take() {
			hops[h.Name] = h
			if roots := h.Name == "availability.query"; roots != (h.Depth == 0) {
				t.Errorf("%s is %d deep", h.Name, h.Depth)
			}
			for key, value := range h.Attributes {
				if names.Mask(value, nil) != value { // principals of tokens only look like mailboxes
					t.Errorf("%s of %s is %q", key, h.Name, value)
				}
			}
		}
		return hops
	}

	first := path()
	want := map[string]map[string]string{
		"availability.query": {"availproxy.outcome": "partial", "availproxy.mailboxes.count": "13", "availproxy.mailboxes.failed": "2", "availproxy.caller.generation": "2010", "availproxy.view": "DetailedMerged"},
		"cache.lookup":       {"availproxy.cache": "none", "availproxy.mailboxes.count": "13"},
		"discovery.resolve":  {"availproxy.forest": "fabrikam.example", "availproxy.mailboxes.count": "13"},
		"oauth.token":        {"availproxy.auth_server": "ACS-accounts.accesscontrol.example", "availproxy.outcome": "ok"},
		"forest.query":       {"availproxy.forest": "fabrikam.example", "availproxy.mailboxes.count": "12", "availproxy.outcome": "partial"},
	}
	for name, attributes := range want {
		for key, value := range attributes {
			if got := first[name].Attributes[key]; got != value {
				t.Errorf("%s of %s is %q, want %q; all are %v", key, name, got, value, first[name].Attributes)
			}
		}
	}
	second := path()
	if got := slices.Sorted(maps.Keys(second)); !slices.Equal(got, []string{"availability.query"}) || second["availability.query"].Attributes["availproxy.cache"] != "fresh" {
		t.Errorf("the second question took %v, %v", got, second["cache.lookup"].Attributes)
	}
	lines := regexp.MustCompile(`"msg":"availability query".*"trace_id":"[0-9a-f]{32}","span_id":"[0-9a-f]{16}"`).FindAllString(r.log.String(), -1)
	if len(lines) != 2 {
		t.Errorf("%d lines with a trace, want 2:\n%s", len(lines), r.log)
	}
	counted(t, r)
}

// counted looks at what Prometheus gets, which names no mailbox either.
func counted(t *testing.T, r *running) {
	t.Helper()
	_, page := r.get(t, http.MethodGet, r.admin+"/metrics", nil)
	for _, want := range []string{`outcome="partial"`, `forest="fabrikam.example"`, `authority="ACS-accounts.accesscontrol.example"`, `decision="allowed"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	for line := range strings.Lines(page) {
		if strings.Contains(line, "@") {
			t.Errorf("a metric names a mailbox: %s", line)
		}
	}
}
