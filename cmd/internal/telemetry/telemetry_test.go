package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

func start(t *testing.T, o Options) *Telemetry {
	t.Helper()
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	running, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return running
}

func TestNothingIsSentUnlessAsked(t *testing.T) {
	for name, want := range map[string]bool{
		"":                                    false,
		"OTEL_SERVICE_NAME":                   false,
		"OTEL_TRACES_EXPORTER":                true,
		"OTEL_EXPORTER_OTLP_ENDPOINT":         true,
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT":  true,
		"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": false,
	} {
		getenv := func(asked string) string {
			if asked == name {
				return "x"
			}
			return ""
		}
		if got := wanted(getenv, "TRACES"); got != want {
			t.Errorf("with %q set, traces are sent: %t, want %t", name, got, want)
		}
	}
}

func TestATraceIsHandedOverThoughNothingIsSampledOrSent(t *testing.T) {
	told := make(chan Trace, 1)
	start(t, Options{
		Getenv:   func(name string) string { return map[string]string{"OTEL_TRACES_SAMPLER": "always_off"}[name] },
		Finished: func(about Trace) { told <- about },
	})
	_, span := otel.Tracer("test").Start(t.Context(), "availability.query")
	if span.SpanContext().IsSampled() || !span.IsRecording() {
		t.Errorf("sampled: %t, recorded: %t, want only the latter", span.SpanContext().IsSampled(), span.IsRecording())
	}
	span.End()
	if got := <-told; got.Name() != "availability.query" || got.ID() != span.SpanContext().TraceID().String() {
		t.Errorf("got %s of %s", got.Name(), got.ID())
	}
}

func TestRecorderShowsThePath(t *testing.T) {
	var recorder Recorder
	start(t, Options{Recorder: &recorder})

	ctx, query := otel.Tracer("test").Start(t.Context(), "availability.query")
	_, lookup := otel.Tracer("test").Start(ctx, "cache.lookup", trace.WithAttributes(attribute.Int("missed", 2)))
	lookup.SetStatus(codes.Error, "broken")
	lookup.End()
	go query.End()
	recorder.Await(t.Context(), "availability.query")

	hops := recorder.Take()
	var got []string
	for _, h := range hops {
		got = append(got, strings.Repeat(" ", h.Depth)+h.Name)
	}
	if want := []string{"availability.query", " cache.lookup"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	if hops[1].Attributes["missed"] != "2" || hops[1].Err != "broken" {
		t.Errorf("got %+v, want its attribute and its error", hops[1])
	}
	if again := recorder.Take(); len(again) != 0 {
		t.Errorf("a second Take gave %v, want nothing", again)
	}
}

func TestLogLinesCarryTheTrace(t *testing.T) {
	start(t, Options{})
	ctx, span := otel.Tracer("test").Start(t.Context(), "x")
	defer span.End()
	var out bytes.Buffer
	NewLogger(&out, slog.LevelInfo, false, nil).With("a", 1).InfoContext(ctx, "hello")
	if want := `"trace_id":"` + span.SpanContext().TraceID().String() + `"`; !strings.Contains(out.String(), want) {
		t.Errorf("got %s, want %s in it", out.String(), want)
	}
}

func TestMetricsCanBeScraped(t *testing.T) {
	running := start(t, Options{})
	counter, err := otel.Meter("test").Int64Counter("availproxy.queries")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 3)
	w := httptest.NewRecorder()
	running.Metrics.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{"availproxy_queries_total 3", "go_goroutines", `service_name="availproxy"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
