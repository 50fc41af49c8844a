package freebusy

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Record is how the last questions to an endpoint went, for people to look at.
type Record struct {
	Questions    int           // that passed last, 128 at most
	Median, Slow time.Duration // of those; one in twenty took Slow or longer
	Answered     time.Time     // when the endpoint last answered about a mailbox; zero: not yet
	Failure      *Error        // the last one of the way there, or refusal of us; its causes are not safe to show
	Failed       time.Time     // when that was
}

// recordedQuestions are enough to tell a slow endpoint from a slow question.
const recordedQuestions = 128

// record is a Record in the making.
type record struct {
	mu   sync.Mutex                       // guards what follows
	took [recordedQuestions]time.Duration // a ring
	next int                              // questions so far
	last Record                           // but for what is computed from took
}

// add notes what one question has shown. How long one took whose caller has gone
// says nothing about the endpoint.
func (r *record) add(ctx context.Context, s *impression, took time.Duration, now time.Time) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.took[r.next%recordedQuestions] = took
	r.next++
	if s.alive {
		r.last.Answered = now
	}
	if s.refused != nil || s.failure != nil {
		r.last.Failure, r.last.Failed = s.failure, now
		if s.refused != nil {
			r.last.Failure = s.refused
		}
	}
}

// Record returns how the last questions went.
func (l *Limit) Record() Record {
	r := &l.record
	r.mu.Lock()
	defer r.mu.Unlock()
	told := r.last
	told.Questions = min(r.next, recordedQuestions)
	if told.Questions > 0 {
		sorted := slices.Sorted(slices.Values(r.took[:told.Questions]))
		told.Median, told.Slow = sorted[len(sorted)/2], sorted[len(sorted)*19/20]
	}
	return told
}
