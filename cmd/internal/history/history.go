package history

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/trace"

	"availproxy/cmd/internal/telemetry"
	"availproxy/freebusy"
)

// Options bound a History. Zero is the default, which is in brackets.
type Options struct {
	Questions int // that have ended last (200)
	Failures  int // the last of those that somebody got no answer to (200)
	Refusals  int // kinds of clients that were not let in (50)
	Bytes     int // of each of the three, about (8 MiB)
}

func (o Options) orDefault() Options {
	return Options{cmp.Or(o.Questions, 200), cmp.Or(o.Failures, 200), cmp.Or(o.Refusals, 50), cmp.Or(o.Bytes, 8<<20)}
}

// History is made by New. Nil remembers nothing.
type History struct {
	mu        sync.Mutex               // guards what follows
	asked     map[trace.TraceID]*entry // that wait for their trace to end
	order     []trace.TraceID          // of asked, the oldest first
	held      map[trace.TraceID]*entry
	questions ring
	failures  ring
	refusals  ring
	free      []*entry // that have been forgotten
}

// New returns an empty History.
func New(o Options) *History {
	o = o.orDefault()
	return &History{
		asked: map[trace.TraceID]*entry{}, held: map[trace.TraceID]*entry{},
		questions: ring{most: o.Questions, bytes: o.Bytes},
		failures:  ring{most: o.Failures, bytes: o.Bytes},
		refusals:  ring{most: o.Refusals, bytes: o.Bytes},
	}
}

// mostAsked bounds the questions whose trace has not ended yet.
const mostAsked = 2048

// Note keeps a question and how it was answered, with err where it was not, until
// the trace of ctx has ended. One outside of any trace has no story. Nothing of what
// is given stays in use.
func (h *History) Note(ctx context.Context, by Asker, q freebusy.Query, answers []freebusy.Answer, err error) {
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
	e := h.take(id)
	e.noted = true
	e.question.note(by, q, answers, err)
	h.asked[id] = e
	h.order = append(h.order, id)
}

// take returns an entry without anything in it.
func (h *History) take(id trace.TraceID) (e *entry) {
	if last := len(h.free) - 1; last >= 0 {
		e, h.free = h.free[last], h.free[:last]
	} else {
		e = &entry{}
	}
	e.id = id
	return e
}

// mostFree bounds the entries that wait to be used again.
const mostFree = 64

// forget leaves e to another question.
func (h *History) forget(e *entry) {
	if h.held[e.id] == e {
		delete(h.held, e.id)
	}
	if len(h.free) < mostFree {
		e.clear()
		h.free = append(h.free, e)
	}
}

// What roots of traces are called.
const (
	rootQuery   = "availability.query"
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
	e := h.asked[id]
	delete(h.asked, id)
	if len(h.asked) == 0 {
		h.order = h.order[:0]
	}
	name := t.Name()
	switch {
	case name == rootRefused:
		h.refused(t)
		return
	case e == nil && name != rootQuery:
		return
	case e == nil:
		e = h.take(id)
	}
	e.ended(t)
	h.add(e)
}

// goesOn puts what has ended after the answer to its question.
func (h *History) goesOn(id trace.TraceID, t telemetry.Trace) {
	e := h.held[id]
	if e == nil || len(e.late) == mostLate {
		return
	}
	e.late = append(e.late, t)
	size := t.Size()
	e.size += size
	for _, r := range [...]*ring{&h.questions, &h.failures} {
		if slices.Contains(r.entries, e) {
			r.size += size
		}
	}
	h.makeRoom()
}

func (h *History) add(e *entry) {
	h.questions.add(e)
	if e.failed() {
		h.failures.add(e)
	}
	h.held[e.id] = e
	h.makeRoom()
}

// makeRoom forgets the oldest entries of rings that hold too much.
func (h *History) makeRoom() {
	for _, r := range [...]*ring{&h.questions, &h.failures, &h.refusals} {
		for r.tooMany() {
			if e := r.remove(0); e.rings == 0 {
				h.forget(e)
			}
		}
	}
}

// refused counts a client that was not let in, beside others of its kind: whoever
// is refused once is refused again and again.
func (h *History) refused(t telemetry.Trace) {
	e := h.take(t.TraceID())
	e.ended(t)
	e.refusal = refusalOf(t)
	for i, other := range h.refusals.entries {
		if other.refusal.kind() == e.refusal.kind() {
			e.refusal.times += other.refusal.times
			h.forget(h.refusals.remove(i))
			break
		}
	}
	h.refusals.add(e)
	h.makeRoom()
}
