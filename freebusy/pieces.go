package freebusy

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Pieces is a Source in front of one endpoint that answers no more than so many
// days at once (learn.microsoft.com sharing-exchange-2013-help: 42 days before
// Exchange 2013). A longer question is asked in pieces, at the same time, and
// their answers are joined to what the endpoint would have said to the whole.
type Pieces struct {
	Source  Source
	Longest time.Duration // of one piece; 0 is any length

	// TooLong is told when the endpoint finds even a piece too long, so that
	// Longest is wrong. Nil is nobody. It must not block.
	TooLong func(ctx context.Context, refusal *Error)
}

var _ Source = (*Pieces)(nil)

// Availability implements [Source]. The error result is always nil. A mailbox
// of which one piece failed has failed: an answer with a hole would show free
// hours that nobody has seen.
func (p *Pieces) Availability(ctx context.Context, q Query) ([]Answer, error) {
	windows := p.cut(q)
	pieces := make([][]Answer, len(windows))
	var asking sync.WaitGroup
	for k, w := range windows {
		part := q
		part.Window = w
		asking.Go(func() { pieces[k] = p.ask(ctx, part) })
	}
	asking.Wait()
	if len(pieces) == 1 {
		return pieces[0], nil
	}
	answers := make([]Answer, len(q.Mailboxes))
	for i := range answers {
		parts := make([]Answer, len(pieces))
		for k := range pieces {
			parts[k] = pieces[k][i]
		}
		answers[i] = together(parts)
	}
	return answers, nil
}

// cut divides the window of q into as few pieces as may be, all about as long.
// Each but the last is a whole number of slots, so that digits go on where
// those of the piece before have ended.
func (p *Pieces) cut(q Query) []Window {
	w := q.Window
	if p.Longest <= 0 || w.Duration() <= p.Longest {
		return []Window{w}
	}
	slot := max(q.Interval, time.Minute)
	slots := (w.Duration() + slot - 1) / slot
	most := max(1, p.Longest/slot)
	n := (slots + most - 1) / most
	windows := make([]Window, n)
	for k := range n {
		windows[k] = Window{w.Start.Add(slots * k / n * slot), w.Start.Add(slots * (k + 1) / n * slot)}
	}
	windows[n-1].End = w.End
	return windows
}

// ask asks one piece. What fails as a whole is the answer for each mailbox.
func (p *Pieces) ask(ctx context.Context, q Query) []Answer {
	answers := make([]Answer, len(q.Mailboxes))
	err := Deliver(ctx, p.Source, q, func(i int, a Answer) { answers[i] = a })
	if err == nil {
		err = errNoAnswer
	}
	var tooLong *Error
	for i, a := range answers {
		if a.Calendar == nil && a.Err == nil {
			answers[i].Err = AsError(err)
		}
		if a.Err != nil && a.Err.Code == ErrorTimeIntervalTooBig {
			tooLong = a.Err
		}
	}
	if tooLong != nil && p.TooLong != nil {
		p.TooLong(ctx, tooLong)
	}
	return answers
}

// together is the answer of parts that follow on each other. A failure is that
// of the first part which has one; a refusal comes before all others, since
// nothing known before may stand in for it.
func together(parts []Answer) Answer {
	var failure *Error
	calendars := make([]*Calendar, len(parts))
	for k, a := range parts {
		calendars[k] = a.Calendar
		if a.Err != nil && (failure == nil || a.Err.Refusal() && !failure.Refusal()) {
			failure = a.Err
		}
	}
	if failure != nil {
		return Answer{Err: failure}
	}
	whole, err := Join(alike(calendars))
	if err != nil {
		return Answer{Err: GenerationFailed(err)}
	}
	return Answer{Calendar: whole}
}

// alike gives every calendar in digits where one of them has nothing else.
func alike(calendars []*Calendar) []*Calendar {
	k := slices.IndexFunc(calendars, func(c *Calendar) bool { return c.Merged != nil })
	if k < 0 {
		return calendars
	}
	interval := calendars[k].Merged.Interval
	digits := make([]*Calendar, len(calendars))
	for i, c := range calendars {
		digits[i] = c
		if c.Merged == nil && interval > 0 {
			digits[i] = &Calendar{
				Known: c.Known, AsOf: c.AsOf, WorkingHours: c.WorkingHours, Origin: c.Origin,
				Merged: &Merged{c.Known.Start, interval, Merge(c.Events, c.Known, interval)},
			}
		}
	}
	return digits
}
