package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// Options say who we are and who else wants the spans.
type Options struct {
	Version  string              // of availproxy
	Getenv   func(string) string // os.Getenv; only asked which exporters are wanted
	Recorder *Recorder           // gets every span besides the exporter; nil is nobody

	Discretion Discretion // about the spans that leave the process

	// Finished gets every trace, sampled or not, when its root has ended, and
	// what was still going on then once that has ended. It is called where the
	// last span ends, so it must neither block nor take long. nil is nobody.
	Finished func(Trace)
}

// Telemetry is a running SDK.
type Telemetry struct {
	Metrics http.Handler // what Prometheus scrapes

	traces  *trace.TracerProvider
	metrics *metric.MeterProvider
}

// Start installs the SDK behind the OpenTelemetry API. The variables of the
// OpenTelemetry specification configure it; only its default differs: without
// an exporter or an OTLP endpoint in them, nothing is sent. The caller calls
// Stop.
func Start(ctx context.Context, o Options) (*Telemetry, error) {
	about, err := describe(ctx, o.Version)
	if err != nil {
		return nil, err
	}
	t := &Telemetry{}
	if t.traces, err = traces(ctx, o, about); err != nil {
		return nil, err
	}
	if t.metrics, t.Metrics, err = metrics(ctx, o, about); err != nil {
		return nil, errors.Join(err, t.traces.Shutdown(ctx))
	}
	otel.SetTracerProvider(t.traces)
	otel.SetMeterProvider(t.metrics)
	otel.SetTextMapPropagator(autoprop.NewTextMapPropagator())
	return t, nil
}

// Stop sends what is waiting to be sent. It may block until ctx ends.
func (t *Telemetry) Stop(ctx context.Context) error {
	return errors.Join(t.traces.Shutdown(ctx), t.metrics.Shutdown(ctx))
}

// describe names the service; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES
// win over our own words.
func describe(ctx context.Context, version string) (*resource.Resource, error) {
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "availproxy"), attribute.String("service.version", version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	return about, nil
}

// traces gathers spans where somebody wants them. Otherwise the SDK is left to
// make the ids that stand in the log.
func traces(ctx context.Context, o Options, about *resource.Resource) (*trace.TracerProvider, error) {
	options := []trace.TracerProviderOption{trace.WithResource(about)}
	if o.Recorder != nil {
		options = append(options, trace.WithSpanProcessor(o.Recorder))
	}
	end := &tail{finished: o.Finished, slow: SlowTrace}
	if wanted(o.Getenv, "TRACES") {
		exporter, err := autoexport.NewSpanExporter(ctx)
		if err != nil {
			return nil, fmt.Errorf("telemetry: traces: %w", err)
		}
		if !autoexport.IsNoneSpanExporter(exporter) {
			end.next = trace.NewBatchSpanProcessor(discreet{exporter, o.Discretion})
		}
	}
	if end.next != nil || end.finished != nil {
		options = append(options, trace.WithSpanProcessor(end))
	}
	if len(options) > 1 {
		options = append(options, trace.WithSampler(headFrom(o.Getenv)))
	}
	return trace.NewTracerProvider(options...), nil
}

func metrics(ctx context.Context, o Options, about *resource.Resource) (*metric.MeterProvider, http.Handler, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	scraped, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo())
	if err != nil {
		return nil, nil, fmt.Errorf("telemetry: metrics: %w", err)
	}
	options := []metric.Option{metric.WithResource(about), metric.WithReader(scraped), metric.WithView(
		// A size for each host and status is of no use, and costs as much as a duration.
		metric.NewView(metric.Instrument{Name: "http.client.request.body.size"}, metric.Stream{Aggregation: metric.AggregationDrop{}}))}
	if o.Getenv("OTEL_METRICS_EXEMPLAR_FILTER") == "" {
		options = append(options, metric.WithExemplarFilter(exemplary))
	}
	if wanted(o.Getenv, "METRICS") {
		pushed, err := autoexport.NewMetricReader(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("telemetry: metrics: %w", err)
		}
		options = append(options, metric.WithReader(pushed))
	}
	page := promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
	return metric.NewMeterProvider(options...), page, nil
}

// wanted reports whether the environment asks for an exporter of the signal.
// Without this, autoexport would keep trying a collector on localhost.
func wanted(getenv func(string) string, signal string) bool {
	if strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") {
		return false
	}
	for _, name := range []string{
		"OTEL_" + signal + "_EXPORTER",
		"OTEL_EXPORTER_OTLP_ENDPOINT",
		"OTEL_EXPORTER_OTLP_" + signal + "_ENDPOINT",
	} {
		if getenv(name) != "" {
			return true
		}
	}
	return false
}
