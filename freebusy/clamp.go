package freebusy

import "context"

// Clamp is a Source in front of another that lets through no more than Policy
// allows, whatever was asked, fetched or remembered. It stands in front of
// everything that remembers, so that a new policy holds at once.
type Clamp struct {
	Source Source
	Policy Policy
}

// Policy says how much of whose calendar the party that asks may see. The
// party travels in the context, where authentication has put it.
type Policy interface {
	// Allowed returns the most that may be shown of m, or the Error that
	// answers for m when nothing may be: no connector leads to it, none that
	// this party may use, or one with AccessLevel None. It knows this from
	// configuration alone and never blocks.
	Allowed(ctx context.Context, m Mailbox) (Detail, *Error)
}

var _ Deliverer = (*Clamp)(nil)

// Availability implements [Source].
func (c *Clamp) Availability(ctx context.Context, q Query) ([]Answer, error) {
	return Collect(ctx, c, q)
}

// Deliver implements [Deliverer]. It never fails as a whole: a refusal by the
// policy has been handed over by the time that the Source behind may fail.
func (c *Clamp) Deliver(ctx context.Context, q Query, yield func(i int, a Answer)) error {
	rest := q
	rest.Mailboxes = make([]Mailbox, 0, len(q.Mailboxes))
	rest.Detail = MergedOnly
	places := make([]int, 0, len(q.Mailboxes))     // in q, of each mailbox of rest
	allowed := make([]Detail, 0, len(q.Mailboxes)) // of each mailbox of rest
	for i, m := range q.Mailboxes {
		detail, refusal := c.Policy.Allowed(ctx, m)
		if refusal != nil {
			yield(i, Answer{Err: refusal})
			continue
		}
		rest.Mailboxes = append(rest.Mailboxes, m)
		rest.Detail = min(q.Detail, max(rest.Detail, detail))
		places, allowed = append(places, i), append(allowed, detail)
	}
	if len(places) == 0 {
		return nil
	}
	err := Deliver(ctx, c.Source, rest, func(i int, a Answer) {
		if a.Calendar != nil {
			a.Calendar = a.Calendar.Limited(allowed[i])
		}
		yield(places[i], a)
	})
	if err != nil {
		for _, place := range places {
			yield(place, Answer{Err: AsError(err)})
		}
	}
	return nil
}
