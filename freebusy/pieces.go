package freebusy

import (
	"context"
	"errors"
	"fmt"
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
		j := joint{windows: windows}
		for _, piece := range pieces {
			j.answers = append(j.answers, piece[i])
		}
		answers[i] = j.answer()
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

// joint is what was answered about one mailbox to consecutive pieces of a
// window.
type joint struct {
	windows []Window
	answers []Answer // one for each window
}

func (j joint) answer() Answer {
	if err := j.failure(); err != nil {
		return Answer{Err: err}
	}
	c := &Calendar{
		Detail: Detailed,
		Known:  Window{j.windows[0].Start, j.windows[len(j.windows)-1].End},
		AsOf:   j.answers[0].Calendar.AsOf,
		Origin: j.answers[0].Calendar.Origin,
	}
	for _, a := range j.answers {
		c.Detail = min(c.Detail, a.Calendar.Detail)
		if a.Calendar.AsOf.Before(c.AsOf) {
			c.AsOf = a.Calendar.AsOf
		}
		if c.WorkingHours == nil {
			c.WorkingHours = a.Calendar.WorkingHours
		}
	}
	if c.Detail > MergedOnly {
		c.Events = j.events(c.Detail)
		return Answer{Calendar: c}
	}
	var err error
	if c.Merged, err = j.digits(); err != nil {
		return Answer{Err: &Error{
			Code: ErrorFreeBusyGenerationFailed,
			Text: "The free/busy information of this mailbox could not be generated for the requested time window.",
			Err:  err,
		}}
	}
	return Answer{Calendar: c}
}

// failure is that of the first piece which has one; a refusal comes before all
// others, since nothing known before may stand in for it.
func (j joint) failure() (first *Error) {
	for _, a := range j.answers {
		if a.Err != nil && (first == nil || a.Err.Refusal() && !first.Refusal()) {
			first = a.Err
		}
	}
	return first
}

// events takes each event, whole, from the piece that it starts in. What has
// started before the window is in the first.
func (j joint) events(d Detail) []Event {
	var all []Event
	for k, a := range j.answers {
		w := j.windows[k]
		for _, e := range a.Calendar.Limited(d).Events {
			if (k == 0 || !e.Start.Before(w.Start)) && e.Start.Before(w.End) {
				all = append(all, e)
			}
		}
	}
	return all
}

var errDigitsApart = errors.New("freebusy: the digits of two pieces of the window do not fit together")

// digits joins what the pieces have. Where another piece has nothing else, those
// with events give their digits, too.
func (j joint) digits() (*Merged, error) {
	all := &Merged{Start: j.windows[0].Start}
	for _, a := range j.answers {
		if m := a.Calendar.Merged; m != nil {
			all.Interval = m.Interval
		}
	}
	for k, a := range j.answers {
		m := a.Calendar.Merged
		if m == nil && all.Interval > 0 {
			m = &Merged{j.windows[k].Start, all.Interval, Merge(a.Calendar.Events, j.windows[k], all.Interval)}
		}
		end := all.Start.Add(all.Interval * time.Duration(len(all.Digits)))
		if m == nil || m.Interval != all.Interval || !m.Start.Equal(end) {
			return nil, fmt.Errorf("%w: piece %d of %d", errDigitsApart, k+1, len(j.answers))
		}
		all.Digits += m.Digits
	}
	return all, nil
}
