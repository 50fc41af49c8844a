package telemetry

import (
	"context"
	"sync"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// SlowTrace is how long a hop may take before its trace is kept, whatever the
// sampler said. A person in front of Outlook begins to wonder.
const SlowTrace = 2 * time.Second

// tail decides about a trace when it has ended, and more is known than when it
// began. What the sampler wants leaves the process at once; of the rest, what
// failed or was slow. A trace in which one hop failed or was slow is kept whole,
// with what goes on after its root has ended.
//
// It has no goroutine, and what it holds is bounded: see gatherings and pace.
type tail struct {
	next     sdk.SpanProcessor // gets what leaves the process; nil where nothing does
	finished func(Trace)       // nil where nobody asks
	slow     time.Duration
	pace     pace

	mu   sync.Mutex // guards open
	open gatherings
}

var _ sdk.SpanProcessor = (*tail)(nil)

// OnStart implements [sdk.SpanProcessor]. A root is not noted: most of them are
// the only span of their trace, and cost nothing here.
func (t *tail) OnStart(ctx context.Context, span sdk.ReadWriteSpan) {
	if isRoot(span) {
		return
	}
	late := !trace.SpanFromContext(ctx).IsRecording() // its parent has ended
	t.mu.Lock()
	crowded := t.open.began(span.SpanContext().TraceID(), late)
	t.mu.Unlock()
	for _, g := range crowded {
		t.giveUp(g)
	}
}

// OnEnd implements [sdk.SpanProcessor].
func (t *tail) OnEnd(span sdk.ReadOnlySpan) {
	if t.next != nil && span.SpanContext().IsSampled() {
		t.next.OnEnd(span)
	}
	root := isRoot(span)
	if root && span.ChildSpanCount() == 0 {
		alone := []sdk.ReadOnlySpan{span}
		if why := t.worth(alone); why != "" && t.pace.allow(span.Name()) {
			t.export(alone, why)
		}
		t.tell(Trace{spans: alone})
		return
	}
	t.mu.Lock()
	kept, why, told := t.ended(span, root)
	t.mu.Unlock()
	t.export(kept, why)
	if len(told.spans) > 0 {
		t.tell(told)
	}
}

// ended puts span to the others of its trace. It returns those that are to be
// exported, and why, and those that are to be told of. t.mu is held.
func (t *tail) ended(span sdk.ReadOnlySpan, root bool) (kept []sdk.ReadOnlySpan, why reason, told Trace) {
	g := t.open.ended(span, root)
	switch {
	case !g.rooted && !root:
		return nil, "", Trace{}
	case g.why != "":
		kept = []sdk.ReadOnlySpan{span}
	default:
		if g.why = t.worth(g.spans); g.why != "" && t.pace.allow(span.Name()) {
			kept = g.spans
			t.open.remember(g)
		} else {
			g.why = ""
		}
	}
	g.rooted = true
	if root || g.under == 0 {
		told = Trace{Late: !root, spans: g.untold()}
	}
	if g.under == 0 {
		t.open.forget(g)
	}
	return kept, g.why, told
}

// giveUp settles a trace that has to make room, or whose time is over.
func (t *tail) giveUp(g *gathering) {
	if g.why != "" {
		return // what there is of it has left
	}
	if why := t.worth(g.spans); why != "" && t.pace.allow(g.spans[0].Name()) {
		t.export(g.spans, why)
	}
}

// reason is why a trace was kept that the sampler did not want.
type reason string

const (
	hopFailed  reason = "failed"
	hopWasSlow reason = "slow"
)

// worth is the reason to keep spans: "" is none, or that they have left already.
func (t *tail) worth(spans []sdk.ReadOnlySpan) (why reason) {
	for _, span := range spans {
		switch {
		case t.next == nil || span.SpanContext().IsSampled():
			return ""
		case failed(span):
			return hopFailed
		case took(span) >= t.slow:
			why = hopWasSlow
		}
	}
	return why
}

// export sends spans that the sampler did not want.
func (t *tail) export(spans []sdk.ReadOnlySpan, why reason) {
	for _, span := range spans {
		t.next.OnEnd(keptSpan{span, why})
	}
}

func (t *tail) tell(about Trace) {
	if t.finished != nil {
		t.finished(about)
	}
}

// Shutdown implements [sdk.SpanProcessor]: nothing is waited for any longer.
func (t *tail) Shutdown(ctx context.Context) error {
	t.mu.Lock()
	all := t.open.empty()
	t.mu.Unlock()
	for _, g := range all {
		t.giveUp(g)
	}
	if t.next == nil {
		return nil
	}
	return t.next.Shutdown(ctx)
}

// ForceFlush implements [sdk.SpanProcessor]. Traces that have not ended stay.
func (t *tail) ForceFlush(ctx context.Context) error {
	if t.next == nil {
		return nil
	}
	return t.next.ForceFlush(ctx)
}
