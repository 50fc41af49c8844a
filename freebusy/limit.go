package freebusy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Limit is a Source in front of the client of one endpoint, which it protects
// from us and us from it. It lets so many questions pass at the same time, and
// none for a while after failures in a row or when the endpoint asks for a
// pause: those are answered at once, so that a dead forest costs nothing.
//
// A question fails when it fails as a whole or when every mailbox of it comes
// back with an error of the way there. A refusal is no failure, nor is what is
// marked by [ErrAnswered], nor anything that happens after the caller has gone.
type Limit struct {
	source  Source
	slots   chan struct{} // one element for each question under way
	breaker breaker
	record  record
}

// LimitOptions are the choices for a Limit. The zero value is usable.
type LimitOptions struct {
	Concurrency int // questions at the same time; 0 means 16
}

// NewLimit puts a Limit in front of source.
func NewLimit(source Source, o LimitOptions) *Limit {
	return &Limit{source: source, slots: make(chan struct{}, cmp.Or(max(o.Concurrency, 0), 16))}
}

// LimitState is what a Limit does at one moment, for people to look at.
type LimitState struct {
	Breaker   BreakerState
	InFlight  int       // questions under way
	Failures  int       // in a row
	Until     time.Time // while Open: when that ends; else zero
	LastError string    // of the newest of the Failures, safe to show; "" without any
}

// State returns what l does now.
func (l *Limit) State() LimitState {
	s := l.breaker.snapshot(time.Now())
	s.InFlight = len(l.slots)
	return s
}

var _ Deliverer = (*Limit)(nil)

// Availability implements [Source].
func (l *Limit) Availability(ctx context.Context, q Query) ([]Answer, error) {
	return Collect(ctx, l, q)
}

// Deliver implements [Deliverer]. It may wait until ctx ends for its turn.
func (l *Limit) Deliver(ctx context.Context, q Query, yield func(i int, a Answer)) (err error) {
	refused := l.Pass(ctx, func(note func(*Error)) error {
		err = Deliver(ctx, l.source, q, func(i int, a Answer) {
			note(a.Err)
			yield(i, a)
		})
		return err
	})
	if refused != nil {
		return answerAll(q, yield, refused)
	}
	return err
}

// Pass lets one question of any kind through to the endpoint, when its turn has
// come. ask tells note how each mailbox went, nil for an answer, and returns why
// the question failed as a whole. The Error is why ask was not called.
func (l *Limit) Pass(ctx context.Context, ask func(note func(*Error)) error) *Error {
	if refused := l.breaker.refusal(time.Now()); refused != nil {
		return refused
	}
	if err := l.acquire(ctx); err != nil {
		return TimeoutExpired(err)
	}
	defer l.release()
	era, refused := l.breaker.enter(time.Now()) // it may have opened while we waited
	if refused != nil {
		return refused
	}
	var seen impression
	began := time.Now()
	defer func() {
		now := time.Now()
		l.breaker.leave(era, seen.verdict(ctx), now)
		l.record.add(ctx, &seen, now.Sub(began), now)
	}()
	seen.err = ask(seen.note)
	return nil
}

func answerAll(q Query, yield func(i int, a Answer), err *Error) error {
	for i := range q.Mailboxes {
		yield(i, Answer{Err: err})
	}
	return nil
}

// acquire waits for one of the slots until ctx ends. A question whose time is
// over by then does not pass: its failure would say nothing about the endpoint.
func (l *Limit) acquire(ctx context.Context) error {
	select {
	case l.slots <- struct{}{}:
		if ctx.Err() == nil {
			return nil
		}
		l.release()
	case <-ctx.Done():
	}
	return fmt.Errorf("freebusy: waiting behind %d other questions to this endpoint: %w", cap(l.slots), ctx.Err())
}

func (l *Limit) release() { <-l.slots }

// impression is what one question has shown of its endpoint.
type impression struct {
	alive   bool   // at least one mailbox was answered or refused
	failure *Error // the last one on the way there
	refused *Error // the last refusal of us, not of a mailbox
	backOff time.Duration
	err     error // of the question as a whole
}

func (s *impression) note(err *Error) {
	if err != nil && err.Code == ErrorServerBusy {
		s.backOff = max(s.backOff, err.BackOff)
	}
	if err != nil && errors.Is(err, ErrRefused) {
		s.refused = err
	}
	if err != nil && onTheWay(err.Code) && !errors.Is(err, ErrAnswered) {
		s.failure = err
	} else {
		s.alive = true
	}
}

// onTheWay reports whether c speaks of the way to a mailbox. All other codes
// are about the mailbox, and one bad mailbox must not close its endpoint.
func onTheWay(c Code) bool {
	return c == ErrorProxyRequestProcessingFailed || c == ErrorTimeoutExpired || c == ErrorServerBusy
}

func (s *impression) verdict(ctx context.Context) verdict {
	if s.err != nil {
		s.failure = AsError(s.err)
		s.alive = s.failure.Code.Refusal()
		s.backOff = s.failure.BackOff
	}
	switch {
	case s.alive:
		return verdict{success: true, backOff: s.backOff}
	case s.failure == nil, s.backOff > 0, errors.Is(ctx.Err(), context.Canceled), errors.Is(s.failure, context.Canceled):
		return verdict{backOff: s.backOff}
	default:
		return verdict{failure: s.failure}
	}
}
