package history

import (
	"slices"

	"go.opentelemetry.io/otel/trace"

	"availproxy/cmd/internal/telemetry"
)

// entry is what is held of one question, or of one kind of refusals.
type entry struct {
	id       trace.TraceID
	noted    bool // question is known
	question question
	trace    telemetry.Trace
	late     []telemetry.Trace // of the same question
	refusal  *refusal          // nil for a question
	size     int               // bytes, about
	rings    int               // that it is in
}

// mostLate bounds how much of what goes on after an answer is kept.
const mostLate = 8

// ended gives e the trace that it has waited for.
func (e *entry) ended(t telemetry.Trace) {
	e.trace, e.size = t, 128+t.Size()
	if e.noted {
		e.size += e.question.size
	}
}

// failed reports whether somebody got no answer. A hop may fail and be made up for:
// the first thing that we ask of a forest is to refuse us.
func (e *entry) failed() bool {
	if e.noted {
		return e.question.failed
	}
	return slices.ContainsFunc(e.trace.Hops(), func(h telemetry.Hop) bool { return h.Depth == 0 && h.Failed })
}

// copied is e for whoever reads on when e holds another question.
func (e *entry) copied() *entry {
	c := *e
	c.question, c.late = e.question.copied(), slices.Clone(e.late)
	return &c
}

// clear leaves only the room that e takes, for another question.
func (e *entry) clear() {
	clear(e.question.mailboxes)
	clear(e.question.origins)
	*e = entry{question: question{mailboxes: e.question.mailboxes[:0], origins: e.question.origins[:0]}}
}

// ring holds the last entries, the oldest first.
type ring struct {
	most, bytes int // at most
	entries     []*entry
	size        int // of all entries
}

func (r *ring) add(e *entry) {
	r.entries = append(r.entries, e)
	r.size += e.size
	e.rings++
}

// tooMany reports whether the oldest has to go.
func (r *ring) tooMany() bool {
	return len(r.entries) > r.most || r.size > r.bytes && len(r.entries) > 0
}

func (r *ring) remove(i int) *entry {
	e := r.entries[i]
	r.size -= e.size
	e.rings--
	if i == 0 {
		r.entries[0] = nil
		r.entries = r.entries[1:] // which append moves to a new array in time
	} else {
		r.entries = slices.Delete(r.entries, i, i+1)
	}
	return e
}

// copies returns the entries of r, the newest first, as they are now.
func (r *ring) copies() []*entry {
	all := make([]*entry, 0, len(r.entries))
	for _, e := range slices.Backward(r.entries) {
		all = append(all, e.copied())
	}
	return all
}
