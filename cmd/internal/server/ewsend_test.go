package server_test

import (
	"math"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"availproxy/integration/forest"
)

// remaining are the days of availproxy.ews.remaining, by connector.
func remaining(t *testing.T, from *metric.ManualReader) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := from.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	days := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != "availproxy.ews.remaining" {
				continue
			}
			for _, point := range m.Data.(metricdata.Gauge[int64]).DataPoints {
				connector, _ := point.Attributes.Value("forest")
				days[connector.AsString()] = point.Value
			}
		}
	}
	return days
}

// TestTheDaysOfEWSAreAMetric follows the configuration in force.
func TestTheDaysOfEWSAreAMetric(t *testing.T) {
	reader := metric.NewManualReader()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	t.Cleanup(func() { otel.SetMeterProvider(noop.NewMeterProvider()) })
	r := run(t, newForest(t, forest.Options{}))
	if got := remaining(t, reader); len(got) != 0 {
		t.Errorf("a forest on premises has %v days of EWS left", got)
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
		until := func() int64 { return int64(math.Floor(time.Until(end).Hours() / 24)) }
		before := until()
		got, found := remaining(t, reader)["fabrikam.example"]
		if after := until(); !found || got < after || got > before {
			t.Errorf("EWS until %s has %d days left, want %d", next, got, after)
		}
	}
}
