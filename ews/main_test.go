package ews

import (
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric/noop"
	"go.uber.org/goleak"
)

// The first MeterProvider that is set also gets what was made before it. That
// shall not be one of a test, which would see the counts of others.
func TestMain(m *testing.M) {
	otel.SetMeterProvider(noop.NewMeterProvider())
	goleak.VerifyTestMain(m)
}
