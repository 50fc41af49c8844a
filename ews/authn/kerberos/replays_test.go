package kerberos

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const skew = 5 * time.Minute

// numbered is a logon like no other but that of the same number.
func numbered(n int, made time.Time) *logon {
	return &logon{made: made, sealed: binary.BigEndian.AppendUint64(nil, uint64(n))}
}

func TestOfManyAtTheSameTimeOneIsFirst(t *testing.T) {
	r := NewReplays()
	var let atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if r.check(numbered(1, noon), noon, skew) == nil {
				let.Add(1)
			}
		})
	}
	all.Wait()
	if n := let.Load(); n != 1 {
		t.Errorf("the same logon was let in %d times", n)
	}
}

// TestALogonIsRememberedForAsLongAsItIsValid goes through its whole life, minute
// by minute, from the moment at which a fast clock has made it.
func TestALogonIsRememberedForAsLongAsItIsValid(t *testing.T) {
	r := NewReplays()
	l := numbered(1, noon.Add(skew))
	if err := r.check(l, noon, skew); err != nil {
		t.Fatal(err)
	}
	for now := noon; l.checkClock(now, skew) == nil; now = now.Add(time.Minute) {
		if err := r.check(numbered(2+int(now.Unix()), now), now, skew); err != nil {
			t.Errorf("at %s another one is refused: %v", now, err)
		}
		if reason(r.check(l, now, skew)) != Replay {
			t.Errorf("at %s it is let in again", now)
		}
	}
}

func TestWhatCannotBeValidIsForgotten(t *testing.T) {
	r := NewReplays()
	for n := range 1000 {
		now := noon.Add(time.Duration(n) * time.Minute)
		if err := r.check(numbered(n, now), now, skew); err != nil {
			t.Fatal(err)
		}
	}
	if r.size > 7 || len(r.minutes) > 7 {
		t.Errorf("%d logons of %d minutes are remembered, want no more than those of skew", r.size, len(r.minutes))
	}
}

func TestAFullMemoryLetsNobodyIn(t *testing.T) {
	r := NewReplays()
	for n := range 10 {
		if err := r.check(numbered(n, noon), noon, skew); err != nil {
			t.Fatal(err)
		}
	}
	r.size = maxReplays
	if got := reason(r.check(numbered(10, noon), noon, skew)); got != ReplayCacheFull {
		t.Errorf("a new one: %q, want it refused", got)
	}
	if got := reason(r.check(numbered(9, noon), noon, skew)); got != Replay {
		t.Errorf("one that was seen: %q, want it known", got)
	}
	later := noon.Add(time.Hour)
	if err := r.check(numbered(10, later), later, skew); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

// TestALongerSkewOpensNoGap is about a reload that raises max_skew: logons that
// have been forgotten would be valid again.
func TestALongerSkewOpensNoGap(t *testing.T) {
	r := NewReplays()
	if err := r.check(numbered(1, noon), noon, time.Minute); err != nil {
		t.Fatal(err)
	}
	now := noon.Add(3 * time.Minute)
	if err := r.check(numbered(2, now), now, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := reason(r.check(numbered(1, noon), now, skew)); got != Replay {
		t.Errorf("the forgotten one: %q, want it refused", got)
	}
}

func TestAClockThatIsSetBackLocksNobodyOut(t *testing.T) {
	r := NewReplays()
	tomorrow := noon.AddDate(0, 0, 1)
	if err := r.check(numbered(1, tomorrow), tomorrow, skew); err != nil {
		t.Fatal(err)
	}
	if err := r.check(numbered(2, noon), noon, skew); err != nil {
		t.Errorf("after the clock was set back by a day: %v", err)
	}
}
