package telemetry

import (
	"context"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// NewLogger returns a logger that writes to w, as text for people and as JSON
// for machines, and adds the trace and span of the context to each line. It has
// that discretion, except where it is to help with debugging.
func NewLogger(w io.Writer, level slog.Leveler, text bool, discretion Discretion) *slog.Logger {
	if level.Level() <= slog.LevelDebug {
		discretion = nil
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: discretion.readable}
	if text {
		return slog.New(traced{slog.NewTextHandler(w, options)})
	}
	return slog.New(traced{slog.NewJSONHandler(w, options)})
}

// readable writes durations as people do, "27.4ms", where JSON would have them
// in nanoseconds, and texts with discretion. A principal is an account that
// asks; whoever has to allow it must recognise it.
func (d Discretion) readable(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindDuration:
		return slog.String(a.Key, a.Value.Duration().String())
	case slog.KindString:
		if a.Key != "principal" {
			return slog.String(a.Key, d.Hide(a.Value.String()))
		}
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			return slog.String(a.Key, d.Hide(err.Error()))
		}
	}
	return a
}

// traced adds trace_id and span_id.
type traced struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h traced) Handle(ctx context.Context, r slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{h.Handler.WithAttrs(attrs)} }

// WithGroup implements [slog.Handler].
func (h traced) WithGroup(name string) slog.Handler { return traced{h.Handler.WithGroup(name)} }
