package freebusy

import "time"

// Window is the half-open interval [Start, End) of absolute time.
type Window struct{ Start, End time.Time }

// Duration is the real time that passes in the window, whatever clocks do.
func (w Window) Duration() time.Duration { return w.End.Sub(w.Start) }

// Outwards is the least window in UTC and whole seconds that covers w, and is at
// least that long: other sides are asked in seconds, and about one slot at least.
func (w Window) Outwards(least time.Duration) Window {
	start := w.Start.UTC().Truncate(time.Second)
	end := w.End.UTC().Add(time.Second - 1).Truncate(time.Second)
	return Window{start, later(end, start.Add(least))}
}

// Covers reports whether v lies wholly inside w.
func (w Window) Covers(v Window) bool {
	return !v.Start.Before(w.Start) && !v.End.After(w.End)
}

// Holds reports whether e belongs to an answer about w: it overlaps w, or, an
// event of no length, starts in w. An event that ends exactly where w starts
// does not belong; real servers sometimes add those, and we drop them.
func (w Window) Holds(e Event) bool {
	if e.Start.Equal(e.End) {
		return !e.Start.Before(w.Start) && e.Start.Before(w.End)
	}
	return e.Start.Before(w.End) && e.End.After(w.Start)
}

// union joins windows that overlap or follow on each other, in place. They must
// come in the order of their starts, and so do those it returns, which are
// disjoint.
func union(windows []Window) []Window {
	joined := windows[:0]
	for _, w := range windows {
		if n := len(joined); n > 0 && !w.Start.After(joined[n-1].End) {
			joined[n-1].End = later(joined[n-1].End, w.End)
			continue
		}
		joined = append(joined, w)
	}
	return joined
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
