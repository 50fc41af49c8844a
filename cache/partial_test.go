package cache

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"availproxy/freebusy"
)

func days(from, to int) freebusy.Window {
	return freebusy.Window{Start: monday.AddDate(0, 0, from), End: monday.AddDate(0, 0, to)}
}

func about(w freebusy.Window, people ...freebusy.Mailbox) freebusy.Query {
	return changed(question(people...), func(q *freebusy.Query) { q.Window = w })
}

func TestOnlyMissingHoursAreFetched(t *testing.T) {
	padded := lifetimes
	padded.Padding = 2 * 24 * time.Hour
	tests := map[string]struct {
		options Options
		held    []freebusy.Window // asked before
		asked   freebusy.Window
		want    []freebusy.Window // asked of the origin then, in any order
	}{
		"nothing is known":               {lifetimes, nil, days(0, 7), []freebusy.Window{days(0, 7)}},
		"the first days are known":       {lifetimes, []freebusy.Window{days(0, 3)}, days(0, 7), []freebusy.Window{days(3, 7)}},
		"the last days are known":        {lifetimes, []freebusy.Window{days(5, 9)}, days(0, 7), []freebusy.Window{days(0, 5)}},
		"the days in the midst":          {lifetimes, []freebusy.Window{days(2, 4)}, days(0, 7), []freebusy.Window{days(0, 2), days(4, 7)}},
		"two parts that meet":            {lifetimes, []freebusy.Window{days(0, 3), days(3, 7)}, days(1, 6), nil},
		"two parts with a gap":           {lifetimes, []freebusy.Window{days(0, 3), days(4, 7)}, days(1, 6), []freebusy.Window{days(3, 4)}},
		"padding at the open ends":       {padded, nil, days(0, 7), []freebusy.Window{days(-2, 9)}},
		"no padding into what is known":  {padded, []freebusy.Window{days(0, 3)}, days(4, 8), []freebusy.Window{days(5, 10)}},
		"a question that slides forward": {padded, []freebusy.Window{days(0, 7)}, freebusy.Window{Start: monday.Add(time.Hour), End: monday.AddDate(0, 0, 7).Add(time.Hour)}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				origin := &forest{}
				c := newCache(t, origin, tt.options)
				for _, w := range tt.held {
					ask(t, c, about(w, alice))
				}
				origin.windows = nil
				for range 2 { // the second time from what was joined
					answer := ask(t, c, about(tt.asked, alice))[0]
					if answer.Calendar == nil || !answer.Calendar.Known.Covers(tt.asked) {
						t.Fatalf("got %+v, want a calendar of %v", answer, tt.asked)
					}
				}
				slices.SortFunc(origin.windows, func(a, b freebusy.Window) int { return a.Start.Compare(b.Start) })
				if d := cmp.Diff(tt.want, origin.windows); d != "" {
					t.Errorf("asked of the forest (-want +got)\n%s", d)
				}
			})
		})
	}
}

// truthful answers every question from one set of events, as of some time ago.
type truthful struct {
	events []freebusy.Event
	age    func() time.Duration
}

func (s truthful) Availability(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	answers := make([]freebusy.Answer, len(q.Mailboxes))
	for i := range answers {
		c := &freebusy.Calendar{Detail: freebusy.FreeBusy, Known: q.Window, AsOf: time.Now().Add(-s.age())}
		for _, e := range s.events {
			if q.Window.Holds(e) {
				c.Events = append(c.Events, e)
			}
		}
		answers[i].Calendar = c
	}
	return answers, nil
}

// Whatever was asked before, an answer from the cache is the answer that the
// other side gives.
func TestSlicingEqualsAsking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := func(label string, from, to int) time.Duration {
			return time.Duration(rapid.IntRange(from, to).Draw(t, label)) * time.Minute
		}
		const week = 7 * 24 * 60
		var truth truthful
		for range rapid.IntRange(0, 15).Draw(t, "events") {
			start := monday.Add(minutes("start", -week, 2*week))
			truth.events = append(truth.events, freebusy.Event{Start: start, End: start.Add(minutes("length", 0, 3*24*60)), Busy: freebusy.Busy})
		}
		slices.SortStableFunc(truth.events, func(a, b freebusy.Event) int { return a.Start.Compare(b.Start) })
		ages := rapid.SliceOfN(rapid.IntRange(0, 150), 1, 5).Draw(t, "ages in seconds")
		var asked atomic.Int64 // by several goroutines of one question
		truth.age = func() time.Duration { return time.Duration(ages[int(asked.Add(1))%len(ages)]) * time.Second }
		o := lifetimes
		o.Padding = time.Duration(rapid.IntRange(0, 3).Draw(t, "padding")) * 24 * time.Hour
		o.Revalidate = o.Fresh
		store, err := NewStore(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		c := New(store, truth, o)
		defer c.flights.wait.Wait()
		for range rapid.IntRange(1, 8).Draw(t, "questions") {
			from := monday.Add(minutes("from", 0, week))
			q := about(freebusy.Window{Start: from, End: from.Add(minutes("long", 30, week))}, alice)
			cached, _ := c.Availability(context.Background(), q)
			direct, _ := truth.Availability(context.Background(), q)
			if d := cmp.Diff(within(direct[0], q.Window), within(cached[0], q.Window), cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("%v: (-asked +cached)\n%s", q.Window, d)
			}
		}
	})
}

func within(a freebusy.Answer, w freebusy.Window) (events []freebusy.Event) {
	for _, e := range a.Calendar.Events {
		if w.Holds(e) {
			events = append(events, e)
		}
	}
	return events
}
