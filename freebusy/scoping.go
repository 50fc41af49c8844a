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

var _ Source = (*Scoping)(nil)

// Availability implements [Source]. The questions of different scopes are asked
// at the same time; one that fails as a whole does not cost the others theirs.
func (s *Scoping) Availability(ctx context.Context, q Query) ([]Answer, error) {
	if scope, all := s.same(q); all {
		q.Scope = scope
		return s.Source.Availability(ctx, q)
	}
	answers := make([]Answer, len(q.Mailboxes))
	var asking sync.WaitGroup
	for scope, places := range s.sort(q, answers) {
		asking.Go(func() {
			part, err := ask(ctx, s.Source, q.about(scope, places))
			for i, place := range places {
				if err != nil {
					answers[place].Err = AsError(err)
				} else {
					answers[place] = part[i]
				}
			}
		})
	}
	asking.Wait()
	return answers, nil
}

// same is the one scope in which all mailboxes of q are asked for, if it is one.
func (s *Scoping) same(q Query) (scope Scope, all bool) {
	for i, m := range q.Mailboxes {
		its, refusal := s.Narrow(q.Scope, m)
		if refusal != nil || i > 0 && its != scope {
			return Scope{}, false
		}
		scope = its
	}
	return scope, true
}

// sort puts the place of each mailbox under its scope, and answers those that
// have none.
func (s *Scoping) sort(q Query, answers []Answer) map[Scope][]int {
	scopes := map[Scope][]int{}
	for i, m := range q.Mailboxes {
		scope, refusal := s.Narrow(q.Scope, m)
		if refusal != nil {
			answers[i].Err = refusal
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
