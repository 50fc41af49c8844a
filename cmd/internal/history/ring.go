package history

import (
	"slices"

	"go.opentelemetry.io/otel/trace"

	"availproxy/cmd/internal/telemetry"
)

// entry is what is held of one question, or of one kind of refusals.
type entry struct {
	id       trace.TraceID
	question *Question         // nil where it was never read, or is none
	traces   []telemetry.Trace // the first is that of the question, others are late
	refusal  *refusal          // nil for a question
	size     int               // bytes, about
	rings    []*ring           // that it is in
}

// grows takes what has gone on after the answer. Stories may be made of what was
// there before, so that it stays as it is.
func (e *entry) grows(t telemetry.Trace) {
	e.traces = append(e.traces[:len(e.traces):len(e.traces)], t)
	e.size += t.Size()
	for _, r := range e.rings {
		r.size += t.Size()
	}
}

// mostTraces bounds how much of what goes on after an answer is kept.
const mostTraces = 8

func newEntry(t telemetry.Trace, q *Question) *entry {
	e := &entry{id: t.TraceID(), question: q, traces: []telemetry.Trace{t}, size: 128 + t.Size()}
	if q != nil {
		e.size += q.size()
	}
	return e
}

// failed reports whether somebody got no answer. A hop may fail and be made up for:
// the first thing that we ask of a forest is to refuse us.
func (e *entry) failed() bool {
	if e.question != nil {
		return e.question.failed()
	}
	return slices.ContainsFunc(e.traces[0].Hops(), func(h telemetry.Hop) bool { return h.Depth == 0 && h.Failed })
}

// ring holds the last entries, the oldest first.
type ring struct {
	most, bytes int // at most
	entries     []*entry
	size        int // of all entries
}

// add puts e behind the others.
func (r *ring) add(e *entry) {
	r.entries = append(r.entries, e)
	r.size += e.size
}

// tooMany reports whether the oldest has to go.
func (r *ring) tooMany() bool {
	return len(r.entries) > r.most || r.size > r.bytes && len(r.entries) > 0
}

func (r *ring) remove(i int) *entry {
	e := r.entries[i]
	r.size -= e.size
	if i == 0 {
		r.entries[0] = nil
		r.entries = r.entries[1:] // which append moves to a new array in time
	} else {
		r.entries = append(r.entries[:i], r.entries[i+1:]...)
	}
	return e
}
