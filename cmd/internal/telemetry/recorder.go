package telemetry

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
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

// Hop is one step on the path of a question.
type Hop struct {
	Name       string
	Depth      int // how many recorded hops enclose this one
	Start      time.Time
	Duration   time.Duration
	Attributes map[string]string
	Err        string
}

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

	// Of two that started together, the one that ended later encloses the other.
	slices.SortStableFunc(spans, func(a, b sdk.ReadOnlySpan) int {
		if c := a.StartTime().Compare(b.StartTime()); c != 0 {
			return c
		}
		return b.EndTime().Compare(a.EndTime())
	})
	parents := make(map[trace.SpanID]sdk.ReadOnlySpan, len(spans))
	for _, span := range spans {
		parents[span.SpanContext().SpanID()] = span
	}
	hops := make([]Hop, len(spans))
	for i, span := range spans {
		hops[i] = Hop{
			Name: span.Name(), Depth: depth(span, parents), Start: span.StartTime(),
			Duration: span.EndTime().Sub(span.StartTime()), Attributes: words(span.Attributes()), Err: span.Status().Description,
		}
	}
	return hops
}

func depth(span sdk.ReadOnlySpan, spans map[trace.SpanID]sdk.ReadOnlySpan) (n int) {
	for {
		parent, ok := spans[span.Parent().SpanID()]
		if !ok {
			return n
		}
		span, n = parent, n+1
	}
}

func words(attributes []attribute.KeyValue) map[string]string {
	m := make(map[string]string, len(attributes))
	for _, a := range attributes {
		m[string(a.Key)] = a.Value.String()
	}
	return m
}
