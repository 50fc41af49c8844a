package server_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"availproxy/integration/forest"
)

// measuring has what the test makes measured.
func measuring(t *testing.T) *metric.ManualReader {
	t.Helper()
	reader := metric.NewManualReader()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	t.Cleanup(func() { otel.SetMeterProvider(noop.NewMeterProvider()) })
	return reader
}

// values are the numbers of all metrics, by name and attributes: of a histogram,
// how often it measured.
func values(t *testing.T, from *metric.ManualReader) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := from.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	found := map[string]int64{}
	note := func(name string, with attribute.Set, value int64) {
		found[strings.TrimSpace(name+" "+with.Encoded(attribute.DefaultEncoder()))] = value
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					note(m.Name, p.Attributes, p.Value)
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					note(m.Name, p.Attributes, p.Value)
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					note(m.Name, p.Attributes, int64(p.Count))
				}
			}
		}
	}
	return found
}

// expect compares some of the numbers.
func expect(t *testing.T, when string, got, want map[string]int64) {
	t.Helper()
	for name, n := range want {
		if value, ok := got[name]; !ok || value != n {
			t.Errorf("%s: %s is %d (there: %t), want %d", when, name, value, ok, n)
		}
	}
}

// TestGaugesTellHowThingsAre follows a server through a bad reload, a forest that
// fails, and a good reload, over which the counters go on.
func TestGaugesTellHowThingsAre(t *testing.T) {
	reader := measuring(t)
	before := time.Now().Add(-time.Second)
	f := newForest(t, forest.Options{})
	r := run(t, f, with("cache: {fresh: 1ns, stale: 1ns, negative: 1ns}"))
	got := values(t, reader)
	expect(t, "at the start", got, map[string]int64{
		"availproxy.ready": 1, "availproxy.config.last_reload_successful": 1, "availproxy.cache.limit": 256 << 20,
		"availproxy.forest.up forest=fabrikam.example": 1, "availproxy.forest.requests.limit forest=fabrikam.example": 16,
		"availproxy.backend.active backend=ews,forest=fabrikam.example": 1, "availproxy.backend.active backend=graph,forest=fabrikam.example": 0,
		"availproxy.queries kind=free_busy,outcome=answered": 0, "availproxy.queries.in_flight": 0,
	})
	if loaded := time.Unix(got["availproxy.config.last_reload_success_timestamp"], 0); loaded.Before(before.Truncate(time.Second)) || loaded.After(time.Now()) {
		t.Errorf("the configuration was loaded at %v", loaded)
	}
	certificates := 0
	for name, value := range got {
		if strings.HasPrefix(name, "availproxy.certificate.not_after ") {
			certificates++
			if strings.HasSuffix(name, "use=tls") && value != notAfter(t, filepath.Join(filepath.Dir(r.path), "proxy.pem")) {
				t.Errorf("%s is %d", name, value)
			}
		}
	}
	if certificates != 2 {
		t.Errorf("%d certificates, want that of auth_config and that of tls", certificates)
	}

	r.ask(t, r.caller(t))
	if expiry := time.Until(time.Unix(values(t, reader)["availproxy.token.expiry authority=ACS-accounts.accesscontrol.example"], 0)); expiry < time.Minute || expiry > 48*time.Hour {
		t.Errorf("the token is good for %v", expiry)
	}
	f.EWS.Faults.Set(forest.Faults{Reset: true})
	for range 3 {
		r.ask(t, r.caller(t))
	}
	good, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	r.configure(t, with("mistake: true"))
	if _, err := r.Reload(t.Context()); err == nil {
		t.Error("a mistake is taken")
	}
	expect(t, "with mistakes, and after failures", values(t, reader), map[string]int64{
		"availproxy.ready": 1, "availproxy.config.last_reload_successful": 0, "availproxy.forest.up forest=fabrikam.example": 0,
		"availproxy.queries kind=free_busy,outcome=answered": 1, "availproxy.queries kind=free_busy,outcome=failed": 3,
		"availproxy.query.mailboxes code=NoError": 1, "availproxy.query.mailboxes code=ErrorProxyRequestProcessingFailed": 3,
		"availproxy.forest.duration forest=fabrikam.example,outcome=ok": 1, "availproxy.forest.duration forest=fabrikam.example,outcome=failed": 3,
		"availproxy.backend.duration backend=ews,forest=fabrikam.example,outcome=ok,role=serving": 1,
	})

	f.EWS.Faults.Clear()
	if err := os.WriteFile(r.path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.ask(t, r.caller(t))
	expect(t, "after a reload", values(t, reader), map[string]int64{
		"availproxy.config.last_reload_successful": 1, "availproxy.forest.up forest=fabrikam.example": 1,
		"availproxy.queries kind=free_busy,outcome=answered": 2, "availproxy.queries kind=free_busy,outcome=failed": 3,
	})
}

// notAfter is when the first certificate in a file expires, in Unix time.
func notAfter(t *testing.T, path string) int64 {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate.NotAfter.Unix()
}

// TestRequestsAreTimedByWhatWeKnowOfThem sends what no caller should.
func TestRequestsAreTimedByWhatWeKnowOfThem(t *testing.T) {
	reader := measuring(t)
	r := run(t, newForest(t, forest.Options{}))
	send := func(method, path string, header ...string) {
		request, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(r.url, forest.Path)+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth(r.forest.Organization.User, string(r.forest.Organization.Password))
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		response, err := r.client(t).Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	send("GET", "/ews/EXCHANGE.asmx")
	send("GET", "/EWS//healthcheck.htm")
	send("GET", "/somewhere/else")
	send("BREW", "/EWS/Exchange.asmx")
	send("POST", "/EWS/Exchange.asmx", "Content-Type", "application/json") // answered on the bare connection
	r.ask(t, r.caller(t))
	const name = "http.server.request.duration "
	expect(t, "after all", values(t, reader), map[string]int64{
		name + "http.request.method=GET,http.response.status_code=200,http.route=/EWS/Exchange.asmx,url.scheme=https":    1,
		name + "http.request.method=GET,http.response.status_code=200,http.route=/EWS/healthcheck.htm,url.scheme=https":  1,
		name + "http.request.method=GET,http.response.status_code=404,url.scheme=https":                                  1,
		name + "http.request.method=_OTHER,http.response.status_code=405,http.route=/EWS/Exchange.asmx,url.scheme=https": 1,
		name + "http.request.method=POST,http.route=/EWS/Exchange.asmx,url.scheme=https":                                 1,
		name + "http.request.method=POST,http.response.status_code=200,http.route=/EWS/Exchange.asmx,url.scheme=https":   1,
	})
}
