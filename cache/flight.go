package cache

import (
	"context"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"

	"availproxy/freebusy"
)

// flight is one mailbox on its way: asked by one question, awaited by any that
// want the same. Nobody's context owns it.
type flight struct {
	done   chan struct{}
	answer freebusy.Answer   // readable once done is closed
	trace  trace.SpanContext // of the question that sent it

	// void is set when what it brings is for those who wait for it already, and
	// not to be remembered: its mailbox has been purged since it was sent.
	void atomic.Bool

	// doubted is the same for a calendar alone: its mailbox has been refused since
	// it was sent, and nobody knows which came first over there.
	doubted atomic.Bool
}

// course is what two questions must have in common to share a flight. It holds
// the scope, so that no answer passes from one requester to another.
type course struct {
	key    key
	window freebusy.Window // in UTC
	slot   int64           // the interval, where digits are acceptable; else 0
}

// flights are the fetches under way.
type flights struct {
	mu     sync.Mutex // guards byWhat
	byWhat map[course]*flight
	wait   crew
}

// join returns the flight on that course, and whether it was started now: then
// the caller must see that it lands.
func (f *flights) join(ctx context.Context, c course) (fl *flight, started bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl := f.byWhat[c]; fl != nil {
		return fl, false
	}
	fl = &flight{done: make(chan struct{}), trace: trace.SpanContextFromContext(ctx)}
	f.byWhat[c] = fl
	return fl, true
}

func (f *flights) land(c course, fl *flight, a freebusy.Answer) {
	f.mu.Lock()
	if f.byWhat[c] == fl { // and not one that was sent after a purge
		delete(f.byWhat, c)
	}
	f.mu.Unlock()
	fl.answer = a
	close(fl.done)
}

// await returns the answer of fl, or false when ctx ends before it is there.
func (fl *flight) await(ctx context.Context) (freebusy.Answer, bool) {
	select {
	case <-fl.done:
		return fl.answer, true
	case <-ctx.Done():
	}
	select {
	case <-fl.done: // both at once: an answer is better than none
		return fl.answer, true
	default:
		return freebusy.Answer{}, false
	}
}
