package cache

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"availproxy/freebusy"
)

var (
	monday = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	week   = freebusy.Window{Start: monday, End: monday.AddDate(0, 0, 7)}

	alice = freebusy.SMTP("alice@fabrikam.example")
	anna  = freebusy.SMTP("anna@fabrikam.example")
	ben   = freebusy.SMTP("ben@fabrikam.example")
	eve   = freebusy.Scope{Requester: "eve@contoso.example"}

	down    = freebusy.ProxyFailed("the forest is down", errors.New("connection refused"))
	refused = &freebusy.Error{Code: freebusy.ErrorNoFreeBusyAccess, Text: "no access"}
	unknown = &freebusy.Error{Code: freebusy.ErrorMailRecipientNotFound, Text: "unknown"}
	banned  = freebusy.ProxyFailed("401", freebusy.ErrRefused)
	tooMuch = &freebusy.Error{Code: freebusy.ErrorResultSetTooBig, Text: "too many"}
)

var lifetimes = Options{
	Fresh: time.Minute, Stale: 15 * time.Minute, Negative: 10 * time.Second, NotFound: 10 * time.Minute,
	Abandon: 20 * time.Second,
}

// forest is a Source that records what it is asked.
type forest struct {
	mu      sync.Mutex
	asked   []freebusy.Mailbox
	windows []freebusy.Window

	fail   *freebusy.Error                      // for every mailbox
	slow   time.Duration                        // for every question, whatever its context says
	answer func(freebusy.Query) freebusy.Answer // instead of an empty calendar
	whole  error                                // instead of answers
}

func (f *forest) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	f.mu.Lock()
	f.asked = append(f.asked, q.Mailboxes...)
	f.windows = append(f.windows, q.Window)
	f.mu.Unlock()
	time.Sleep(f.slow)
	answers := make([]freebusy.Answer, len(q.Mailboxes))
	for i := range answers {
		switch {
		case f.fail != nil:
			answers[i] = freebusy.Answer{Err: f.fail}
		case f.answer != nil:
			answers[i] = f.answer(q)
		default:
			answers[i] = freebusy.Answer{Calendar: calendar(q)}
		}
	}
	return answers, f.whole
}

func calendar(q freebusy.Query) *freebusy.Calendar {
	return &freebusy.Calendar{Detail: q.Detail, Known: q.Window, AsOf: time.Now()}
}

func question(people ...freebusy.Mailbox) freebusy.Query {
	return freebusy.Query{Mailboxes: people, Window: week, Detail: freebusy.FreeBusy, Interval: 30 * time.Minute}
}

func changed(q freebusy.Query, change func(*freebusy.Query)) freebusy.Query {
	change(&q)
	return q
}

func newCache(t *testing.T, origin freebusy.Source, o Options) *Cache {
	t.Helper()
	store, err := NewStore(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	return New(store, origin, o)
}

func ask(t *testing.T, c *Cache, q freebusy.Query) []freebusy.Answer {
	t.Helper()
	answers, err := c.Availability(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		if (a.Calendar == nil) == (a.Err == nil) {
			t.Fatalf("answer %d is %+v, want a calendar or an error", i, a)
		}
	}
	return answers
}

func TestCacheAsksOnlyForWhatItLacks(t *testing.T) {
	tests := map[string]struct {
		second freebusy.Query
		after  time.Duration
		fail   *freebusy.Error    // of the first question
		want   []freebusy.Mailbox // asked of the origin by the second
	}{
		"held":                   {second: question(alice, anna)},
		"held in another order":  {second: question(anna, alice, anna)},
		"half held":              {second: question(alice, anna, ben), want: []freebusy.Mailbox{ben}},
		"twice the same unknown": {second: question(ben, ben), want: []freebusy.Mailbox{ben}},
		"other case":             {second: question(freebusy.SMTP("ALICE@Fabrikam.example"))},
		"the same routing type":  {second: question(freebusy.Mailbox{Address: "alice@fabrikam.example", RoutingType: "smtp"})},
		"another routing type": {
			second: question(freebusy.Mailbox{Address: "alice@fabrikam.example", RoutingType: "EX"}),
			want:   []freebusy.Mailbox{{Address: "alice@fabrikam.example", RoutingType: "EX"}},
		},
		"expired":         {second: question(alice), after: time.Minute, want: []freebusy.Mailbox{alice}},
		"other requester": {second: changed(question(alice), func(q *freebusy.Query) { q.Scope = eve }), want: []freebusy.Mailbox{alice}},
		"narrower window": {second: changed(question(alice), func(q *freebusy.Query) { q.Window.End = monday.AddDate(0, 0, 1) })},
		"wider window": {
			second: changed(question(alice), func(q *freebusy.Query) { q.Window.End = q.Window.End.Add(time.Second) }),
			want:   []freebusy.Mailbox{alice},
		},
		"other interval":    {second: changed(question(alice), func(q *freebusy.Query) { q.Interval = time.Hour })},
		"less detail":       {second: changed(question(alice), func(q *freebusy.Query) { q.Detail = freebusy.MergedOnly })},
		"more detail":       {second: changed(question(alice), func(q *freebusy.Query) { q.Detail = freebusy.Detailed })},
		"failure held":      {second: question(alice), fail: down, after: 9 * time.Second},
		"failure forgotten": {second: question(alice), fail: down, after: 10 * time.Second, want: []freebusy.Mailbox{alice}},
		"failure of less held": {
			second: changed(question(alice), func(q *freebusy.Query) { q.Window.End = q.Window.End.AddDate(0, 0, 1) }), fail: tooMuch,
		},
		"too much, and less": {
			second: changed(question(alice), func(q *freebusy.Query) { q.Window.End = q.Window.End.AddDate(0, 0, -1) }), fail: tooMuch,
			want: []freebusy.Mailbox{alice},
		},
		"refusal forgotten":        {second: question(alice), fail: refused, after: 10 * time.Second, want: []freebusy.Mailbox{alice}},
		"unknown person held":      {second: question(alice), fail: unknown, after: 9 * time.Minute},
		"unknown person forgotten": {second: question(alice), fail: unknown, after: 10 * time.Minute, want: []freebusy.Mailbox{alice}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				origin := &forest{fail: tt.fail}
				c := newCache(t, origin, lifetimes)
				ask(t, c, question(alice, anna))
				origin.asked, origin.fail = nil, nil
				time.Sleep(tt.after) // costs nothing: the bubble's clock is a fake one

				ask(t, c, tt.second)
				if !slices.Equal(origin.asked, tt.want) {
					t.Errorf("asked the forest for %v, want %v", origin.asked, tt.want)
				}
			})
		})
	}
}

func TestStaleAnswersCoverOnlyWhatMayPass(t *testing.T) {
	tests := map[string]struct {
		fail  *freebusy.Error
		slow  time.Duration
		after time.Duration
		want  freebusy.Code // NoError: the stale calendar
	}{
		"a forest that is down":              {fail: down, after: 2 * time.Minute, want: freebusy.NoError},
		"a forest that is down for too long": {fail: down, after: 15 * time.Minute, want: freebusy.ErrorProxyRequestProcessingFailed},
		"a forest that does not answer":      {slow: 10 * time.Second, after: 2 * time.Minute, want: freebusy.NoError},
		"a calendar that was closed to us":   {fail: refused, after: 2 * time.Minute, want: freebusy.ErrorNoFreeBusyAccess},
		"a person who is gone":               {fail: unknown, after: 2 * time.Minute, want: freebusy.ErrorMailRecipientNotFound},
		"an application that was shut out":   {fail: banned, after: 2 * time.Minute, want: freebusy.ErrorProxyRequestProcessingFailed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				origin := &forest{}
				c := newCache(t, origin, lifetimes)
				ask(t, c, question(alice))
				time.Sleep(tt.after)
				origin.fail, origin.slow = tt.fail, tt.slow
				ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
				defer cancel()

				for range 2 { // the second time from memory
					answers, err := c.Availability(ctx, question(alice))
					if err != nil {
						t.Fatal(err)
					}
					if got := code(answers[0]); got != tt.want {
						t.Errorf("got %s, want %s", got, tt.want)
					}
					if calendar := answers[0].Calendar; calendar != nil && !calendar.Origin.Stale {
						t.Error("the stale calendar does not say that it is stale")
					}
				}
				synctest.Wait()
				c.flights.wait.Wait()
			})
		})
	}
}

func code(a freebusy.Answer) freebusy.Code {
	if a.Err != nil {
		return a.Err.Code
	}
	return freebusy.NoError
}

func TestARefusalReplacesWhatWasHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := &forest{}
		c := newCache(t, origin, lifetimes)
		ask(t, c, question(alice))
		time.Sleep(2 * time.Minute)
		origin.fail = refused
		ask(t, c, question(alice))
		time.Sleep(time.Minute)
		origin.fail = down

		if got := code(ask(t, c, question(alice))[0]); got != freebusy.ErrorProxyRequestProcessingFailed {
			t.Errorf("after a refusal and a failure got %s, want the failure: what was held must be gone", got)
		}
	})
}

func TestAFetchOutlivesItsAsker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := &forest{slow: 10 * time.Second}
		c := newCache(t, origin, lifetimes)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		answers, err := c.Availability(ctx, question(alice))
		if err != nil || code(answers[0]) != freebusy.ErrorTimeoutExpired {
			t.Errorf("got %v, %v, want ErrorTimeoutExpired", answers, err)
		}

		running, stop := context.WithCancel(t.Context())
		stop()
		if err := c.Run(running); err != nil {
			t.Error(err)
		}
		origin.asked = nil
		if got := code(ask(t, c, question(alice))[0]); got != freebusy.NoError || len(origin.asked) > 0 {
			t.Errorf("got %s and asked for %v, want the answer that came in meanwhile", got, origin.asked)
		}
	})
}

func TestManyAskersShareOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := &forest{slow: time.Second}
		c := newCache(t, origin, lifetimes)
		var askers sync.WaitGroup
		for range 100 {
			askers.Go(func() { ask(t, c, question(alice, anna)) })
		}
		askers.Wait()
		if want := []freebusy.Mailbox{alice, anna}; !slices.Equal(origin.asked, want) {
			t.Errorf("asked for %v, want %v once", origin.asked, want)
		}
	})
}

func TestPaddingIsGivenUpWhereItHurts(t *testing.T) {
	digits := func(q freebusy.Query) freebusy.Answer {
		c := calendar(q)
		c.Merged = &freebusy.Merged{Start: q.Window.Start, Interval: q.Interval, Digits: "0"}
		return freebusy.Answer{Calendar: c}
	}
	onlyExact := func(q freebusy.Query) freebusy.Answer {
		if q.Window != week {
			return freebusy.Answer{Err: tooMuch}
		}
		return freebusy.Answer{Calendar: calendar(q)}
	}
	padded := freebusy.Window{Start: monday.AddDate(0, 0, -7), End: monday.AddDate(0, 0, 14)}
	tests := map[string]struct {
		answer func(freebusy.Query) freebusy.Answer
		want   []freebusy.Window
	}{
		"a calendar is fetched wider than asked": {want: []freebusy.Window{padded}},
		"too many entries in the padding":        {answer: onlyExact, want: []freebusy.Window{padded, week}},
		"digits fit only the slots asked for":    {answer: digits, want: []freebusy.Window{padded, week}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := lifetimes
			o.Padding = 7 * 24 * time.Hour
			origin := &forest{answer: tt.answer}
			c := newCache(t, origin, o)
			for range 2 {
				if got := code(ask(t, c, question(alice))[0]); got != freebusy.NoError {
					t.Errorf("got %s, want an answer", got)
				}
			}
			if !slices.Equal(origin.windows, tt.want) {
				t.Errorf("asked for %v, want %v", origin.windows, tt.want)
			}
		})
	}
}

func TestPaddedWindowsStayWithinWhatServersAccept(t *testing.T) {
	for _, days := range []int{1, 7, 42, 55, 61, 62} {
		w := freebusy.Window{Start: monday.Add(13 * time.Minute), End: monday.Add(13*time.Minute).AddDate(0, 0, days)}
		p := pad(w, w, 7*24*time.Hour, widest)
		if !p.Covers(w) || p.Duration() > widest {
			t.Errorf("%d days were padded to %v, want at most 62 days around %v", days, p, w)
		}
	}
}

func TestNoWindowIsPaddedBeyondWhatCanBeWritten(t *testing.T) {
	for name, start := range map[string]time.Time{
		"the first day": time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), "the last day": time.Date(9999, 12, 31, 1, 0, 0, 0, time.UTC),
	} {
		w := freebusy.Window{Start: start, End: start.Add(time.Hour)}
		if p := pad(w, w, 7*24*time.Hour, widest); !p.Covers(w) || p.Start.Year() < 1 || p.End.Year() > 9999 {
			t.Errorf("%s was padded to %v", name, p)
		}
	}
}

func TestAQuestionThatFailsAsAWholeFailsForEach(t *testing.T) {
	for name, whole := range map[string]error{"with a plain error": errors.New("broken"), "with an error of its own": down} {
		t.Run(name, func(t *testing.T) {
			c := newCache(t, &forest{whole: whole}, lifetimes)
			for _, a := range ask(t, c, question(alice, anna)) {
				if code(a) != freebusy.ErrorProxyRequestProcessingFailed {
					t.Errorf("got %s, want ErrorProxyRequestProcessingFailed", code(a))
				}
			}
		})
	}
}

func TestPurgeForgetsWhatItIsTold(t *testing.T) {
	origin := &forest{}
	c := newCache(t, origin, lifetimes)
	ask(t, c, question(alice, anna))
	origin.fail = down
	ask(t, c, question(ben))
	origin.fail, origin.asked = nil, nil

	c.store.Purge(func(mailbox string, _ *freebusy.Calendar) bool { return mailbox == alice.Key() })
	ask(t, c, question(alice, anna, ben))
	if want := []freebusy.Mailbox{alice, ben}; !slices.Equal(origin.asked, want) {
		t.Errorf("asked for %v, want %v: the one purged and the failure", origin.asked, want)
	}
}

func TestARetiredCacheRemembersNothing(t *testing.T) {
	origin := &forest{}
	old := newCache(t, origin, lifetimes)
	old.Retire()
	ask(t, old, question(alice))
	if got := old.store.Stats(); got.Mailboxes != 0 || got.Bytes != 0 {
		t.Errorf("the store holds %+v, want nothing", got)
	}
}

func TestTheStoreKeepsWithinItsBytes(t *testing.T) {
	store, err := NewStore(20 * (entryCost + heldCost))
	if err != nil {
		t.Fatal(err)
	}
	c := New(store, &forest{}, lifetimes)
	ask(t, c, question(alice))
	for i := range 100 {
		ask(t, c, question(freebusy.SMTP(string(rune('a'+i%26))+string(rune('a'+i/26))+"@fabrikam.example")))
		if got := store.Stats(); got.Bytes > got.Limit || got.Mailboxes > 20 {
			t.Fatalf("the store holds %+v, want at most its limit", got)
		}
	}
	held := ask(t, c, question(ben))[0].Calendar
	for range 2 { // what is asked for again is held
		held.Memo(nil, "a large presentation", func([]byte) []byte { return make([]byte, 15*(entryCost+heldCost)) })
	}
	ask(t, c, question(ben))
	if got := store.Stats(); got.Bytes > got.Limit || got.Mailboxes > 5 {
		t.Errorf("with a memo the store holds %+v, want room made for it", got)
	}
	store.Purge(func(string, *freebusy.Calendar) bool { return true })
	if got := store.Stats(); got.Mailboxes != 0 || got.Bytes != 0 {
		t.Errorf("after a purge the store holds %+v, want nothing", got)
	}
}
