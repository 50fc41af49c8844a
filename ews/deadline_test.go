package ews

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A deadline behaves as that of the context package does, whoever waits first.
func TestDeadlineEndsAsContextsDo(t *testing.T) {
	gone := errors.New("gone")
	tests := map[string]struct {
		early bool // somebody waits from the beginning
		ends  time.Duration
		err   error
		cause error
	}{
		"at its time, awaited":           {true, time.Minute, context.DeadlineExceeded, context.DeadlineExceeded},
		"at its time, awaited by nobody": {false, time.Minute, context.DeadlineExceeded, context.DeadlineExceeded},
		"with its parent, awaited":       {true, time.Second, context.Canceled, gone},
		"with its parent, all alone":     {false, time.Second, context.Canceled, gone},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				parent, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				d := newDeadline(parent, time.Minute)
				defer d.release()
				if tt.early {
					d.Done()
				}
				if err := d.Err(); err != nil {
					t.Fatalf("ended with %v before its time", err)
				}
				time.AfterFunc(time.Second, func() {
					if tt.cause == gone {
						cancel(gone)
					}
				})
				derived, stop := context.WithCancel(d)
				defer stop()
				<-derived.Done()
				if took := time.Since(began); took != tt.ends {
					t.Errorf("ended after %s, want %s", took, tt.ends)
				}
				if err, cause := derived.Err(), context.Cause(derived); err != tt.err || cause != tt.cause {
					t.Errorf("ended with %v because of %v, want %v because of %v", err, cause, tt.err, tt.cause)
				}
				if d.Err() != tt.err || context.Cause(d) != tt.cause {
					t.Errorf("itself ended with %v because of %v", d.Err(), context.Cause(d))
				}
			})
		})
	}
}

func TestDeadlineThatNobodyWaitsForStartsNoTimer(t *testing.T) {
	d := newDeadline(t.Context(), time.Hour)
	if at, ok := d.Deadline(); !ok || time.Until(at) > time.Hour {
		t.Errorf("deadline %v, %t", at, ok)
	}
	if d.Err() != nil || d.Value("nothing") != nil || d.cancel != nil {
		t.Error("the timer runs")
	}
	d.release()
}

func TestDeadlineOfAParentThatEndsSooner(t *testing.T) {
	soon := time.Now().Add(time.Minute)
	parent, cancel := context.WithDeadline(t.Context(), soon)
	defer cancel()
	if at, _ := newDeadline(parent, time.Hour).Deadline(); !at.Equal(soon) {
		t.Errorf("deadline %v, want %v", at, soon)
	}
}

func TestDeadlineThatHasPassedHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeadline(t.Context(), time.Second)
		defer d.release()
		time.Sleep(time.Second)
		if err := d.Err(); err != context.DeadlineExceeded {
			t.Errorf("got %v", err)
		}
		select {
		case <-d.Done():
		default:
			t.Error("Err and Done disagree")
		}
	})
}
