package telemetry

import (
	"context"
	"slices"
	"sync"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// Recorder keeps the spans that end, so that a command can show the path that
// its own question took. It goes into [Options.Recorder].
type Recorder struct {
	mu    sync.Mutex // guards what follows
	spans []sdk.ReadOnlySpan
	ended chan struct{} // closed when the next span ends; nil when nobody waits
}

var _ sdk.SpanProcessor = (*Recorder)(nil)

// recorderSpans bounds what a Recorder keeps when nobody takes it.
const recorderSpans = 4096

// OnStart implements [sdk.SpanProcessor].
func (*Recorder) OnStart(context.Context, sdk.ReadWriteSpan) {}

// OnEnd implements [sdk.SpanProcessor].
func (r *Recorder) OnEnd(span sdk.ReadOnlySpan) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.spans) == recorderSpans {
		r.spans = r.spans[1:]
	}
	r.spans = append(r.spans, span)
	if r.ended != nil {
		close(r.ended)
		r.ended = nil
	}
}

// Shutdown implements [sdk.SpanProcessor].
func (*Recorder) Shutdown(context.Context) error { return nil }

// ForceFlush implements [sdk.SpanProcessor].
func (*Recorder) ForceFlush(context.Context) error { return nil }

// Await blocks until a span of that name has been recorded, or ctx ends: what a
// server does for an answer ends a moment after the answer has come.
func (r *Recorder) Await(ctx context.Context, name string) {
	for {
		r.mu.Lock()
		if slices.ContainsFunc(r.spans, func(s sdk.ReadOnlySpan) bool { return s.Name() == name }) {
			r.mu.Unlock()
			return
		}
		if r.ended == nil {
			r.ended = make(chan struct{})
		}
		ended := r.ended
		r.mu.Unlock()
		select {
		case <-ended:
		case <-ctx.Done():
			return
		}
	}
}

// Take returns the hops recorded since the last Take, in the order in which
// they started, and forgets them.
func (r *Recorder) Take() []Hop {
	r.mu.Lock()
	spans := r.spans
	r.spans = nil
	r.mu.Unlock()
	return hops(spans)
}
