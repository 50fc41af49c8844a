package telemetry

import (
	"context"
	"io"
	"log/slog"
	"sync"
)

// writer writes lines in one of the forms of slog.
type writer struct {
	slog.Handler
	wire slog.Handler // the same, for the level that slog has no name for
}

func newWriter(w io.Writer, level slog.Leveler, text bool) writer {
	usual, named := &slog.HandlerOptions{Level: level}, &slog.HandlerOptions{Level: level, ReplaceAttr: nameLevel}
	if text {
		return writer{slog.NewTextHandler(w, usual), slog.NewTextHandler(w, named)}
	}
	return writer{slog.NewJSONHandler(w, usual), slog.NewJSONHandler(w, named)}
}

// Handle implements [slog.Handler]. To replace attributes costs as much as the rest
// of a line, so that it is left for where it must be.
func (w writer) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelDebug {
		return w.wire.Handle(ctx, r)
	}
	return w.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (w writer) WithAttrs(attrs []slog.Attr) slog.Handler {
	return writer{w.Handler.WithAttrs(attrs), w.wire.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (w writer) WithGroup(name string) slog.Handler {
	return writer{w.Handler.WithGroup(name), w.wire.WithGroup(name)}
}

func nameLevel(groups []string, a slog.Attr) slog.Attr {
	if level, ok := a.Value.Any().(slog.Level); ok && len(groups) == 0 && a.Key == slog.LevelKey && level == LevelWire {
		return slog.String(a.Key, "WIRE")
	}
	return a
}

// oneAtATime keeps the lines of several handlers apart.
type oneAtATime struct {
	mu sync.Mutex // guards w
	w  io.Writer
}

// Write implements [io.Writer].
func (o *oneAtATime) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(p)
}
