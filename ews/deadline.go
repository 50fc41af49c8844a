package ews

import (
	"context"
	"sync"
	"time"
)

// deadline is a context that ends at a time, or with its parent. Unlike that of
// [context.WithDeadline] its timer starts when somebody waits for the end, which
// nobody does whose answer is at hand. To be released by whoever made it.
type deadline struct {
	context.Context // the parent
	at              time.Time

	mu      sync.Mutex // guards what follows
	bounded context.Context
	cancel  context.CancelFunc // nil: nobody has waited so far
}

func newDeadline(parent context.Context, in time.Duration) *deadline {
	return &deadline{Context: parent, at: time.Now().Add(in)}
}

// Deadline implements [context.Context].
func (d *deadline) Deadline() (time.Time, bool) {
	if at, ok := d.Context.Deadline(); ok && at.Before(d.at) {
		return at, true
	}
	return d.at, true
}

// Done implements [context.Context]. It starts the timer.
func (d *deadline) Done() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cancel == nil {
		d.bounded, d.cancel = context.WithDeadline(d.Context, d.at)
	}
	return d.bounded.Done()
}

// Err implements [context.Context].
func (d *deadline) Err() error {
	if err := d.inner().Err(); err != nil {
		return err
	}
	if !time.Now().Before(d.at) {
		<-d.Done() // at once; so that Err and Done agree
		return context.DeadlineExceeded
	}
	return nil
}

// Value implements [context.Context]. What is derived from d finds there what
// its timer ends.
func (d *deadline) Value(key any) any { return d.inner().Value(key) }

func (d *deadline) inner() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cancel == nil {
		return d.Context
	}
	return d.bounded
}

// release stops the timer, if it runs.
func (d *deadline) release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cancel != nil {
		d.cancel()
	}
}
