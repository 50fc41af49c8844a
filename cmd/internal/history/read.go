package history

import (
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
			ID: e.id.String(), At: r.at, Times: r.times, Decision: r.decision, Mechanism: r.mechanism, Reason: r.reason, Principal: show.Text(r.principal), Client: r.client,
		})
	}
	return d
}

func stories(entries []*entry, show Show) []Story {
	told := make([]Story, len(entries))
	for i, e := range entries {
		told[i] = e.story(show)
	}
	return told
}

// Story tells of the question with that id, if it is still remembered.
func (h *History) Story(id string, show Show) (s Story, known bool) {
	of, err := trace.TraceIDFromHex(id)
	if err != nil || h == nil {
		return Story{}, false
	}
	h.mu.Lock()
	e := h.held[of]
	if e != nil {
		e = e.copied()
	}
	h.mu.Unlock()
	if e == nil {
		return Story{}, false
	}
	return e.story(show), true
}
