package telemetry

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	"google.golang.org/protobuf/proto"
)

// measured records one measurement in a span of its own, which began so long ago
// and has failed or not, and returns the id of its trace.
func measured(t *testing.T, ago time.Duration, failed bool) string {
	t.Helper()
	duration, err := otel.Meter("test").Float64Histogram("availproxy.query.duration", metric.WithUnit("s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, span := otel.Tracer("test").Start(t.Context(), "availability.query", trace.WithTimestamp(time.Now().Add(-ago)))
	defer span.End()
	if failed {
		span.SetStatus(codes.Error, "ErrorTimeoutExpired")
	}
	duration.Record(ctx, ago.Seconds())
	return span.SpanContext().TraceID().String()
}

// openMetrics is the page as Prometheus asks for it when it wants exemplars.
func openMetrics(running *Telemetry) string {
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3")
	w := httptest.NewRecorder()
	running.Metrics.ServeHTTP(w, r)
	return w.Body.String()
}

func TestExemplarsLeadToTracesThatAreKept(t *testing.T) {
	tests := map[string]struct {
		sampler, filter string
		ago             time.Duration
		failed, want    bool
	}{
		"a trace that is sampled":                   {sampler: "always_on", want: true},
		"a trace that is not":                       {sampler: "always_off"},
		"one that is not, and has failed":           {sampler: "always_off", failed: true, want: true},
		"one that is not, and is slow":              {sampler: "always_off", ago: SlowTrace, want: true},
		"one that is not, and is nearly slow":       {sampler: "always_off", ago: SlowTrace - time.Second},
		"where the environment wants none":          {sampler: "always_on", filter: "always_off", failed: true},
		"where the environment wants sampled alone": {sampler: "always_off", filter: "trace_based", failed: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OTEL_TRACES_SAMPLER", tt.sampler)
			if tt.filter != "" {
				t.Setenv("OTEL_METRICS_EXEMPLAR_FILTER", tt.filter)
			}
			running := start(t, Options{Getenv: os.Getenv, Finished: func(Trace) {}})
			id := measured(t, tt.ago, tt.failed)
			page := openMetrics(running)
			if !strings.Contains(page, "availproxy_query_duration_seconds_count") {
				t.Fatalf("nothing was measured:\n%s", page)
			}
			if got := strings.Contains(page, `trace_id="`+id+`"`); got != tt.want {
				t.Errorf("an exemplar leads to the trace: %t, want %t\n%s", got, tt.want, page)
			}
		})
	}
}

// receiver is an OTLP endpoint for metrics over HTTP.
type receiver struct {
	mu  sync.Mutex // guards all
	all []*collector.ExportMetricsServiceRequest
}

// ServeHTTP implements [http.Handler].
func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unpacked
	}
	text, err := io.ReadAll(body)
	request := &collector.ExportMetricsServiceRequest{}
	if err == nil {
		err = proto.Unmarshal(text, request)
	}
	if err != nil || r.URL.Path != "/v1/metrics" {
		http.Error(w, "not OTLP", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, request)
}

// TestMetricsArePushed has the variables of OpenTelemetry send the numbers to a
// collector, with the exemplars.
func TestMetricsArePushed(t *testing.T) {
	received := &receiver{}
	server := httptest.NewServer(received)
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", server.URL+"/v1/metrics")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	t.Setenv("OTEL_SERVICE_NAME", "fb.contoso.com")
	running, err := Start(t.Context(), Options{Version: "1.2.3", Getenv: os.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	id := measured(t, 3*time.Second, false)
	if err := running.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, request := range received.all {
		for _, of := range request.ResourceMetrics {
			about := map[string]string{}
			for _, a := range of.Resource.Attributes {
				about[a.Key] = a.Value.GetStringValue()
			}
			for _, scope := range of.ScopeMetrics {
				for _, m := range scope.Metrics {
					for _, p := range m.GetHistogram().GetDataPoints() {
						found = m.Name == "availproxy.query.duration" && m.Unit == "s" && p.Count == 1 &&
							len(p.Exemplars) == 1 && hex.EncodeToString(p.Exemplars[0].TraceId) == id &&
							about["service.name"] == "fb.contoso.com" && about["service.version"] == "1.2.3"
					}
				}
			}
		}
	}
	if !found {
		t.Errorf("the collector got %v, want a measurement with exemplar %s", received.all, id)
	}
}
