package freebusy_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"availproxy/freebusy"
)

// office is a Source that notes each request and takes its time.
type office struct {
	takes time.Duration
	fails error

	mu       sync.Mutex // guards requests
	requests [][]string
	ended    []error // how the contexts of requests looked afterwards
}

func (o *office) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	var names []string
	answers := make([]freebusy.Answer, len(q.Mailboxes))
	for i, m := range q.Mailboxes {
		names = append(names, m.Address)
		answers[i].Calendar = &freebusy.Calendar{Origin: freebusy.Origin{RequestID: m.Address}}
	}
	select {
	case <-time.After(o.takes):
	case <-ctx.Done():
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests, o.ended = append(o.requests, names), append(o.ended, ctx.Err())
	return answers, o.fails
}

func people(from, to int) (all []string) {
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf("p%d@fabrikam.example", i))
	}
	return all
}

func TestQuestionsThatComeTogetherShareARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{takes: time.Second}
		g := &freebusy.Gather{Source: o}
		var asking sync.WaitGroup
		for i := range 40 {
			asking.Go(func() {
				want := people(i, i+2)
				answers, err := g.Availability(t.Context(), query(want...))
				if err != nil {
					t.Error(err)
					return
				}
				for n, a := range answers {
					if got := a.Calendar.Origin.RequestID; got != want[n] {
						t.Errorf("got the calendar of %s, want %s", got, want[n])
					}
				}
			})
		}
		asking.Wait()
		if len(o.requests) != 1 || len(o.requests[0]) != 80 {
			t.Errorf("asked in %d requests, want one of 80", len(o.requests))
		}
	})
}

func TestALoneQuestionHardlyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{}
		before := time.Now()
		if _, err := (&freebusy.Gather{Source: o}).Availability(t.Context(), query("a")); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(before); waited > 2*time.Millisecond {
			t.Errorf("waited %s", waited)
		}
	})
}

func TestARequestHoldsSoManyMailboxes(t *testing.T) {
	tests := map[string]struct {
		sizes []int // of the questions, one after the other
		want  []int // of the requests
	}{
		"that just fit":       {[]int{60, 40, 30}, []int{30, 100}},
		"that do not fit":     {[]int{60, 50, 30}, []int{60, 80}},
		"one that is too big": {[]int{120, 1}, []int{1, 120}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &office{takes: time.Second}
				g := &freebusy.Gather{Source: o}
				var asking sync.WaitGroup
				from := 0
				for _, size := range tt.sizes {
					q := query(people(from, from+size)...)
					asking.Go(func() { g.Availability(t.Context(), q) })
					synctest.Wait() // it has joined
					from += size
				}
				asking.Wait()
				var got []int
				for _, r := range o.requests {
					got = append(got, len(r))
				}
				slices.Sort(got)
				if !slices.Equal(got, tt.want) {
					t.Errorf("requests of %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// farther is so much later that nanoseconds in 64 bits are the same again.
func farther(t time.Time) time.Time { return t.Add(math.MaxInt64).Add(math.MaxInt64).Add(2) }

func TestOnlyQuestionsAlikeAreGathered(t *testing.T) {
	same := query("a")
	tests := map[string]struct {
		change func(*freebusy.Query)
		want   int
	}{
		"other people":      {func(q *freebusy.Query) { q.Mailboxes = query("b").Mailboxes }, 1},
		"the same in UTC":   {func(q *freebusy.Query) { q.Window.Start = q.Window.Start.In(time.FixedZone("", 3600)) }, 1},
		"another requester": {func(q *freebusy.Query) { q.Scope.Requester = "eve@contoso.example" }, 2},
		"another start":     {func(q *freebusy.Query) { q.Window.Start = q.Window.Start.Add(time.Second) }, 2},
		"another age": {func(q *freebusy.Query) {
			q.Window = freebusy.Window{Start: farther(q.Window.Start), End: farther(q.Window.End)}
		}, 2},
		"another end":           {func(q *freebusy.Query) { q.Window.End = q.Window.End.Add(time.Second) }, 2},
		"another detail":        {func(q *freebusy.Query) { q.Detail = freebusy.MergedOnly }, 2},
		"another slot interval": {func(q *freebusy.Query) { q.Interval *= 2 }, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &office{takes: time.Second}
				g := &freebusy.Gather{Source: o}
				other := same
				tt.change(&other)
				var asking sync.WaitGroup
				asking.Go(func() { g.Availability(t.Context(), same) })
				asking.Go(func() { g.Availability(t.Context(), other) })
				asking.Wait()
				if len(o.requests) != tt.want {
					t.Errorf("asked in %d requests, want %d", len(o.requests), tt.want)
				}
			})
		})
	}
}

func TestWhoeverLeavesCostsTheOthersNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{takes: time.Minute}
		g := &freebusy.Gather{Source: o}
		leaving, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		var asking sync.WaitGroup
		asking.Go(func() {
			answers, err := g.Availability(leaving, query("a", "b"))
			if err != nil || answers[0].Err.Code != freebusy.ErrorTimeoutExpired || answers[1].Err.Code != freebusy.ErrorTimeoutExpired {
				t.Errorf("who left got %v, %v, want ErrorTimeoutExpired for both", answers, err)
			}
		})
		asking.Go(func() {
			answers, err := g.Availability(t.Context(), query("c"))
			if err != nil || answers[0].Calendar == nil {
				t.Errorf("who stayed got %v, %v, want an answer", answers, err)
			}
		})
		asking.Wait()
		if len(o.requests) != 1 || o.ended[0] != nil {
			t.Errorf("requests %v ended with %v, want one that ran to its end", o.requests, o.ended)
		}
	})
}

func TestARequestEndsWhenNobodyWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{takes: time.Minute}
		leaving, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		if _, err := (&freebusy.Gather{Source: o}).Availability(leaving, query("a")); err != nil {
			t.Fatal(err)
		}
		if len(o.ended) != 1 || !errors.Is(o.ended[0], context.Canceled) {
			t.Errorf("the request ended with %v, want it cancelled by the time the last question left", o.ended)
		}
	})
}

func TestARequestThatFailsAsAWholeFailsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		g := &freebusy.Gather{Source: &office{fails: broken}}
		var asking sync.WaitGroup
		for _, name := range strings.Split("abc", "") {
			asking.Go(func() {
				if answers, err := g.Availability(t.Context(), query(name)); !errors.Is(err, broken) || answers != nil {
					t.Errorf("got %v, %v, want the error", answers, err)
				}
			})
		}
		asking.Wait()
	})
}
