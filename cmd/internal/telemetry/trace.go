package telemetry

import (
	"time"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// Trace is the spans of one question, or of one piece of background work, from
// the one around all the others inwards. It costs little to keep; what it says is
// made when it is asked for.
//
// What a question has started may go on after its answer: an answer that is stale
// is renewed behind it. Such spans come in a Trace of their own, with the same ID.
type Trace struct {
	Late bool // these ended after the root of their trace, which has been told of before

	spans []sdk.ReadOnlySpan // in the order in which they ended; at least one
}

// ID is the trace id, 32 hexadecimal digits, as it stands in the log.
func (t Trace) ID() string { return t.last().SpanContext().TraceID().String() }

// Name is that of the root: "availability.query" for a question about free/busy
// times. Of late spans it is the name of the one that ended last.
func (t Trace) Name() string { return t.last().Name() }

// Start is when the root began.
func (t Trace) Start() time.Time { return t.last().StartTime() }

// Duration is that of the root.
func (t Trace) Duration() time.Duration { return took(t.last()) }

// Failed reports whether any hop did.
func (t Trace) Failed() bool {
	for _, span := range t.spans {
		if failed(span) {
			return true
		}
	}
	return false
}

// Hops returns the spans in the order in which they started. What is in them has
// not been through a [Discretion].
func (t Trace) Hops() []Hop { return hops(t.spans) }

// last is the root, which encloses the others, where it is among them.
func (t Trace) last() sdk.ReadOnlySpan { return t.spans[len(t.spans)-1] }

func failed(span sdk.ReadOnlySpan) bool { return span.Status().Code == codes.Error }

func took(span sdk.ReadOnlySpan) time.Duration { return span.EndTime().Sub(span.StartTime()) }

// isRoot reports whether a trace begins, in this process, with span.
func isRoot(span sdk.ReadOnlySpan) bool {
	parent := span.Parent()
	return !parent.IsValid() || parent.IsRemote()
}
