package cache

import (
	"testing"
	"testing/synctest"
	"time"

	"availproxy/freebusy"
)

func TestWhatHasJustExpiredIsServedWhileItIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := lifetimes
		o.Revalidate = o.Fresh
		origin := &forest{slow: time.Second}
		c := newCache(t, origin, o)
		ask(t, c, question(alice))
		time.Sleep(o.Fresh + 10*time.Second)
		origin.asked = nil

		before := time.Now()
		first := ask(t, c, question(alice))[0].Calendar
		if waited := time.Since(before); waited > 0 || !first.Origin.Stale {
			t.Errorf("waited %s for %+v, want what is held at once, marked stale", waited, first.Origin)
		}
		ask(t, c, question(alice)) // while the renewal is under way
		c.flights.wait.Wait()
		if len(origin.asked) != 1 {
			t.Errorf("asked %d times, want once", len(origin.asked))
		}
		if got := ask(t, c, question(alice))[0].Calendar; got.Origin.Stale || len(origin.asked) != 1 {
			t.Errorf("got %+v after %d fetches, want what the renewal brought", got.Origin, len(origin.asked))
		}
	})
}

func TestWhatExpiredLongAgoIsFetchedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := lifetimes
		o.Revalidate = o.Fresh
		origin := &forest{}
		c := newCache(t, origin, o)
		ask(t, c, question(alice))
		time.Sleep(2*o.Fresh + time.Second)
		if got := ask(t, c, question(alice))[0].Calendar; got.Origin.Stale || time.Since(got.AsOf) > 0 {
			t.Errorf("got %+v of %s, want a new one", got.Origin, got.AsOf)
		}
	})
}

func TestPopularPeopleAreRenewedBeforeTheyExpire(t *testing.T) {
	for name, tt := range map[string]struct{ uses, want int }{
		"asked for often":  {uses: 5, want: 1},
		"asked for seldom": {uses: 1, want: 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				origin := &forest{}
				c := newCache(t, origin, lifetimes)
				ask(t, c, question(alice))
				for range tt.uses {
					ask(t, c, question(alice))
				}
				origin.asked = nil
				time.Sleep(lifetimes.Fresh * 8 / 10)
				if got := ask(t, c, question(alice))[0].Calendar; got.Origin.Stale {
					t.Error("what is fresh was served as stale")
				}
				c.flights.wait.Wait()
				if len(origin.asked) != tt.want {
					t.Errorf("fetched %d times before it expired, want %d", len(origin.asked), tt.want)
				}
			})
		})
	}
}

// A renewal that fails leaves the good answer where it is.
func TestAFailedRenewalCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := lifetimes
		o.Revalidate = o.Fresh
		origin := &forest{}
		c := newCache(t, origin, o)
		ask(t, c, question(alice))
		time.Sleep(o.Fresh + time.Second)
		origin.fail = down
		for range 3 {
			if got := code(ask(t, c, question(alice))[0]); got != freebusy.NoError {
				t.Errorf("got %s, want what is held", got)
			}
			c.flights.wait.Wait()
		}
		if len(origin.asked) != 2 {
			t.Errorf("asked %d times, want one renewal, whose failure is remembered", len(origin.asked)-1)
		}
	})
}

// What came together must not expire together.
func TestFreshnessIsSpread(t *testing.T) {
	store, err := NewStore(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	c := New(store, &forest{}, lifetimes)
	seen := map[time.Duration]bool{}
	for range 100 {
		fresh := c.freshFor(newHeld(&freebusy.Calendar{}))
		if fresh > lifetimes.Fresh || fresh < lifetimes.Fresh*9/10 {
			t.Fatalf("fresh for %s, want 90 to 100 percent of %s", fresh, lifetimes.Fresh)
		}
		seen[fresh] = true
	}
	if len(seen) < 50 {
		t.Errorf("100 calendars have only %d different ends", len(seen))
	}
}

func TestAClockThatJumpsDoesNoHarm(t *testing.T) {
	now := time.Now()
	wall := func(d time.Duration) time.Time { return now.Round(0).Add(d) }
	tests := map[string]struct {
		asOf time.Time
		want time.Duration
	}{
		"as it should be":                     {now.Add(-time.Minute), time.Minute},
		"the machine slept, or was set ahead": {wall(-time.Hour), time.Hour},
		"fetched in what is now the future":   {now.Add(time.Minute), -time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := newHeld(&freebusy.Calendar{AsOf: tt.asOf}).age(now); got != tt.want {
				t.Errorf("age %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAMailboxThatMovedLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := "https://old.example/EWS/Exchange.asmx"
		origin := &forest{answer: func(q freebusy.Query) freebusy.Answer {
			c := calendar(q)
			c.Origin.URL = server
			return freebusy.Answer{Calendar: c}
		}}
		c := newCache(t, origin, lifetimes)
		ask(t, c, about(days(0, 3), alice))
		server = "https://new.example/EWS/Exchange.asmx"
		ask(t, c, about(days(5, 7), alice))
		got := ask(t, c, about(days(0, 3), alice))[0].Calendar
		if got.Origin.URL != server {
			t.Errorf("got what %s knows, want only %s to be believed", got.Origin.URL, server)
		}
	})
}
