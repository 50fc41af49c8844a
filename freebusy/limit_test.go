package freebusy_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

func TestLimitLetsOnlySoManyQuestionsPass(t *testing.T) {
	for name, tt := range map[string]struct{ limit, want int }{"three": {3, 3}, "sixteen unless told": {0, 16}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := &otherSide{takes: time.Second}
				l := freebusy.NewLimit(source, freebusy.LimitOptions{Concurrency: tt.limit})
				var asking sync.WaitGroup
				for range 40 {
					asking.Go(func() {
						if got := said(ask(t, t.Context(), l, query("a"))); got[0] != "a" {
							t.Errorf("answered %q", got)
						}
					})
				}
				synctest.Wait()
				if got := l.State().InFlight; got != tt.want {
					t.Errorf("State tells of %d questions, want %d", got, tt.want)
				}
				asking.Wait()
				if source.most != tt.want || l.State().InFlight != 0 {
					t.Errorf("%d questions at the same time, want %d; %d are left", source.most, tt.want, l.State().InFlight)
				}
			})
		})
	}
}

func TestLimitWaitsNoLongerThanItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &otherSide{takes: time.Minute}
		l := freebusy.NewLimit(source, freebusy.LimitOptions{Concurrency: 1})
		go ask(t, t.Context(), l, query("first"))
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		for range 4 { // more than enough failures, if they were any
			got := said(ask(t, ctx, l, query("second", "third")))
			if diff := cmp.Diff([]string{"ErrorTimeoutExpired", "ErrorTimeoutExpired"}, got); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
		}
		time.Sleep(time.Minute)
		if diff := cmp.Diff([][]string{{"first"}}, source.questions()); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		ask(t, ctx, l, query("too late"))
		if s := l.State(); s.Breaker != freebusy.Closed || s.Failures != 0 || len(source.questions()) != 1 {
			t.Errorf("waiting was taken for a failure: %+v, %v", s, source.questions())
		}
	})
}

// failing asks l once, and says whether the source was asked.
func passes(t *testing.T, l *freebusy.Limit, source *otherSide) bool {
	t.Helper()
	before := len(source.questions())
	l.Availability(t.Context(), query("a", "b"))
	return len(source.questions()) > before
}

func TestLimitOpensAfterThreeFailuresInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &otherSide{}
		l := freebusy.NewLimit(source, freebusy.LimitOptions{})
		for _, broken := range []bool{true, true, false, true, true, true} { // the third of them heals
			source.fails = nil
			if broken {
				source.fails = errors.New("broken")
			}
			if !passes(t, l, source) {
				t.Fatal("not asked before the third failure in a row")
			}
		}
		opened := time.Now()
		want := freebusy.LimitState{
			Breaker: freebusy.Open, Failures: 3, Until: opened.Add(15 * time.Second),
			LastError: "ErrorProxyRequestProcessingFailed: Proxy web request failed. , inner exception: The other forest could not be asked. LID: 43532",
		}
		if diff := cmp.Diff(want, l.State()); diff != "" {
			t.Errorf("State (-want +got):\n%s", diff)
		}
		answers := ask(t, t.Context(), l, query("a", "b"))
		if diff := cmp.Diff([]string{"ErrorProxyRequestProcessingFailed", "ErrorProxyRequestProcessingFailed"}, said(answers)); diff != "" {
			t.Errorf("answers while open (-want +got):\n%s", diff)
		}
		if cause := fmt.Sprint(answers[0].Err.Err); !strings.Contains(cause, "2000-01-01T00:00:15Z") || !strings.Contains(cause, "3 failures") || !strings.Contains(cause, "broken") {
			t.Errorf("an operator reads %q", cause)
		}
		time.Sleep(15*time.Second - 1)
		if passes(t, l, source) {
			t.Error("asked before the 15 seconds were over")
		}
		time.Sleep(time.Nanosecond)
		if s := l.State(); s.Breaker != freebusy.HalfOpen || !s.Until.IsZero() {
			t.Errorf("State after 15 seconds is %+v, want half-open", s)
		}
		source.fails = nil
		if !passes(t, l, source) {
			t.Error("not asked after the 15 seconds")
		}
		if diff := cmp.Diff(freebusy.LimitState{}, l.State()); diff != "" {
			t.Errorf("State after it healed (-want +got):\n%s", diff)
		}
	})
}

func TestLimitStaysOpenTwiceAsLongEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &otherSide{fails: errors.New("broken")}
		l := freebusy.NewLimit(source, freebusy.LimitOptions{})
		open := func() (pause time.Duration) {
			for l.State().Breaker != freebusy.Open {
				passes(t, l, source)
			}
			pause = time.Until(l.State().Until)
			time.Sleep(pause)
			return pause
		}
		for _, seconds := range []int{15, 30, 60, 120, 240, 300, 300} {
			if got := open(); got != time.Duration(seconds)*time.Second {
				t.Errorf("open for %s, want %d s", got, seconds)
			}
		}
		source.fails = nil
		passes(t, l, source)
		source.fails = errors.New("broken again")
		if got := open(); got != 15*time.Second {
			t.Errorf("open for %s after a success, want 15s", got)
		}
	})
}

func TestLimitSendsOneProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &otherSide{fails: errors.New("broken")}
		l := freebusy.NewLimit(source, freebusy.LimitOptions{})
		for range 3 {
			passes(t, l, source)
		}
		time.Sleep(15 * time.Second)
		source.fails, source.takes = nil, 5*time.Second

		start := time.Now()
		go passes(t, l, source)
		synctest.Wait()
		got := said(ask(t, t.Context(), l, query("a")))
		if took := time.Since(start); got[0] != "ErrorProxyRequestProcessingFailed" || took != 0 || len(source.questions()) != 4 {
			t.Errorf("beside the probe: %q after %s, %d questions asked", got, took, len(source.questions()))
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if !passes(t, l, source) {
			t.Error("not asked after the probe succeeded")
		}
	})
}

func TestLimitKnowsAFailureWhenItSeesOne(t *testing.T) {
	every := func(code freebusy.Code) *otherSide {
		e := &freebusy.Error{Code: code}
		return &otherSide{refuses: map[string]*freebusy.Error{"a": e, "b": e}}
	}
	tests := map[string]struct {
		source *otherSide
		opens  bool
	}{
		"no way to any mailbox":             {every(freebusy.ErrorProxyRequestProcessingFailed), true},
		"no time for any mailbox":           {every(freebusy.ErrorTimeoutExpired), true},
		"busy without saying for how long":  {every(freebusy.ErrorServerBusy), true},
		"no access to any mailbox":          {every(freebusy.ErrorNoFreeBusyAccess), false},
		"no mailbox found":                  {every(freebusy.ErrorMailRecipientNotFound), false},
		"every mailbox broken":              {every(freebusy.ErrorFreeBusyGenerationFailed), false},
		"a way to one of them":              {&otherSide{refuses: map[string]*freebusy.Error{"a": freebusy.TimeoutExpired(nil)}}, false},
		"one refused, one lost":             {&otherSide{refuses: map[string]*freebusy.Error{"a": freebusy.TimeoutExpired(nil), "b": {Code: freebusy.ErrorNoFreeBusyAccess}}}, false},
		"answers that are of no use":        {&otherSide{refuses: map[string]*freebusy.Error{"a": freebusy.ProxyFailed("odd", freebusy.ErrAnswered), "b": freebusy.ProxyFailed("odd", freebusy.ErrAnswered)}}, false},
		"the question failed":               {&otherSide{fails: errors.New("broken")}, true},
		"the question failed with a code":   {&otherSide{fails: &freebusy.Error{Code: freebusy.ErrorInternalServerError}}, true},
		"the question took too long":        {&otherSide{fails: context.DeadlineExceeded}, true},
		"the question was refused":          {&otherSide{fails: &freebusy.Error{Code: freebusy.ErrorInvalidCrossForestCredentials}}, false},
		"somebody cancelled":                {&otherSide{fails: fmt.Errorf("asking: %w", context.Canceled)}, false},
		"somebody cancelled, said politely": {&otherSide{fails: freebusy.TimeoutExpired(context.Canceled)}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := freebusy.NewLimit(tt.source, freebusy.LimitOptions{})
			for range 4 {
				passes(t, l, tt.source)
			}
			if got := l.State().Breaker == freebusy.Open; got != tt.opens {
				t.Errorf("open: %t, want %t (%+v)", got, tt.opens, l.State())
			}
		})
	}
}

func TestLimitDoesNotBlameTheEndpointForCallersThatLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &otherSide{fails: errors.New("broken"), takes: time.Minute}
		l := freebusy.NewLimit(source, freebusy.LimitOptions{})
		leave := func() {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			l.Availability(ctx, query("a"))
		}
		for range 5 {
			leave()
		}
		if s := l.State(); s.Breaker != freebusy.Closed || s.Failures != 0 {
			t.Errorf("State is %+v, want closed", s)
		}
		for range 3 {
			passes(t, l, source)
		}
		time.Sleep(15 * time.Second)
		leave() // as the probe
		if s := l.State(); s.Breaker != freebusy.HalfOpen {
			t.Errorf("State is %+v, want still half-open", s)
		}
		if !passes(t, l, source) {
			t.Error("no new probe after the first one's caller left")
		}
	})
}

func TestLimitIgnoresWhatWasAskedBeforeItOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &otherSide{fails: errors.New("broken"), takes: 10 * time.Second}
		l := freebusy.NewLimit(source, freebusy.LimitOptions{})
		var asking sync.WaitGroup
		for i := range 10 {
			asking.Go(func() {
				time.Sleep(time.Duration(i) * 100 * time.Millisecond)
				passes(t, l, source)
			})
		}
		asking.Wait()
		want := time.Date(2000, time.January, 1, 0, 0, 10, 2e8, time.UTC).Add(15 * time.Second)
		if s := l.State(); s.Failures != 3 || !s.Until.Equal(want) {
			t.Errorf("State is %+v, want open until %s after 3 failures", s, want)
		}
	})
}

func TestLimitGrantsTheBackOffThatIsAskedFor(t *testing.T) {
	busy := func(backOff time.Duration) *freebusy.Error {
		return &freebusy.Error{Code: freebusy.ErrorServerBusy, BackOff: backOff}
	}
	tests := map[string]struct {
		source *otherSide
		want   time.Duration
	}{
		"by the question as a whole": {&otherSide{fails: fmt.Errorf("asking: %w", busy(42*time.Second))}, 42 * time.Second},
		"for one mailbox":            {&otherSide{refuses: map[string]*freebusy.Error{"b": busy(7 * time.Second)}}, 7 * time.Second},
		"the longest of several":     {&otherSide{refuses: map[string]*freebusy.Error{"a": busy(9 * time.Second), "b": busy(7 * time.Second)}}, 9 * time.Second},
		"up to five minutes":         {&otherSide{fails: busy(time.Hour)}, 5 * time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := freebusy.NewLimit(tt.source, freebusy.LimitOptions{})
				passes(t, l, tt.source)
				if s := l.State(); s.Breaker != freebusy.Open || !s.Until.Equal(time.Now().Add(tt.want)) || s.Failures != 0 {
					t.Errorf("State is %+v, want open for %s without a failure", s, tt.want)
				}
				time.Sleep(tt.want - 1)
				answers := ask(t, t.Context(), l, query("a"))
				if got := said(answers); got[0] != "ErrorProxyRequestProcessingFailed" || !strings.Contains(fmt.Sprint(answers[0].Err.Err), "left alone") {
					t.Errorf("answered %q because of %v", got, answers[0].Err.Err)
				}
				time.Sleep(time.Nanosecond)
				if s := l.State(); s.Breaker != freebusy.Closed {
					t.Errorf("State is %+v, want closed", s)
				}
				if !passes(t, l, tt.source) {
					t.Error("not asked after the back-off")
				}
			})
		})
	}
}

func TestLimitFailsFastForThoseWhoWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &otherSide{fails: errors.New("broken"), takes: 8 * time.Second}
		l := freebusy.NewLimit(source, freebusy.LimitOptions{Concurrency: 3})
		start := time.Now()
		var asking sync.WaitGroup
		for range 50 {
			asking.Go(func() { passes(t, l, source) })
		}
		asking.Wait()
		// The first two failures may let two more questions in, the third stops all.
		if took := time.Since(start); took > 16*time.Second || len(source.questions()) > 5 {
			t.Errorf("%d questions and %s for a dead endpoint, want at most 5 and 16s", len(source.questions()), took)
		}
	})
}

func TestLimitHandsOverAnswersAsTheyCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slowly := delivererFunc(func(_ context.Context, q freebusy.Query, yield func(int, freebusy.Answer)) error {
			for i := range q.Mailboxes {
				yield(i, freebusy.Answer{Calendar: &freebusy.Calendar{}})
				time.Sleep(time.Second)
			}
			return nil
		})
		start := time.Now()
		var came []time.Duration
		freebusy.NewLimit(slowly, freebusy.LimitOptions{}).Deliver(t.Context(), query("a", "b"), func(int, freebusy.Answer) {
			came = append(came, time.Since(start))
		})
		if diff := cmp.Diff([]time.Duration{0, time.Second}, came); diff != "" {
			t.Errorf("answers came (-want +got):\n%s", diff)
		}
	})
}

func TestBreakerStatesHaveNames(t *testing.T) {
	if got := fmt.Sprint(freebusy.Closed, freebusy.Open, freebusy.HalfOpen); got != "closed open half-open" {
		t.Errorf("the states are called %q", got)
	}
}
