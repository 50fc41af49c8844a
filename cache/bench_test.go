package cache

import (
	"fmt"
	"testing"

	"availproxy/freebusy"
)

// BenchmarkHit asks for people whose calendars are held.
func BenchmarkHit(b *testing.B) {
	for _, n := range []int{1, 20, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			store, err := NewStore(256 << 20)
			if err != nil {
				b.Fatal(err)
			}
			c := New(store, &forest{}, lifetimes)
			q := question(alice)
			q.Mailboxes = nil
			for i := range n {
				q.Mailboxes = append(q.Mailboxes, freebusy.SMTP(fmt.Sprintf("user%d@x.example", i)))
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Availability(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
			c.flights.wait.Wait()
		})
	}
}
