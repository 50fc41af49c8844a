package cache

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"availproxy/freebusy"
)

func only(m freebusy.Mailbox) func(string) bool {
	return func(mailbox string) bool { return mailbox == m.Key() }
}

// behind asks in the background, and returns what waits for the answer and for
// all that is fetched.
func behind(t *testing.T, c *Cache, q freebusy.Query) (landed func()) {
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		c.Availability(t.Context(), q)
	}()
	return func() {
		<-answered
		c.flights.wait.Wait()
	}
}

func TestPurgeForgetsAMailboxInEveryScope(t *testing.T) {
	legacy := freebusy.Mailbox{Address: "ALICE@fabrikam.example", RoutingType: "EX"}
	questions := map[string]freebusy.Query{
		"the organisation":     question(alice),
		"a requester":          changed(question(alice), func(q *freebusy.Query) { q.Scope = eve }),
		"another case":         about(days(20, 22), freebusy.SMTP("Alice@FABRIKAM.example")),
		"another routing type": question(legacy),
		"another window":       about(days(9, 12), alice),
	}
	tests := map[string]struct {
		match func(string) bool
		gone  int // mailboxes
		again bool
	}{
		"her":                {only(alice), 1, true},
		"somebody else":      {only(anna), 1, false},
		"nobody":             {func(string) bool { return false }, 0, false},
		"everybody":          {func(string) bool { return true }, 2, true},
		"a domain":           {func(m string) bool { return strings.HasSuffix(m, "@fabrikam.example") }, 2, true},
		"a domain of others": {func(m string) bool { return strings.HasSuffix(m, "@wingtip.example") }, 0, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			origin := &forest{}
			c := newCache(t, origin, lifetimes)
			for _, q := range questions {
				ask(t, c, q)
			}
			ask(t, c, question(anna))
			if got := c.Purge(tt.match); got != tt.gone {
				t.Errorf("purged %d mailboxes, want %d", got, tt.gone)
			}
			for who, q := range questions {
				origin.asked = nil
				ask(t, c, q)
				if again := len(origin.asked) > 0; again != tt.again {
					t.Errorf("%s: the forest was asked again: %t, want %t", who, again, tt.again)
				}
			}
		})
	}
}

func TestPurgeForgetsFailures(t *testing.T) {
	origin := &forest{fail: unknown}
	c := newCache(t, origin, lifetimes)
	ask(t, c, question(alice))
	origin.fail = nil
	if n := c.Purge(only(alice)); n != 1 {
		t.Errorf("purged %d mailboxes, want 1", n)
	}
	if got := code(ask(t, c, question(alice))[0]); got != freebusy.NoError {
		t.Errorf("got %s, want a new answer", got)
	}
}

// What was on its way before a purge is for those who waited before it.
func TestAPurgeIsNotUndoneByWhatIsOnItsWay(t *testing.T) {
	tests := map[string]func(*forest){
		"an answer":                          func(*forest) {},
		"a failure":                          func(f *forest) { f.fail = down },
		"a refusal":                          func(f *forest) { f.fail = refused },
		"an answer in place of the padded":   func(f *forest) { f.answer = exactly },
		"a question that failed as a whole":  func(f *forest) { f.whole = down },
		"hours beside some that were known":  func(*forest) {},
		"what is renewed behind the answers": func(*forest) {},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := lifetimes
				o.Padding, o.Revalidate = 24*time.Hour, o.Fresh
				origin := &forest{}
				c := newCache(t, origin, o)
				switch {
				case strings.HasPrefix(name, "hours"):
					ask(t, c, about(days(-2, 3), alice))
				case strings.HasPrefix(name, "what is renewed"):
					ask(t, c, question(alice))
					time.Sleep(o.Fresh + time.Second)
				}
				change(origin)
				origin.slow = 2 * time.Second
				landed := behind(t, c, question(alice))
				time.Sleep(time.Second)
				c.Purge(only(alice))
				landed()

				if e, _ := c.store.get(keyOf(freebusy.Scope{}, alice)); name != "an answer in place of the padded" && !e.empty() {
					t.Errorf("after the purge there is %+v", e)
				}
			})
		})
	}
}

// exactly answers nothing but the window that is asked for in these tests.
func exactly(q freebusy.Query) freebusy.Answer {
	if q.Window != week {
		return freebusy.Answer{Err: tooMuch}
	}
	return freebusy.Answer{Calendar: calendar(q)}
}

func TestWhoComesAfterAPurgeWaitsForNothingOlder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := &forest{slow: 2 * time.Second}
		c := newCache(t, origin, lifetimes)
		landed := behind(t, c, question(alice))
		defer landed()
		time.Sleep(time.Second)
		c.Purge(only(alice))
		purged := time.Now()

		later := behind(t, c, question(alice))
		time.Sleep(1500 * time.Millisecond) // what was on its way has landed
		ask(t, c, question(alice))
		later()
		if waited := time.Since(purged); waited != 2*time.Second || len(origin.asked) != 2 {
			t.Errorf("waited %s, asked %d times: want one fetch for both who came later", waited, len(origin.asked))
		}
		origin.asked = nil
		if ask(t, c, question(alice)); len(origin.asked) > 0 {
			t.Error("what was fetched after the purge has been forgotten")
		}
	})
}

// A Purge that comes while others write leaves nothing of before.
func TestPurgeAmongManyAskers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := &forest{slow: time.Millisecond}
		o := lifetimes
		o.Fresh = 3 * time.Millisecond
		c := newCache(t, origin, o)
		ctx := t.Context()
		for range 20 {
			go func() {
				for range 50 {
					c.Availability(ctx, question(alice, anna, ben))
				}
			}()
		}
		for range 10 {
			time.Sleep(2 * time.Millisecond)
			purged := time.Now()
			c.Purge(only(alice))
			e, _ := c.store.get(keyOf(freebusy.Scope{}, alice))
			if slices.ContainsFunc(e.held, func(h held) bool { return h.calendar.AsOf.Before(purged) }) {
				t.Error("something from before the purge is held")
			}
		}
		synctest.Wait()
	})
}

func TestMovedMailboxesLeaveOnlyFailures(t *testing.T) {
	origin := &forest{answer: func(q freebusy.Query) freebusy.Answer {
		c := calendar(q)
		c.Origin = freebusy.Origin{Connector: "fabrikam", URL: "https://old.example/EWS/Exchange.asmx"}
		return freebusy.Answer{Calendar: c}
	}}
	c := newCache(t, origin, lifetimes)
	ask(t, c, question(alice, anna))
	origin.fail = down
	ask(t, c, question(ben))
	origin.asked = nil
	c.Moved(func(mailbox string, c *freebusy.Calendar) bool {
		return mailbox == alice.Key() && c.Origin.Connector == "fabrikam"
	})
	ask(t, c, question(alice, anna, ben))
	if want := []freebusy.Mailbox{alice}; !slices.Equal(origin.asked, want) {
		t.Errorf("asked for %v, want %v", origin.asked, want)
	}
}
