// Package telemetry turns what the other packages say through slog and the
// OpenTelemetry API into something that leaves the process: log lines with
// trace ids, spans and metrics over OTLP as the OTEL_* variables say, and the
// page that Prometheus scrapes. With none of the variables set it sends nothing.
//
// Spans are recorded whatever the sampler says, and a trace is looked at when it has
// ended: what failed or was slow is kept. docs/traces.md lists spans and attributes.
//
// It holds the OpenTelemetry SDK so that nothing else has to. What is measured
// is decided where it happens, not here.
package telemetry
