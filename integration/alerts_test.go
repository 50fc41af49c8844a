package integration

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// alert is a rule of docs/alerts.
type alert struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func alerts(t *testing.T) (all []alert) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "alerts", "availproxy.rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string  `yaml:"name"`
			Rules []alert `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Load(text, &file, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	if len(all) == 0 {
		t.Fatal("there are no alerts")
	}
	return all
}

// expressions are the queries of the dashboard, and of its variables.
func expressions(t *testing.T) (all []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "grafana", "availproxy.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard any
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	var visit func(any)
	visit = func(of any) {
		switch of := of.(type) {
		case []any:
			for _, element := range of {
				visit(element)
			}
		case map[string]any:
			for key, value := range of {
				if query, ok := value.(string); ok && (key == "expr" || key == "definition") {
					all = append(all, query)
				}
				visit(value)
			}
		}
	}
	visit(dashboard)
	if len(all) < 20 {
		t.Fatalf("the dashboard has only %d queries", len(all))
	}
	return all
}

var (
	selector = regexp.MustCompile(`([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})?`)
	matcher  = regexp.MustCompile(`([a-z_]+)\s*(=~|!~|!=|=)\s*"([^"]*)"`)
	grouping = regexp.MustCompile(`\b(by|without|on|ignoring)\s*\(([^)]*)\)`)
)

// ofEverything are labels that Prometheus adds to whatever it scrapes, or that
// histograms have.
var ofEverything = []string{"job", "instance", "le"}

// selected are the metrics that a query reads, each with the labels that it
// matches or groups by.
func selected(query string) map[string][]string {
	var grouped []string
	for _, g := range grouping.FindAllStringSubmatch(query, -1) {
		for label := range strings.SplitSeq(g[2], ",") {
			grouped = append(grouped, strings.TrimSpace(label))
		}
	}
	found := map[string][]string{}
	for _, s := range selector.FindAllStringSubmatch(grouping.ReplaceAllString(query, ""), -1) {
		if !ours(s[1]) {
			continue
		}
		found[s[1]] = append(found[s[1]], grouped...)
		for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
			found[s[1]] = append(found[s[1]], m[1])
		}
	}
	return found
}

// TestAlertsAndDashboardReadMetricsThatThereAre compares every query with the
// list, which another test compares with what a process tells.
func TestAlertsAndDashboardReadMetricsThatThereAre(t *testing.T) {
	known := listed(t)
	queries := expressions(t)
	for _, a := range alerts(t) {
		queries = append(queries, a.Expr)
	}
	document, err := os.ReadFile(filepath.Join("..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, exchange, _ := strings.Cut(string(document), "## What Exchange counts")
	exchange, _, _ = strings.Cut(exchange, "## Alerts")
	queries = append(queries, regexp.MustCompile("`([^`]*availproxy_[^`]*)`").FindAllString(exchange, -1)...)
	read := map[string]bool{}
	for _, query := range queries {
		for name, labels := range selected(query) {
			f, ok := known[name]
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				if of, cut := strings.CutSuffix(name, suffix); cut && known[of].kind == "histogram" {
					f, ok = known[of], true
				}
			}
			if !ok {
				t.Errorf("there is no metric %s, which is read by %s", name, query)
				continue
			}
			read[f.name] = true
			if len(selected(query)) > 1 {
				continue // a label of one of several
			}
			for _, label := range labels {
				if !slices.Contains(f.labels, label) && !slices.Contains(ofEverything, label) {
					t.Errorf("%s has no label %q, by which this selects: %s", f.name, label, query)
				}
			}
		}
	}
	if len(read) < 30 {
		t.Errorf("only %d metrics are read: %v", len(read), slices.Sorted(maps.Keys(read)))
	}
}

// TestEachAlertSaysWhatToDo compares the rules with the runbook.
func TestEachAlertSaysWhatToDo(t *testing.T) {
	document, err := os.ReadFile(filepath.Join("..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile(filepath.Join("..", "docs", "alerts", "availproxy.test.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, runbook, _ := strings.Cut(string(document), "## Alerts")
	named := regexp.MustCompile("(?m)^\\| `(Availproxy\\w+)` \\| ([^|]+) \\| (.+) \\|$").FindAllStringSubmatch(runbook, -1)
	var documented, ruled []string
	for _, row := range named {
		documented = append(documented, row[1])
	}
	for _, a := range alerts(t) {
		ruled = append(ruled, a.Alert)
		if a.Annotations["summary"] == "" || a.Annotations["runbook"] == "" || !slices.Contains([]string{"critical", "warning", "info"}, a.Labels["severity"]) {
			t.Errorf("%s has no summary, runbook or severity", a.Alert)
		}
		if !strings.Contains(string(tests), "alertname: "+a.Alert+"\n        exp_alerts:") {
			t.Errorf("no test has %s fire", a.Alert)
		}
	}
	if fmt.Sprint(documented) != fmt.Sprint(ruled) {
		t.Errorf("the runbook has\n%v\nand the rules\n%v", documented, ruled)
	}
}

// TestAlertsFireWhenTheyShould has promtool check the rules and run their tests.
func TestAlertsFireWhenTheyShould(t *testing.T) {
	t.Parallel()
	promtool := part(t, "promtool", "prometheus")
	for _, arguments := range [][]string{
		{"check", "rules", "availproxy.rules.yaml"},
		{"test", "rules", "availproxy.test.yaml"},
	} {
		command := exec.CommandContext(t.Context(), promtool, arguments...)
		command.Dir = filepath.Join("..", "docs", "alerts")
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(arguments, " "), err, out)
		}
	}
}

// TestTheDashboardCanBeImported looks for what Grafana would not take, or would
// draw one over the other.
func TestTheDashboardCanBeImported(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "grafana", "availproxy.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		UID, Title    string
		SchemaVersion int
		Panels        []struct {
			ID          int
			Title, Type string
			GridPos     struct{ X, Y, W, H int }
			Datasource  struct{ UID string }
			Targets     []struct{ RefID, Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	if dashboard.UID == "" || dashboard.Title == "" || dashboard.SchemaVersion == 0 {
		t.Error("it has no uid, title or version")
	}
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range dashboard.Panels {
		if ids[p.ID] {
			t.Errorf("%s has the id of another panel", p.Title)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%s lies over %s, or beyond the edge", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		refs := map[string]bool{}
		for _, target := range p.Targets {
			if refs[target.RefID] || target.Expr == "" {
				t.Errorf("%s has two queries %s, or an empty one", p.Title, target.RefID)
			}
			refs[target.RefID] = true
		}
		if p.Type != "row" && (len(p.Targets) == 0 || p.Datasource.UID != "${datasource}") {
			t.Errorf("%s has no query, or a data source of its own", p.Title)
		}
	}
}

// TestTheFirstCommandsOfTheRunbookExist asks each for its help, which refuses
// flags that it does not have.
func TestTheFirstCommandsOfTheRunbookExist(t *testing.T) {
	t.Parallel()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile(filepath.Join("..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, runbook, _ := strings.Cut(string(document), "## Alerts")
	commands := map[string]bool{}
	for _, quoted := range regexp.MustCompile("`(availproxy [^`]+)`").FindAllStringSubmatch(runbook, -1) {
		commands[quoted[1]] = true
	}
	for _, a := range alerts(t) {
		if first := a.Annotations["runbook"]; strings.HasPrefix(first, "availproxy ") {
			commands[strings.ReplaceAll(first, "{{ $labels.forest }}", "NAME")] = true
		}
	}
	if len(commands) < 4 {
		t.Errorf("the runbook has only the commands %v", commands)
	}
	for command := range commands {
		words := strings.Fields(command)[1:]
		out, err := exec.CommandContext(t.Context(), path, append(words, "--help")...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "availproxy "+words[0]) {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
}
