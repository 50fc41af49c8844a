package freebusy

import (
	"context"
	"sync"
)

// Scoping is a Source in front of another that narrows the Scope of a question
// mailbox by mailbox: only where a forest is asked in the name of the requester
// does its answer depend on who that is. Everywhere else the answers of one
// requester serve all.
type Scoping struct {
	Source Source

	// Narrow returns the Scope in which m is asked for, within that of the
	// question, or the Error that answers for m when it can be asked in none.
	// It knows this from configuration alone and never blocks.
	Narrow func(asked Scope, m Mailbox) (Scope, *Error)
}

var _ Deliverer = (*Scoping)(nil)

// Availability implements [Source].
func (s *Scoping) Availability(ctx context.Context, q Query) ([]Answer, error) {
	return Collect(ctx, s, q)
}

// Deliver implements [Deliverer]. It never fails as a whole. The questions of
// different scopes are asked at the same time.
func (s *Scoping) Deliver(ctx context.Context, q Query, yield func(i int, a Answer)) error {
	var one sync.Mutex // yield is never called concurrently
	var asking sync.WaitGroup
	for scope, places := range s.sort(q, yield) {
		part := q.about(scope, places)
		asking.Go(func() {
			err := Deliver(ctx, s.Source, part, func(i int, a Answer) {
				one.Lock()
				defer one.Unlock()
				yield(places[i], a)
			})
			if err == nil {
				return
			}
			one.Lock()
			defer one.Unlock()
			for _, place := range places {
				yield(place, Answer{Err: AsError(err)})
			}
		})
	}
	asking.Wait()
	return nil
}

// sort puts the place of each mailbox under its scope, and answers those that
// have none.
func (s *Scoping) sort(q Query, yield func(i int, a Answer)) map[Scope][]int {
	scopes := map[Scope][]int{}
	for i, m := range q.Mailboxes {
		scope, refusal := s.Narrow(q.Scope, m)
		if refusal != nil {
			yield(i, Answer{Err: refusal})
			continue
		}
		scopes[scope] = append(scopes[scope], i)
	}
	return scopes
}

// about is q about the mailboxes at places alone, in that scope.
func (q Query) about(scope Scope, places []int) Query {
	mailboxes := make([]Mailbox, len(places))
	for i, place := range places {
		mailboxes[i] = q.Mailboxes[place]
	}
	q.Scope, q.Mailboxes = scope, mailboxes
	return q
}
