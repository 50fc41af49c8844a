package integration

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"availproxy/integration/forest"
	"availproxy/integration/forest/s2s"
)

var update = flag.Bool("update", false, "write the lists in docs anew")

// family is one metric as Prometheus reads it.
type family struct {
	name, kind, help string
	labels           []string // of any of its series, sorted
	series           int
}

// unit is what the name ends with, as Prometheus wants it.
func (f family) unit() string {
	name := strings.TrimSuffix(f.name, "_total")
	for _, unit := range []string{"seconds", "bytes"} {
		if strings.HasSuffix(name, "_"+unit) {
			return unit
		}
	}
	return ""
}

// families reads a page of metrics.
func families(t *testing.T, page string) map[string]family {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	read, err := parser.TextToMetricFamilies(strings.NewReader(page))
	if err != nil {
		t.Fatalf("%v in\n%s", err, page)
	}
	all := map[string]family{}
	for name, f := range read {
		labels := map[string]bool{}
		for _, m := range f.Metric {
			for _, l := range m.Label {
				labels[l.GetName()] = true
			}
		}
		all[name] = family{name, strings.ToLower(f.GetType().String()), f.GetHelp(), slices.Sorted(maps.Keys(labels)), len(f.Metric)}
	}
	return all
}

// hardDay runs a proxy through one of everything that is counted: answers, stale
// and coalesced ones, refusals, failures of every hop, comparisons with Graph,
// mail tips, suggestions, strangers at the door, and a reload. variables go into
// the environment of the process.
func hardDay(t *testing.T, edits ...edit) *proxy {
	t.Helper()
	fabrikam, wingtip := twoForests(t)
	lamna := misleading(t, fabrikam, "lamna.example", s2s.Behaviour{Status: http.StatusFound, Location: "https://evil.example/"})
	edits = append([]edit{
		rehearsingGraph(t), passing(t, wingtip, "All"), with("cache: {fresh: 1ns, stale: 15m, negative: 1ns}"),
	}, edits...)
	p := serve(t, []*forest.Forest{fabrikam, wingtip, lamna}, edits...)
	fabrikam.EWS.Faults.Set(forest.Faults{Mailbox: map[string]forest.MailboxFault{everybody(fabrikam)[1]: {Code: "ErrorFreeBusyGenerationFailed", Text: "No."}}})
	everything := p.question(slices.Concat(everybody(fabrikam), everybody(wingtip), []string{"a@lamna.example", "nobody@unrelated.example"})...)
	c := p.caller(t, forest.Exchange2010)
	for _, fault := range []forest.Faults{{}, {Reset: true}, {Status: http.StatusUnauthorized}, {Busy: true}, {Garbage: true}} {
		wingtip.EWS.Faults.Set(fault)
		ask(t, c, everything)
	}
	p.tips(t, everybody(wingtip)[1])
	monday := fabrikam.Truth.Week
	invitation{attendees: []attendee{{everybody(fabrikam)[1], "Required", false, fabrikam}}, from: monday, to: monday.AddDate(0, 0, 1), length: time.Hour}.send(t, p)
	c.Password = "guess of " + c.Password
	if _, err := c.Ask(t.Context(), everything); err == nil {
		t.Error("a wrong password is let in")
	}
	p.configure(t, with("# read me again"))
	if status, said := p.page(t, http.MethodPost, "/-/reload"); status != http.StatusOK {
		t.Errorf("reload: %d %s", status, said)
	}
	ask(t, p.caller(t, forest.Exchange2010), everything) // with new tokens
	return p
}

// misleading is a forest that cannot be found.
func misleading(t *testing.T, beside *forest.Forest, domain string, b s2s.Behaviour) *forest.Forest {
	o := forest.Options{Seed: 3, SharesACSWith: beside}
	o.Domain, o.Week = domain, beside.Truth.Week
	f := newForest(t, o)
	f.Autodiscover.Change(func() { f.Autodiscover.Behaviours = map[string]s2s.Behaviour{"*": b} })
	return f
}

// rehearsingGraph has the first forest compared with Graph, until a day on which
// EWS ends.
func rehearsingGraph(t *testing.T) edit {
	return func(config string) string {
		config = replace(t, "\n#+", "\n")(config)
		return replace(t, "    backend: auto\n", "    backend: auto\n    ews_end_date: 2199-12-31\n")(config)
	}
}

// metrics are the families on the page, once all of these are among them: some
// come from work that nobody waits for.
func (p *proxy) metrics(t *testing.T, awaited ...string) map[string]family {
	t.Helper()
	client := p.client(t)
	for deadline := time.Now().Add(patience); ; {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.admin+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, page := do(t, client, r)
		all := families(t, page)
		missing := slices.DeleteFunc(slices.Clone(awaited), func(name string) bool { _, ok := all[name]; return ok })
		if len(missing) == 0 {
			return all
		}
		if time.Now().After(deadline) {
			t.Fatalf("there is no %v in\n%s", missing, page)
		}
	}
}

// notOnAHardDay are metrics that a hard day does not have, and who tests them.
var notOnAHardDay = []family{
	// In a domain: see TestActiveDirectory.
	{name: "availproxy_ntlm_up", kind: "gauge", help: "Whether winbind and a domain controller check NTLM logons: 1 or 0."},
	// With a token that the service does not ask for first: see the tests of package discovery.
	{name: "availproxy_discovery_auth_downgrade_total", kind: "counter", labels: []string{"forest"}, help: "Autodiscover services that offered nothing better than Basic authentication."},
	// After a start with a snapshot: see the tests of package cache.
	{name: "availproxy_cache_snapshot_calendars_total", kind: "counter", labels: []string{"outcome"}, help: "Calendars that the snapshot held at the start, by what became of them."},
}

// ours reports whether a metric is about availproxy rather than about Go, the
// process or the scrape.
func ours(name string) bool {
	return strings.HasPrefix(name, "availproxy_") || strings.HasPrefix(name, "http_")
}

const (
	listBegins = "<!-- the list of metrics, written by go test ./integration -run TestTheListOfMetrics -update -->\n"
	listEnds   = "<!-- the end of the list -->\n"
)

// TestTheListOfMetricsIsTrue compares what a process tells with docs/metrics.md.
func TestTheListOfMetricsIsTrue(t *testing.T) {
	t.Parallel()
	p := hardDay(t)
	seen := p.metrics(t, "availproxy_token_expiry_seconds", "availproxy_shadow_mailboxes_total", "availproxy_shadow_differences_total", "availproxy_backend_duration_seconds")
	rows := slices.Clone(notOnAHardDay)
	for _, f := range seen {
		if ours(f.name) {
			rows = append(rows, f)
		}
	}
	slices.SortFunc(rows, func(a, b family) int { return cmp.Compare(a.name, b.name) })
	list := "| metric | type | unit | labels | what it says |\n| --- | --- | --- | --- | --- |\n"
	for _, f := range rows {
		list += fmt.Sprintf("| `%s` | %s | %s | %s | %s |\n", f.name, f.kind, f.unit(), strings.Join(f.labels, ", "), f.help)
	}
	path := filepath.Join("..", "docs", "metrics.md")
	document, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(document), listBegins)
	was, after, ended := strings.Cut(rest, listEnds)
	if !ok || !ended {
		t.Fatalf("%s has no place for the list", path)
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+listBegins+list+listEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(strings.Split(was, "\n"), strings.Split(list, "\n")); diff != "" {
		t.Errorf("docs/metrics.md is not what a process tells (-documented +told):\n%s", diff)
	}
}

// listed are the metrics in docs/metrics.md with their labels.
func listed(t *testing.T) map[string]family {
	t.Helper()
	document, err := os.ReadFile(filepath.Join("..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(document), listBegins)
	list, _, _ := strings.Cut(rest, listEnds)
	all := map[string]family{}
	for line := range strings.Lines(list) {
		cells := strings.Split(line, " | ")
		if name := strings.Trim(cells[0], "| `"); len(cells) == 5 && ours(name) {
			all[name] = family{name: name, kind: cells[1], labels: strings.Split(cells[3], ", ")}
		}
	}
	if len(all) < 30 {
		t.Fatalf("the list has only %d metrics", len(all))
	}
	return all
}
