package cache

import (
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric/noop"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	otel.SetMeterProvider(noop.NewMeterProvider()) // else the Stores of all tests count for the first that sets one
	goleak.VerifyTestMain(m)
}
