package server_test

import (
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"availproxy/integration/forest"
)

// remaining are the seconds of availproxy.ews.remaining, by connector.
func remaining(t *testing.T, from *metric.ManualReader) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := from.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	seconds := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != "availproxy.ews.remaining" {
				continue
			}
			for _, point := range m.Data.(metricdata.Gauge[int64]).DataPoints {
				connector, _ := point.Attributes.Value("forest")
				seconds[connector.AsString()] = point.Value
			}
		}
	}
	return seconds
}

// TestTheTimeThatEWSHasLeftIsAMetric follows the configuration in force.
func TestTheTimeThatEWSHasLeftIsAMetric(t *testing.T) {
	reader := metric.NewManualReader()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	t.Cleanup(func() { otel.SetMeterProvider(noop.NewMeterProvider()) })
	r := run(t, newForest(t, forest.Options{}))
	if got := remaining(t, reader); len(got) != 0 {
		t.Errorf("a forest on premises has %v seconds of EWS left", got)
	}
	day := "    cloud: none"
	for _, next := range []string{"2026-01-01", "2199-12-31"} {
		end, err := time.Parse(time.DateOnly, next)
		if err != nil {
			t.Fatal(err)
		}
		line := "    cloud: none\n    ews_end_date: " + next
		r.configure(t, replace(t, day, line))
		day = line
		if _, err := r.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		until := func() int64 { return int64(time.Until(end) / time.Second) }
		before := until()
		got, found := remaining(t, reader)["fabrikam.example"]
		if after := until(); !found || got < after || got > before {
			t.Errorf("EWS until %s has %d s left, want %d", next, got, after)
		}
	}
}
