package freebusy

import (
	"fmt"
	"sync"
	"time"
)

// How the circuit breaker of an endpoint behaves.
const (
	breakerFailures = 3                // in a row open it
	breakerFirst    = 15 * time.Second // open for so long, then twice that, ...
	breakerMost     = 5 * time.Minute  // ... up to this; a back-off is held to it as well
)

// BreakerState says whether an endpoint is asked.
type BreakerState int

// The states of a circuit breaker.
const (
	Closed   BreakerState = iota // every question passes
	Open                         // none does, for some time
	HalfOpen                     // one does, to see whether the endpoint is back
)

// String returns the state in lower case.
func (s BreakerState) String() string { return [...]string{"closed", "open", "half-open"}[s] }

// breaker keeps questions from an endpoint that fails. It has no clock and no
// goroutine of its own.
type breaker struct {
	mu sync.Mutex // guards what follows

	failures  int       // in a row
	openings  int       // in a row
	until     time.Time // zero while closed, else when the next probe may pass
	busyUntil time.Time // the other side asked to be left alone until then
	probing   bool
	last      *Error // the newest of the failures, nil when there are none

	// era changes whenever the breaker opens, so that what was asked before
	// neither closes it again nor keeps it open for longer.
	era int
}

// verdict is what the outcome of a question says about its endpoint.
type verdict struct {
	failure *Error        // it failed
	success bool          // it answered; neither, and the outcome says nothing
	backOff time.Duration // it asked to be left alone for so long
}

// refusal is why no question may pass now, or nil.
func (b *breaker) refusal(now time.Time) *Error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.refuse(now)
}

// enter lets one question pass, or says why not. Whoever passes must leave,
// with the era that enter gave.
func (b *breaker) enter(now time.Time) (era int, refused *Error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	refused = b.refuse(now)
	b.probing = b.probing || refused == nil && b.state(now) == HalfOpen
	return b.era, refused
}

// leave records what came of a question that entered in that era.
func (b *breaker) leave(era int, v verdict, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if pause := now.Add(min(v.backOff, breakerMost)); v.backOff > 0 && pause.After(b.busyUntil) {
		b.busyUntil = pause
	}
	if era != b.era {
		return
	}
	probe := b.probing
	b.probing = false
	switch {
	case v.success:
		b.failures, b.openings, b.until, b.last = 0, 0, time.Time{}, nil
	case v.failure != nil:
		b.failures, b.last = b.failures+1, v.failure
		if probe || b.failures >= breakerFailures {
			b.open(now)
		}
	}
}

func (b *breaker) open(now time.Time) {
	pause := breakerFirst
	for range b.openings {
		pause = min(2*pause, breakerMost)
	}
	b.openings++
	b.era++
	b.until = now.Add(pause)
}

func (b *breaker) state(now time.Time) BreakerState {
	switch {
	case now.Before(b.until) || now.Before(b.busyUntil):
		return Open
	case !b.until.IsZero():
		return HalfOpen
	default:
		return Closed
	}
}

func (b *breaker) refuse(now time.Time) *Error {
	var why error
	advises := advice{ErrorServerBusy.Cause(), ErrorServerBusy.Remedy()}
	if b.last != nil {
		advises = advice{b.last.Cause(), b.last.Remedy()}
	}
	switch {
	case now.Before(b.busyUntil):
		why = fmt.Errorf("freebusy: the endpoint asked to be left alone until %s", clock(b.busyUntil))
	case now.Before(b.until):
		why = fmt.Errorf("freebusy: the endpoint is not asked until %s, after %d failures in a row, the last one: %v", clock(b.until), b.failures, b.cause())
	case b.probing:
		why = fmt.Errorf("freebusy: one question is trying the endpoint, after %d failures in a row, the last one: %v", b.failures, b.cause())
	default:
		return nil
	}
	return ProxyFailed("The remote server is not asked for the moment", advised{why, advises})
}

// snapshot is the state for people to look at, without the questions under way.
func (b *breaker) snapshot(now time.Time) LimitState {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := LimitState{Breaker: b.state(now), Failures: b.failures}
	if s.Breaker == Open {
		s.Until = b.until
		if b.busyUntil.After(b.until) {
			s.Until = b.busyUntil
		}
	}
	if b.last != nil {
		s.LastError = b.last.Error()
	}
	return s
}

// cause is only ever printed and never wrapped: what the last failure was must
// not be taken for what this one is.
func (b *breaker) cause() error {
	if b.last.Err != nil {
		return b.last.Err
	}
	return b.last
}

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }
