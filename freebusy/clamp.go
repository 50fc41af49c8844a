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
	// configuration alone, so that it says the same each time, and never blocks.
	Allowed(ctx context.Context, m Mailbox) (Detail, *Error)

	// AllowedFrom returns the same for what that connector has answered. A
	// redirection may have led from m to a mailbox of which less may be shown,
	// or nothing.
	AllowedFrom(ctx context.Context, connector string) (Detail, *Error)
}

var _ Source = (*Clamp)(nil)

// Availability implements [Source]. It never fails as a whole: a refusal by the
// policy holds also when the Source behind fails.
func (c *Clamp) Availability(ctx context.Context, q Query) ([]Answer, error) {
	answers := make([]Answer, len(q.Mailboxes))
	asked := c.lowered(ctx, q, answers)
	if len(asked.Mailboxes) == 0 {
		return answers, nil
	}
	rest, err := ask(ctx, c.Source, asked)
	for i, m := range q.Mailboxes {
		switch {
		case answers[i].Err != nil:
		case err != nil:
			answers[i].Err = AsError(err)
		default:
			answers[i], rest = c.limited(ctx, m, rest[0]), rest[1:]
		}
	}
	return answers, nil
}

// lowered is q about those mailboxes that may be asked for, with the most that
// is allowed for any of them. The others are answered.
func (c *Clamp) lowered(ctx context.Context, q Query, answers []Answer) Query {
	asked, refused := q, 0
	asked.Detail = MergedOnly
	for i, m := range q.Mailboxes {
		detail, refusal := c.Policy.Allowed(ctx, m)
		if refusal != nil {
			answers[i].Err = refusal
			refused++
			continue
		}
		asked.Detail = min(q.Detail, max(asked.Detail, detail))
	}
	if refused == 0 {
		return asked
	}
	asked.Mailboxes = make([]Mailbox, 0, len(q.Mailboxes)-refused)
	for i, m := range q.Mailboxes {
		if answers[i].Err == nil {
			asked.Mailboxes = append(asked.Mailboxes, m)
		}
	}
	return asked
}

func (c *Clamp) limited(ctx context.Context, m Mailbox, a Answer) Answer {
	if a.Calendar == nil {
		return a
	}
	detail, refusal := c.Policy.Allowed(ctx, m)
	if refusal != nil {
		return Answer{Err: refusal}
	}
	from, refusal := c.Policy.AllowedFrom(ctx, a.Calendar.Origin.Connector)
	if refusal != nil {
		return Answer{Err: refusal}
	}
	return Answer{Calendar: a.Calendar.Limited(min(detail, from))}
}
