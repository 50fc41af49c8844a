package telemetry

import (
	"fmt"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// head is what OTEL_TRACES_SAMPLER decides when a trace begins. Whatever it does
// not sample is recorded all the same, so that a tail may still keep it.
type head struct{ sdk.Sampler }

// ShouldSample implements [sdk.Sampler].
func (h head) ShouldSample(p sdk.SamplingParameters) sdk.SamplingResult {
	result := h.Sampler.ShouldSample(p)
	if result.Decision == sdk.Drop {
		result.Decision = sdk.RecordOnly
	}
	return result
}

// headFrom reads OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG. As the SDK does
// with its own, it reports a value that it does not know, and goes on with the
// default, which is to sample everything.
func headFrom(getenv func(string) string) head {
	sampler, err := samplerNamed(getenv("OTEL_TRACES_SAMPLER"), getenv("OTEL_TRACES_SAMPLER_ARG"))
	if err != nil {
		otel.Handle(fmt.Errorf("telemetry: %w", err))
		sampler = sdk.AlwaysSample()
	}
	return head{sdk.ParentBased(sampler)}
}

// samplerNamed knows the names that the OpenTelemetry specification gives
// ("General SDK Configuration"). With and without "parentbased_" is the same
// here, since no trace begins with a caller.
func samplerNamed(name, arg string) (sdk.Sampler, error) {
	switch strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "parentbased_") {
	case "", "always_on":
		return sdk.AlwaysSample(), nil
	case "always_off":
		return sdk.NeverSample(), nil
	case "traceidratio":
		if arg = strings.TrimSpace(arg); arg == "" {
			return sdk.AlwaysSample(), nil
		}
		ratio, err := strconv.ParseFloat(arg, 64)
		if err != nil || !(ratio >= 0 && ratio <= 1) {
			return nil, fmt.Errorf("OTEL_TRACES_SAMPLER_ARG: want a number from 0 to 1, not %q", arg)
		}
		return sdk.TraceIDRatioBased(ratio), nil
	}
	return nil, fmt.Errorf("OTEL_TRACES_SAMPLER: %q is not known", name)
}
