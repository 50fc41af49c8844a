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
	const usual = 100 // [Query]; so many need no memory of their own
	asked, allowed := c.lowered(ctx, q, make([]allowance, 0, usual))
	if len(asked.Mailboxes) == 0 {
		return refused(allowed), nil
	}
	answers, err := ask(ctx, c.Source, asked)
	if err != nil {
		answers = make([]Answer, len(asked.Mailboxes))
		for i := range answers {
			answers[i].Err = AsError(err)
		}
	}
	if len(answers) < len(allowed) {
		answers = among(refused(allowed), answers)
	}
	for i, a := range allowed {
		answers[i] = c.limited(ctx, a.detail, answers[i])
	}
	return answers, nil
}

// allowance is what the policy says of one mailbox.
type allowance struct {
	detail  Detail
	refusal *Error
}

// lowered is q about those mailboxes that may be asked for, with the most that
// is allowed for any of them. What is allowed for each is appended to allowed.
func (c *Clamp) lowered(ctx context.Context, q Query, allowed []allowance) (Query, []allowance) {
	asked, refusals := q, 0
	asked.Detail = MergedOnly
	for _, m := range q.Mailboxes {
		detail, refusal := c.Policy.Allowed(ctx, m)
		allowed = append(allowed, allowance{detail, refusal})
		if refusal != nil {
			refusals++
			continue
		}
		asked.Detail = min(q.Detail, max(asked.Detail, detail))
	}
	if refusals == 0 {
		return asked, allowed
	}
	asked.Mailboxes = make([]Mailbox, 0, len(q.Mailboxes)-refusals)
	for i, m := range q.Mailboxes {
		if allowed[i].refusal == nil {
			asked.Mailboxes = append(asked.Mailboxes, m)
		}
	}
	return asked, allowed
}

// refused has the refusals in their places, and room for answers between them.
func refused(allowed []allowance) []Answer {
	answers := make([]Answer, len(allowed))
	for i, a := range allowed {
		answers[i].Err = a.refusal
	}
	return answers
}

// among puts rest where all has no answer yet.
func among(all, rest []Answer) []Answer {
	for i := range all {
		if all[i].Err == nil {
			all[i], rest = rest[0], rest[1:]
		}
	}
	return all
}

// limited is a for somebody who is allowed that much of its mailbox.
func (c *Clamp) limited(ctx context.Context, detail Detail, a Answer) Answer {
	if a.Calendar == nil {
		return a
	}
	from, refusal := c.Policy.AllowedFrom(ctx, a.Calendar.Origin.Connector)
	if refusal != nil {
		return Answer{Err: refusal}
	}
	return Answer{Calendar: a.Calendar.Limited(min(detail, from))}
}
