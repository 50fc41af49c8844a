package cache

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"availproxy/freebusy"
)

// What the Store counts is what the heap grows by, give or take a fifth, so
// that cache.size can be trusted.
func TestBytesAreCountedHonestly(t *testing.T) {
	tests := map[string]struct{ mailboxes, events, memo int }{
		"empty calendars":            {mailboxes: 20_000},
		"plain events":               {mailboxes: 2000, events: 40},
		"what has been written once": {mailboxes: 2000, events: 24, memo: 5000},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			store, err := NewStore(1 << 30)
			if err != nil {
				t.Fatal(err)
			}
			before := heap()
			for i := range tt.mailboxes {
				k := keyOf(freebusy.Scope{}, freebusy.SMTP(fmt.Sprintf("somebody.%d@fabrikam.example", i)))
				c := &freebusy.Calendar{Detail: freebusy.FreeBusy, Known: week, AsOf: time.Now(), Events: make([]freebusy.Event, tt.events)}
				store.change(k, func(e entry) entry { return e.with(newHeld(c)) })
				if tt.memo > 0 {
					for range 2 { // what is asked for again is held
						c.Limited(freebusy.FreeBusy).Memo(nil, i, func([]byte) []byte { return make([]byte, tt.memo) })
					}
				}
				store.get(k)
			}
			grown, counted := heap()-before, store.Stats().Bytes
			if ratio := float64(counted) / float64(grown); ratio < 0.8 || ratio > 1.25 {
				t.Errorf("counted %d bytes while the heap grew by %d: %.2f", counted, grown, ratio)
			}
			runtime.KeepAlive(store)
		})
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// With details the strings count as well.
func TestDetailsAreCountedHonestly(t *testing.T) {
	store, err := NewStore(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	before := heap()
	for i := range 1000 {
		k := keyOf(freebusy.Scope{}, freebusy.SMTP(fmt.Sprintf("somebody.%d@fabrikam.example", i)))
		c := &freebusy.Calendar{Detail: freebusy.Detailed, Known: week, AsOf: time.Now()}
		for n := range 40 {
			c.Events = append(c.Events, freebusy.Event{Details: &freebusy.Details{
				ID: fmt.Sprintf("%040d", n), Subject: fmt.Sprintf("Quarterly review number %d", n), Location: fmt.Sprintf("Room %d", n)}})
		}
		store.change(k, func(e entry) entry { return e.with(newHeld(c)) })
	}
	grown, counted := heap()-before, store.Stats().Bytes
	if ratio := float64(counted) / float64(grown); ratio < 0.8 || ratio > 1.25 {
		t.Errorf("counted %d bytes while the heap grew by %d: %.2f", counted, grown, ratio)
	}
	runtime.KeepAlive(store)
}
