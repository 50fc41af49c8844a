package history

import (
	"context"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/trace"

	"availproxy/cmd/internal/telemetry"
)

// Options bound a History. Zero is the default, which is in brackets.
type Options struct {
	Questions int // that have ended last (200)
	Failures  int // the last of those that somebody got no answer to (200)
	Refusals  int // kinds of clients that were not let in (50)
	Bytes     int // of each of the three, about (8 MiB)
}

func (o Options) orDefault() Options {
	for field, standard := range map[*int]int{&o.Questions: 200, &o.Failures: 200, &o.Refusals: 50, &o.Bytes: 8 << 20} {
		if *field == 0 {
			*field = standard
		}
	}
	return o
}

// History is made by New. Nil remembers nothing.
type History struct {
	mu        sync.Mutex // guards what follows
	asked     map[trace.TraceID]*Question
	order     []trace.TraceID // of asked, the oldest first
	held      map[trace.TraceID]*entry
	questions ring
	failures  ring
	refusals  ring
}

// New returns an empty History.
func New(o Options) *History {
	o = o.orDefault()
	return &History{
		asked: map[trace.TraceID]*Question{}, held: map[trace.TraceID]*entry{},
		questions: ring{most: o.Questions, bytes: o.Bytes},
		failures:  ring{most: o.Failures, bytes: o.Bytes},
		refusals:  ring{most: o.Refusals, bytes: o.Bytes},
	}
}

// mostAsked bounds the questions whose trace has not ended yet.
const mostAsked = 2048

// Note keeps q until the trace of ctx has ended. A question outside of any trace
// has no story.
func (h *History) Note(ctx context.Context, q *Question) {
	id := trace.SpanContextFromContext(ctx).TraceID()
	if h == nil || !id.IsValid() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.order) >= mostAsked {
		for _, forgotten := range h.order[:mostAsked/2] {
			delete(h.asked, forgotten)
		}
		h.order = append(h.order[:0], h.order[mostAsked/2:]...)
	}
	h.asked[id] = q
	h.order = append(h.order, id)
}

// What roots of traces are called.
const (
	rootQuery   = "availability.query"
	rootLookup  = "availability.lookup"
	rootRefused = "client.refused"
)

// Finished takes a trace that has ended. It is for [telemetry.Options].
func (h *History) Finished(t telemetry.Trace) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := t.TraceID()
	if t.Late {
		h.goesOn(id, t)
		return
	}
	q := h.asked[id]
	delete(h.asked, id)
	if len(h.asked) == 0 {
		h.order = h.order[:0]
	}
	switch name := t.Name(); {
	case name == rootRefused:
		h.refused(t)
	case q != nil || name == rootQuery:
		h.add(newEntry(t, q))
	}
}

// goesOn puts what has ended after the answer to its question.
func (h *History) goesOn(id trace.TraceID, t telemetry.Trace) {
	if e := h.held[id]; e != nil && len(e.traces) < mostTraces {
		e.grows(t)
		h.makeRoom()
	}
}

func (h *History) add(e *entry) {
	e.rings = []*ring{&h.questions, &h.failures}
	if !e.failed() {
		e.rings = e.rings[:1]
	}
	for _, r := range e.rings {
		r.add(e)
	}
	h.held[e.id] = e
	h.makeRoom()
}

// makeRoom forgets the oldest entries of rings that hold too much.
func (h *History) makeRoom() {
	for _, r := range []*ring{&h.questions, &h.failures, &h.refusals} {
		for r.tooMany() {
			e := r.remove(0)
			if e.rings = slices.DeleteFunc(e.rings, func(of *ring) bool { return of == r }); len(e.rings) == 0 {
				delete(h.held, e.id)
			}
		}
	}
}

// refused counts a client that was not let in, beside others of its kind: whoever
// is refused once is refused again and again.
func (h *History) refused(t telemetry.Trace) {
	e := newEntry(t, nil)
	e.refusal = refusalOf(t)
	for i, other := range h.refusals.entries {
		if other.refusal.kind() == e.refusal.kind() {
			e.refusal.times += other.refusal.times
			h.refusals.remove(i)
			break
		}
	}
	h.refusals.add(e)
	h.makeRoom()
}
