package freebusy

import "context"

// AtMost is a Source in front of another that neither asks for more than Detail
// nor hands on more, whatever is asked: what must not be passed on is not
// fetched in the first place.
type AtMost struct {
	Detail Detail
	Source Source
}

var _ Deliverer = AtMost{}

// Availability implements [Source].
func (m AtMost) Availability(ctx context.Context, q Query) ([]Answer, error) {
	return Collect(ctx, m, q)
}

// Deliver implements [Deliverer].
func (m AtMost) Deliver(ctx context.Context, q Query, yield func(i int, a Answer)) error {
	q.Detail = min(q.Detail, m.Detail)
	return Deliver(ctx, m.Source, q, func(i int, a Answer) {
		if a.Calendar != nil {
			a.Calendar = a.Calendar.Limited(m.Detail)
		}
		yield(i, a)
	})
}
