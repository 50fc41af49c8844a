package history

import (
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// Document tells of all that is remembered.
func (h *History) Document(show Show) Document {
	if h == nil {
		h = &History{}
	}
	h.mu.Lock()
	questions, failures, refusals := h.questions.copies(), h.failures.copies(), h.refusals.copies()
	h.mu.Unlock()

	d := Document{Questions: stories(questions, show), Failures: stories(failures, show), Refusals: []Refusal{}}
	for _, e := range refusals {
		r := e.refusal
		d.Refusals = append(d.Refusals, Refusal{
			ID: e.id.String(), At: r.at, Times: r.times, Decision: r.decision, Mechanism: r.mechanism, Reason: r.reason, Principal: r.principal,
		})
	}
	return d
}

func stories(entries []entry, show Show) []Story {
	told := make([]Story, len(entries))
	for i := range entries {
		told[i] = entries[i].story(show)
	}
	return told
}

// copies returns the entries of r, the newest first. They do not change with what
// comes later.
func (r *ring) copies() []entry {
	all := make([]entry, 0, len(r.entries))
	for _, e := range slices.Backward(r.entries) {
		all = append(all, *e)
	}
	return all
}

// Story tells of the question with that id, if it is still remembered.
func (h *History) Story(id string, show Show) (s Story, known bool) {
	of, err := trace.TraceIDFromHex(id)
	if err != nil || h == nil {
		return Story{}, false
	}
	h.mu.Lock()
	e := h.held[of]
	if e == nil {
		h.mu.Unlock()
		return Story{}, false
	}
	copied := *e
	h.mu.Unlock()
	return copied.story(show), true
}
