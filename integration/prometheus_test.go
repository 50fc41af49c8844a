package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"availproxy/integration/forest"
)

// probing opens the listener for probes as well.
func probing(t *testing.T) edit {
	return func(config string) string {
		return replace(t, `admin: {listen: "127.0.0.1:0"}`, `admin: {listen: "127.0.0.1:0", probes: "127.0.0.1:0"}`)(config)
	}
}

// TestPromtoolFindsNothingWrong has it look at names, units and help of both pages.
func TestPromtoolFindsNothingWrong(t *testing.T) {
	t.Parallel()
	promtool := part(t, "promtool", "prometheus")
	p := hardDay(t, probing(t))
	p.metrics(t, "availproxy_shadow_differences_total")
	probes := "http://127.0.0.1" + port(p.listening(t, "probes"))
	for _, listener := range []string{p.admin, probes} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, listener+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		status, page := do(t, p.client(t), r)
		if status != http.StatusOK || !strings.Contains(page, "availproxy_forest_duration_seconds_bucket") {
			t.Fatalf("%s answers %d:\n%s", listener, status, page)
		}
		check := exec.CommandContext(t.Context(), promtool, "check", "metrics")
		check.Stdin = strings.NewReader(page)
		if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("promtool check metrics: %v\n%s", err, out)
		}
	}
}

// prometheus is a real one that scrapes a proxy and has our rules.
type prometheus struct{ url string }

func scraping(t *testing.T, p *proxy) *prometheus {
	t.Helper()
	program := part(t, "prometheus", "prometheus")
	rules, err := filepath.Abs(filepath.Join("..", "docs", "alerts", "availproxy.rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yaml")
	text := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [%q]\n"+
		"scrape_configs:\n  - job_name: availproxy\n    static_configs: [{targets: [%q]}]\n", rules, strings.TrimPrefix(p.admin, "http://"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	address := unused(t)
	command := exec.Command(program, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--enable-feature=exemplar-storage", "--log.level=warn")
	said := &strings.Builder{}
	command.Stdout, command.Stderr = said, said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(os.Interrupt)
		if err := command.Wait(); err != nil {
			t.Errorf("prometheus: %v\n%s", err, said)
		}
	})
	return &prometheus{"http://" + address}
}

// unused is an address that nobody listens at.
func unused(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// await asks the API until its data suit.
func (m *prometheus) await(t *testing.T, path string, query url.Values, data any, suits func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for said := ""; ; {
		if r, err := http.NewRequestWithContext(ctx, http.MethodGet, m.url+path+"?"+query.Encode(), nil); err != nil {
			t.Fatal(err)
		} else if response, err := client.Do(r); err == nil { // it may not listen yet
			answer := struct {
				Status, Error string
				Data          any
			}{Data: data}
			err := json.NewDecoder(response.Body).Decode(&answer)
			response.Body.Close()
			if said = fmt.Sprint(err, answer); err == nil && answer.Status == "success" && suits() {
				return
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("prometheus says of %s %v: %s", path, query, said)
		}
	}
}

// TestPrometheusReadsWhatWeTell scrapes a proxy, reads a number and an exemplar
// back, and finds the trace that the exemplar names among those that have left.
func TestPrometheusReadsWhatWeTell(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs programs of others")
	}
	p := hardDay(t)
	m := scraping(t, p)
	var vector struct {
		Result []struct {
			Metric map[string]string
			Value  [2]any
		}
	}
	m.await(t, "/api/v1/query", url.Values{"query": {`sum by (forest) (availproxy_mailboxes_total{source="forest",code="NoError"})`}}, &vector, func() bool {
		return len(vector.Result) == 2 && vector.Result[0].Value[1] != "0"
	})
	var found []struct {
		SeriesLabels map[string]string
		Exemplars    []struct{ Labels map[string]string }
	}
	now := time.Now()
	m.await(t, "/api/v1/query_exemplars", url.Values{
		"query": {"availproxy_query_duration_seconds_bucket"}, "start": {stamp(now.Add(-time.Hour))}, "end": {stamp(now.Add(time.Hour))},
	}, &found, func() bool { return len(found) > 0 && len(found[0].Exemplars) > 0 })
	var alerting struct {
		Alerts []struct{ Labels map[string]string }
	}
	m.await(t, "/api/v1/alerts", nil, &alerting, func() bool {
		for _, a := range alerting.Alerts {
			if a.Labels["alertname"] == "AvailproxyForestDown" && a.Labels["forest"] == "lamna.example" {
				return true
			}
		}
		return false
	})
	p.stop(t)
	for _, series := range found {
		for _, e := range series.Exemplars {
			if id := e.Labels["trace_id"]; id == "" || !strings.Contains(p.traces.String(), id) {
				t.Errorf("the exemplar of %v leads to trace %q, which nobody has sent", series.SeriesLabels, id)
			}
		}
	}
}

// TestAFailureLeadsToItsTraceWhateverTheSamplerSays asks a forest that works and
// one that does not, in a process that samples nothing.
func TestAFailureLeadsToItsTraceWhateverTheSamplerSays(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	fabrikam, wingtip := twoForests(t)
	p := serve(t, []*forest.Forest{fabrikam, wingtip})
	wingtip.EWS.Faults.Set(forest.Faults{Reset: true})
	p.ask(t, "alice@fabrikam.example")
	p.ask(t, "hiro@wingtip.example")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.admin+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	_, page := do(t, p.client(t), r)
	p.stop(t)
	led := map[string]int{}
	for _, found := range regexp.MustCompile(`(?m)^availproxy_query_duration_seconds_bucket\{.*outcome="(\w+)".*trace_id="(\w+)"`).FindAllStringSubmatch(page, -1) {
		led[found[1]]++
		if !strings.Contains(p.traces.String(), found[2]) {
			t.Errorf("%s: trace %s was not sent", found[0], found[2])
		}
	}
	if led["failed"] != 1 || led["answered"] != 0 {
		t.Errorf("exemplars lead to %v, want one that failed\n%s", led, page)
	}
}

func stamp(t time.Time) string { return fmt.Sprintf("%d", t.Unix()) }

// TestStrangersMakeNoTimeSeries asks in a thousand ways that no two requests have
// in common: user agents, hosts, paths, methods, mailboxes, forests, accounts.
func TestStrangersMakeNoTimeSeries(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	p := serve(t, []*forest.Forest{f})
	good := p.asked(t)
	mailbox := regexp.MustCompile(`<MailboxData .*?</MailboxData>`).FindString(good)
	address := regexp.MustCompile(`[\w.-]+@[\w.-]+`).FindString(mailbox)
	strangers := func(from, to int) {
		client := p.client(t)
		for i := from; i < to; i++ {
			for _, change := range hostilities(i) {
				more := mailbox
				for _, other := range []string{fmt.Sprintf("stranger%d@fabrikam.example", i), fmt.Sprintf("x@stranger%d.example", i)} {
					more += strings.ReplaceAll(mailbox, address, other)
				}
				r := p.request(t, strings.ReplaceAll(good, mailbox, more))
				change(r)
				if response, err := client.Do(r); err == nil {
					response.Body.Close()
				}
			}
		}
	}
	strangers(0, 4)
	before := p.metrics(t)
	strangers(4, 260)
	after := p.metrics(t)
	for name, f := range after {
		if ours(name) && f.series > before[name].series {
			t.Errorf("%s has grown from %d to %d time series", name, before[name].series, f.series)
		}
	}
	if _, page := p.page(t, http.MethodGet, "/metrics"); strings.Contains(page, "stranger") {
		t.Errorf("a stranger is among the labels:\n%s", page)
	}
}

// hostilities are ways to spoil the i-th request.
func hostilities(i int) []func(*http.Request) {
	name := fmt.Sprintf("stranger%d", i)
	return []func(*http.Request){
		func(r *http.Request) { r.Header.Set("User-Agent", name+"/EXCH/15."+fmt.Sprint(i)) },
		func(r *http.Request) { r.Host = name + ".example"; r.Header.Set("traceparent", name) },
		func(r *http.Request) { r.URL.Path = "/EWS/" + name },
		func(r *http.Request) { r.Method = strings.ToUpper(name); r.SetBasicAuth(name, name) },
	}
}
