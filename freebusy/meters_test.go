package freebusy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"availproxy/freebusy"
)

// watch records what the package traces and counts during a test.
func watch(t *testing.T) (*tracetest.SpanRecorder, *metric.ManualReader) {
	t.Helper()
	spans, reader := tracetest.NewSpanRecorder(), metric.NewManualReader()
	tracers, meters := otel.GetTracerProvider(), otel.GetMeterProvider()
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(spans)))
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	t.Cleanup(func() {
		otel.SetTracerProvider(tracers)
		otel.SetMeterProvider(meters)
	})
	return spans, reader
}

func TestRouterTracesEachForest(t *testing.T) {
	unknown := &freebusy.Error{Code: freebusy.ErrorNoFreeBusyAccess, Text: "SMTP:a@forest"}
	tests := map[string]struct {
		forest freebusy.Source
		want   string // the attributes
		status codes.Code
	}{
		"every mailbox answered": {&otherSide{}, "availproxy.forest=forest availproxy.mailboxes.count=2 availproxy.outcome=ok", codes.Unset},
		"one back end answered": {
			&backEnd{answer: from("graph")},
			"availproxy.forest=forest availproxy.mailboxes.count=2 availproxy.outcome=ok availproxy.backend=graph", codes.Unset,
		},
		"some mailboxes answered": {
			&otherSide{refuses: map[string]*freebusy.Error{"a@forest": unknown}},
			"availproxy.forest=forest availproxy.mailboxes.count=2 availproxy.outcome=partial", codes.Unset,
		},
		"every mailbox refused": {
			&otherSide{refuses: map[string]*freebusy.Error{"a@forest": unknown, "b@forest": unknown}},
			"availproxy.forest=forest availproxy.mailboxes.count=2 availproxy.outcome=refused error.type=ErrorNoFreeBusyAccess availproxy.cause=mailbox.no-access", codes.Unset,
		},
		"the forest failed": {
			&otherSide{fails: errors.New("dial a@forest")},
			"availproxy.forest=forest availproxy.mailboxes.count=2 availproxy.outcome=failed error.type=ErrorProxyRequestProcessingFailed availproxy.cause=endpoint.not-asked", codes.Error,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spans, _ := watch(t)
			ask(t, t.Context(), router(&directory{}, map[string]freebusy.Source{"forest": tt.forest}), query("a@forest", "b@forest", "a@forest"))
			ended := spans.Ended()
			if len(ended) != 1 {
				t.Fatalf("%d spans, want 1", len(ended))
			}
			span := ended[0]
			var got []string
			for _, a := range span.Attributes() {
				got = append(got, fmt.Sprintf("%s=%s", a.Key, a.Value.String()))
			}
			if strings.Join(got, " ") != tt.want || span.Name() != "forest.query" || span.Status().Code != tt.status {
				t.Errorf("span %s %v %q\nwant forest.query %v %q", span.Name(), span.Status(), got, tt.status, tt.want)
			}
			if written := fmt.Sprint(span.Attributes(), span.Status(), span.Events()); strings.Contains(written, "@") {
				t.Errorf("an address is in the span: %s", written)
			}
		})
	}
}

func TestRouterCountsMailboxes(t *testing.T) {
	_, reader := watch(t)
	r := router(&directory{}, map[string]freebusy.Source{"x": &otherSide{}, "y": &otherSide{fails: freebusy.TimeoutExpired(nil)}})
	ask(t, t.Context(), r, query("a@x", "b@x", "c@y"))

	got := counts(t, reader)
	want := map[string]int64{
		"availproxy.forest.in_flight forest=x":                                 0,
		"availproxy.forest.in_flight forest=y":                                 0,
		"availproxy.forest.duration forest=x,outcome=ok":                       1,
		"availproxy.forest.duration forest=y,outcome=failed":                   1,
		"availproxy.mailboxes code=NoError,forest=x,source=forest":             2,
		"availproxy.mailboxes code=ErrorTimeoutExpired,forest=y,source=forest": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

// counts are what has been counted and timed, by metric and attributes.
func counts(t *testing.T, reader *metric.ManualReader) map[string]int64 {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					got[m.Name+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] = p.Value
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					got[m.Name+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] = int64(p.Count)
				}
			}
		}
	}
	return got
}

func TestStopwatchTimesWhatABackEndIsAsked(t *testing.T) {
	refused := &freebusy.Error{Code: freebusy.ErrorNoFreeBusyAccess}
	tests := map[string]struct {
		source freebusy.Source
		want   string
	}{
		"everybody answered":           {&otherSide{}, "ok"},
		"somebody refused":             {&otherSide{refuses: map[string]*freebusy.Error{"a": refused}}, "partial"},
		"everybody refused":            {&otherSide{refuses: map[string]*freebusy.Error{"a": refused, "b": refused}}, "refused"},
		"the way there failed":         {&otherSide{fails: errors.New("dial")}, "failed"},
		"the question as such refused": {&otherSide{fails: &freebusy.Error{Code: freebusy.ErrorInvalidCrossForestCredentials}}, "refused"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, reader := watch(t)
			watched := freebusy.NewStopwatch("fabrikam", "ews", freebusy.Comparing).Around(tt.source)
			watched.Availability(t.Context(), query("a", "b"))
			want := map[string]int64{"availproxy.backend.duration backend=ews,forest=fabrikam,outcome=" + tt.want + ",role=comparing": 1}
			if diff := cmp.Diff(want, counts(t, reader)); diff != "" {
				t.Errorf("metrics (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAHostileForestMakesNoTimeSeriesOfItsOwn answers with ever new codes.
func TestAHostileForestMakesNoTimeSeriesOfItsOwn(t *testing.T) {
	_, reader := watch(t)
	for i := range 300 {
		r := router(&directory{}, map[string]freebusy.Source{"x": &otherSide{fails: &freebusy.Error{Code: freebusy.Code(fmt.Sprint("Error", i))}}})
		ask(t, t.Context(), r, query("a@x"))
	}
	if got := counts(t, reader); got["availproxy.mailboxes code=other,forest=x,source=forest"] != 300 || len(got) != 3 {
		t.Errorf("got %v", got)
	}
}
