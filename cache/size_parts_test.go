package cache

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"availproxy/freebusy"
)

// Whatever a caller or another server can make large is counted, give or take a
// fifth: digits, addresses, working hours, failures.
func TestEveryPartIsCountedHonestly(t *testing.T) {
	calendar := func(add func(c *freebusy.Calendar, i int)) func(e entry, i int) entry {
		return func(e entry, i int) entry {
			c := &freebusy.Calendar{Known: week, AsOf: time.Now()}
			add(c, i)
			return e.with(newHeld(c))
		}
	}
	tests := map[string]struct {
		address string
		hold    func(e entry, i int) entry
	}{
		"digits of two months": {"somebody.%d@fabrikam.example", calendar(func(c *freebusy.Calendar, i int) {
			c.Merged = &freebusy.Merged{Start: week.Start, Interval: 5 * time.Minute, Digits: strings.Repeat("2", 62*288)}
		})},
		"working hours": {"somebody.%d@fabrikam.example", calendar(func(c *freebusy.Calendar, i int) {
			c.WorkingHours = &freebusy.WorkingHours{Periods: []freebusy.WorkingPeriod{{Days: make([]time.Weekday, 5)}, {Days: make([]time.Weekday, 2)}}}
		})},
		"the id of the request": {"somebody.%d@fabrikam.example", calendar(func(c *freebusy.Calendar, i int) {
			c.Origin.RequestID = fmt.Sprintf("%036d", i)
		})},
		"long addresses": {strings.Repeat("x", 3000) + "%d@fabrikam.example", calendar(func(*freebusy.Calendar, int) {})},
		"people who are not there": {strings.Repeat("x", 200) + "%d@fabrikam.example", func(e entry, i int) entry {
			return e.failed(failure{err: &freebusy.Error{Code: freebusy.ErrorMailRecipientNotFound, Text: fmt.Sprintf("%0200d", i), Err: errors.New("x")}})
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			store := newStore(t, 1<<30)
			before := heap()
			for i := range 3000 {
				k := keyOf(freebusy.Scope{}, freebusy.SMTP(fmt.Sprintf(tt.address, i)))
				store.change(k, func(e entry) entry { return tt.hold(e, i) })
			}
			grown, counted := heap()-before, store.Stats().Bytes
			if ratio := float64(counted) / float64(grown); ratio < 0.8 || ratio > 1.25 {
				t.Errorf("counted %d bytes while the heap grew by %d: %.2f", counted, grown, ratio)
			}
			runtime.KeepAlive(store)
		})
	}
}
