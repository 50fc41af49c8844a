package freebusy

import (
	"context"
	"fmt"
)

// Source answers availability questions.
type Source interface {
	// Availability returns one Answer for each mailbox of q, in the order of
	// q.Mailboxes, duplicates included ([MS-OXWAVLS] 3.1.4.1.3.3). A mailbox
	// that cannot be answered carries its own Err. The error result is for a
	// question that failed as a whole; then there are no answers. It may block
	// until ctx ends and then still answers: what is missing carries
	// [ErrorTimeoutExpired]. The answers belong to the caller, who may change
	// them in place; their calendars are shared.
	Availability(ctx context.Context, q Query) ([]Answer, error)
}

// Answer is what is known about one mailbox: exactly one of its fields is set.
type Answer struct {
	Calendar *Calendar
	Err      *Error
}

// Deliverer is a Source that can hand over each answer the moment it is known,
// so that a slow forest does not hold back the answers of a fast one.
type Deliverer interface {
	Source
	// Deliver calls yield once for each index of q.Mailboxes, in any order,
	// never concurrently, and returns after the last call. The error result is
	// for a question that failed as a whole; then yield was never called.
	Deliver(ctx context.Context, q Query, yield func(i int, a Answer)) error
}

// Deliver asks s and hands its answers to yield as [Deliverer] describes: as
// they come where s can do that, else all at the end. A Source that returns the
// wrong number of answers has failed as a whole, since nobody could say whose
// they are.
func Deliver(ctx context.Context, s Source, q Query, yield func(i int, a Answer)) error {
	if d, ok := s.(Deliverer); ok {
		return d.Deliver(ctx, q, yield)
	}
	answers, err := ask(ctx, s, q)
	for i, a := range answers {
		yield(i, a)
	}
	return err
}

// ask asks s, and takes the wrong number of answers for a failure as a whole.
func ask(ctx context.Context, s Source, q Query) ([]Answer, error) {
	answers, err := s.Availability(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(answers) != len(q.Mailboxes) {
		return nil, fmt.Errorf("freebusy: %T gave %d answers for %d mailboxes", s, len(answers), len(q.Mailboxes))
	}
	return answers, nil
}

// Collect is Availability for a Source that is a [Deliverer] in the first
// place: it waits for all answers and returns them in the order of q.Mailboxes.
func Collect(ctx context.Context, d Deliverer, q Query) ([]Answer, error) {
	answers := make([]Answer, len(q.Mailboxes))
	err := d.Deliver(ctx, q, func(i int, a Answer) { answers[i] = a })
	if err != nil {
		return nil, err
	}
	return answers, nil
}
