package telemetry

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/trace"
)

// Log is a logger that strangers cannot flood. It must be made by NewLog.
type Log struct {
	*slog.Logger
	sparing *sparing
}

// NewLog returns a Log that writes to w, as text for people and as JSON for
// machines, and adds the trace and span of the context to each line. It has that
// discretion, except at the level [slog.LevelDebug].
func NewLog(w io.Writer, level slog.Leveler, text bool, discretion Discretion) *Log {
	lines := newPlain(w, level, text, discretion)
	sparing := &sparing{told: lines}
	return &Log{slog.New(spared{lines, sparing}), sparing}
}

// NewLogger is NewLog for a command that no stranger reaches: it leaves out nothing.
func NewLogger(w io.Writer, level slog.Leveler, text bool, discretion Discretion) *slog.Logger {
	return slog.New(newPlain(w, level, text, discretion))
}

// Flush tells what is left out so far. It is for the end of the process.
func (l *Log) Flush(ctx context.Context) { l.sparing.flush(ctx) }

// plain makes lines fit for whoever reads them: with trace_id and span_id, with
// durations as people write them, "27.4ms", where JSON would have them in
// nanoseconds, and with discretion.
type plain struct {
	discreet, candid slog.Handler // the latter while somebody debugs
	level            slog.Leveler
	discretion       Discretion
	room             *sync.Pool // of *[]slog.Attr, for the attributes of one line after another
}

func newPlain(w io.Writer, level slog.Leveler, text bool, discretion Discretion) *plain {
	w = &oneAtATime{w: w}
	room := &sync.Pool{New: func() any { return new([]slog.Attr) }}
	return &plain{newWriter(w, level, text), newWriter(w, level, text), level, discretion, room}
}

// now is what writes at present, and with what discretion.
func (h *plain) now() (slog.Handler, Discretion) {
	if h.level.Level() == slog.LevelDebug {
		return h.candid, nil
	}
	return h.discreet, h.discretion
}

// Enabled implements [slog.Handler].
func (h *plain) Enabled(ctx context.Context, level slog.Level) bool {
	return h.discreet.Enabled(ctx, level)
}

// Handle implements [slog.Handler].
func (h *plain) Handle(ctx context.Context, r slog.Record) error {
	handler, discretion := h.now()
	room := h.room.Get().(*[]slog.Attr)
	defer h.room.Put(room)
	attrs := slices.Grow((*room)[:0], r.NumAttrs()+2)
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, discretion.readable(a))
		return true
	})
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		attrs = append(attrs, slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	line := slog.NewRecord(r.Time, r.Level, discretion.Hide(r.Message), r.PC)
	line.AddAttrs(attrs...)
	clear(attrs) // they are in line by now
	*room = attrs
	return handler.Handle(ctx, line)
}

// WithAttrs implements [slog.Handler].
func (h *plain) WithAttrs(attrs []slog.Attr) slog.Handler {
	var candour Discretion
	return &plain{
		h.discreet.WithAttrs(h.discretion.readables(attrs)), h.candid.WithAttrs(candour.readables(attrs)),
		h.level, h.discretion, h.room,
	}
}

// WithGroup implements [slog.Handler].
func (h *plain) WithGroup(name string) slog.Handler {
	return &plain{h.discreet.WithGroup(name), h.candid.WithGroup(name), h.level, h.discretion, h.room}
}

// readable is a with discretion. A principal is an account that asks; whoever has
// to allow it must recognise it.
func (d Discretion) readable(a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindDuration:
		return slog.String(a.Key, a.Value.Duration().String())
	case slog.KindString:
		if a.Key != "principal" {
			return slog.String(a.Key, d.Hide(a.Value.String()))
		}
	case slog.KindGroup:
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(d.readables(a.Value.Group())...)}
	case slog.KindLogValuer:
		return d.readable(slog.Attr{Key: a.Key, Value: a.Value.Resolve()})
	case slog.KindAny:
		return d.readableAny(a)
	}
	return a
}

func (d Discretion) readableAny(a slog.Attr) slog.Attr {
	switch value := a.Value.Any().(type) {
	case error:
		return slog.String(a.Key, d.Hide(value.Error()))
	case []string:
		hidden := slices.Clone(value) // which nobody else may see changed
		for i, text := range hidden {
			hidden[i] = d.Hide(text)
		}
		return slog.Any(a.Key, hidden)
	}
	return a
}

func (d Discretion) readables(attrs []slog.Attr) []slog.Attr {
	hidden := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		hidden[i] = d.readable(a)
	}
	return hidden
}
