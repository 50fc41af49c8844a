package freebusy

import (
	"cmp"
	"slices"
	"time"
)

// pairing are the events of two sides that have no counterpart yet, either side
// in the order of byText. Which events become pairs does not depend on which
// side is which.
type pairing struct{ served, other []Event }

// equal pairs events that are equal in order, which is one of those that byText
// is made of.
func (p *pairing) equal(order func(a, b Event) int, found func(served, other Event)) {
	var served, other []Event
	i, j := 0, 0
	for i < len(p.served) && j < len(p.other) {
		switch c := order(p.served[i], p.other[j]); {
		case c < 0:
			served = append(served, p.served[i])
			i++
		case c > 0:
			other = append(other, p.other[j])
			j++
		default:
			found(p.served[i], p.other[j])
			i, j = i+1, j+1
		}
	}
	p.served, p.other = append(served, p.served[i:]...), append(other, p.other[j:]...)
}

// mostPairs bounds how many pairs nearest looks at. Calendars in which so much
// differs have nothing in common.
const mostPairs = 1 << 20

// pair is one event of either side, by their places.
type pair struct {
	served, other int
	apart         time.Duration
	a, b          Event
}

// nearest pairs events that are alike, which must be so either way round, those
// first that are least apart.
func (p *pairing) nearest(alike func(a, b Event) (apart time.Duration, ok bool), found func(served, other Event)) {
	if len(p.served)*len(p.other) > mostPairs {
		return
	}
	var pairs []pair
	for i, a := range p.served {
		for j, b := range p.other {
			if apart, ok := alike(a, b); ok {
				pairs = append(pairs, pair{i, j, apart, a, b})
			}
		}
	}
	slices.SortStableFunc(pairs, pair.compare)
	served, other := make([]bool, len(p.served)), make([]bool, len(p.other))
	for _, candidate := range pairs {
		if !served[candidate.served] && !other[candidate.other] {
			served[candidate.served], other[candidate.other] = true, true
			found(candidate.a, candidate.b)
		}
	}
	p.served, p.other = without(p.served, served), without(p.other, other)
}

// compare puts the nearest pair first, and otherwise looks at nothing that would
// change if the sides were exchanged.
func (p pair) compare(q pair) int {
	return cmp.Or(
		cmp.Compare(p.apart, q.apart),
		earlier(p.a.Start, p.b.Start).Compare(earlier(q.a.Start, q.b.Start)),
		later(p.a.Start, p.b.Start).Compare(later(q.a.Start, q.b.Start)),
		earlier(p.a.End, p.b.End).Compare(earlier(q.a.End, q.b.End)),
		later(p.a.End, p.b.End).Compare(later(q.a.End, q.b.End)),
		cmp.Compare(p.lengths(), q.lengths()),
	)
}

// lengths is how much longer one event of p is than the other.
func (p pair) lengths() time.Duration {
	return (p.a.End.Sub(p.a.Start) - p.b.End.Sub(p.b.Start)).Abs()
}

// without are the events that are not used.
func without(events []Event, used []bool) []Event {
	var rest []Event
	for i, e := range events {
		if !used[i] {
			rest = append(rest, e)
		}
	}
	return rest
}
