package discovery

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

// observed runs f with OpenTelemetry switched on, and returns its spans and the
// sums of its counters by name and attributes.
func observed(t *testing.T, f func()) (spans []string, counters map[string]int64) {
	t.Helper()
	recorder, reader := tracetest.NewSpanRecorder(), metric.NewManualReader()
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(recorder)))
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	defer otel.SetTracerProvider(tracenoop.NewTracerProvider())
	defer otel.SetMeterProvider(noop.NewMeterProvider())
	f()

	for _, s := range recorder.Ended() {
		var b strings.Builder
		b.WriteString(s.Name())
		for _, a := range s.Attributes() {
			b.WriteString(" " + string(a.Key) + "=" + a.Value.String())
		}
		spans = append(spans, b.String())
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	counters = map[string]int64{}
	for _, m := range all.ScopeMetrics[0].Metrics {
		for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
			key := m.Name
			for _, a := range p.Attributes.ToSlice() {
				key += " " + a.Value.String()
			}
			counters[key] = p.Value
		}
	}
	return spans, counters
}

func TestTelemetryTellsTheWayAndNoAddress(t *testing.T) {
	spans, counters := observed(t, func() {
		s := &service{says: func(user string) string {
			if strings.HasPrefix(user, "far") {
				return redirects("RedirectUrl", "https://evil.example/autodiscover/autodiscover.svc")
			}
			return works(fabrikamEWS)
		}}
		basic := &service{first: func(w http.ResponseWriter, _ []string) bool {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}}
		d := directory(t, fabrikam(s), tailspin(basic))
		routes(t, d, "lin@fabrikam.example", "far@fabrikam.example")
		routes(t, d, "lin@fabrikam.example")
		routes(t, d, "joe@tailspin.example")
	})
	wantSpans := []string{
		"discovery.attempt availproxy.forest=fabrikam server.address=autodiscover.fabrikam.example availproxy.mailboxes.count=2 http.response.status_code=200 availproxy.discovery.code=NoError",
		"discovery.resolve availproxy.forest=fabrikam availproxy.mailboxes.count=2 availproxy.discovery.cache=miss availproxy.discovery.hops=0 availproxy.outcome=ErrorAutoDiscoverFailed error.type=ErrorAutoDiscoverFailed",
		"discovery.resolve availproxy.forest=fabrikam availproxy.mailboxes.count=1 availproxy.discovery.cache=fresh availproxy.discovery.hops=0 availproxy.outcome=NoError",
		"discovery.attempt availproxy.forest=tailspin server.address=autodiscover.tailspin.example availproxy.mailboxes.count=1 http.response.status_code=401 error.type=auth_downgrade_refused availproxy.cause=discovery.basic-only",
		"discovery.resolve availproxy.forest=tailspin availproxy.mailboxes.count=1 availproxy.discovery.cache=miss availproxy.discovery.hops=0 availproxy.outcome=ErrorAutoDiscoverFailed error.type=ErrorAutoDiscoverFailed",
	}
	if diff := cmp.Diff(wantSpans, spans); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	wantCounters := map[string]int64{
		"availproxy.discovery.attempts fabrikam ok":                     1,
		"availproxy.discovery.attempts tailspin auth_downgrade_refused": 1,
		"availproxy.discovery.redirects_refused host":                   1,
		"availproxy.discovery.auth_downgrade tailspin":                  1,
	}
	if diff := cmp.Diff(wantCounters, counters); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
}
