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
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"availproxy/freebusy"
)

// understudy plays the other side of a rehearsal.
type understudy struct {
	answer freebusy.Answer
	fails  error
	takes  time.Duration

	mu    sync.Mutex // guards what follows
	asked []freebusy.Query
}

func (u *understudy) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	u.mu.Lock()
	u.asked = append(u.asked, q)
	u.mu.Unlock()
	a := u.answer
	select {
	case <-time.After(u.takes):
	case <-ctx.Done():
		a = freebusy.Answer{Err: freebusy.TimeoutExpired(ctx.Err())}
	}
	answers := make([]freebusy.Answer, len(q.Mailboxes))
	for i := range answers {
		answers[i] = a
	}
	return answers, u.fails
}

// rehearsing runs a Shadow inside of a bubble for as long as during takes.
func rehearsing(t *testing.T, o freebusy.ShadowOptions, during func(t *testing.T, s *freebusy.Shadow)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Connector, o.Backend = "forest", "graph"
		s := freebusy.NewShadow(o)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := s.Run(ctx); err != nil {
				t.Errorf("Run returned %v", err)
			}
		})
		during(t, s)
		cancel()
		running.Wait()
	})
}

func TestAShadowTellsOutcomes(t *testing.T) {
	busy, free := told(event(t, "9:00", "10:00", freebusy.Busy)), told()
	floats := told(event(t, "0:00", "24:00", freebusy.OOF))
	beijing := told(event(t, "-8:00", "16:00", freebusy.OOF))
	ofGraph := told()
	ofGraph.Calendar.Origin.Backend = "graph"
	failed := failing(errors.New("no route"))
	tests := map[string]struct {
		served freebusy.Answer
		other  *understudy
		want   string
	}{
		"equal":                             {busy, &understudy{answer: busy}, "2 equal"},
		"different":                         {busy, &understudy{answer: free}, "2 different, 2 missing"},
		"different only as documented":      {beijing, &understudy{answer: floats}, "2 equal, 2 whole_day"},
		"the other side is down":            {busy, &understudy{answer: failed}, "2 failed: ErrorProxyRequestProcessingFailed"},
		"the other side fails as a whole":   {busy, &understudy{fails: errors.New("down")}, "2 failed: ErrorProxyRequestProcessingFailed"},
		"the other side refuses us":         {busy, &understudy{answer: failing(freebusy.ErrRefused)}, "2 failed: ErrorProxyRequestProcessingFailed"},
		"an answer of no use":               {busy, &understudy{answer: failing(freebusy.ErrAnswered)}, "2 different, 2 code"},
		"the other side is too slow":        {busy, &understudy{answer: busy, takes: time.Minute}, "2 failed: ErrorTimeoutExpired"},
		"the other side refuses the asker":  {busy, &understudy{answer: freebusy.Answer{Err: freebusy.NoFreeBusyAccess(nil)}}, "2 different, 2 code"},
		"only the served side fails":        {failed, &understudy{answer: busy}, "2 different, 2 code"},
		"the other side has served it":      {ofGraph, &understudy{answer: busy}, "2 skipped"},
		"the other side leaves mailbox out": {busy, &understudy{}, "2 failed: ErrorProxyRequestProcessingFailed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			rehearsing(t, freebusy.ShadowOptions{}, func(t *testing.T, s *freebusy.Shadow) {
				before := time.Now()
				source := s.Beside(&backEnd{answer: tt.served}, tt.other)
				q := query("a@x", "b@x")
				q.Window = day
				answers, err := source.Availability(t.Context(), q)
				if err != nil || answers[0] != tt.served || answers[1] != tt.served || time.Since(before) > 0 {
					t.Errorf("served %+v, %v after %s", answers, err, time.Since(before))
				}
				time.Sleep(time.Minute)
				if got := tell(s.State()); !strings.HasPrefix(got, tt.want) {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			})
		})
	}
}

// tell is what a state holds, without what is zero.
func tell(s freebusy.ShadowState) string {
	var parts []string
	for _, count := range []struct {
		n    int
		what string
	}{{s.Equal, "equal"}, {s.Different, "different"}, {s.Skipped, "skipped"}, {s.Failed, "failed"}} {
		if count.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count.n, count.what))
		}
	}
	for _, kind := range freebusy.DifferenceKinds() {
		if n := s.Differences[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	text := strings.Join(parts, ", ")
	if s.LastFailure != "" {
		text += ": " + s.LastFailure
	}
	return text
}

func TestAShadowServesAFailureAsItIs(t *testing.T) {
	rehearsing(t, freebusy.ShadowOptions{}, func(t *testing.T, s *freebusy.Shadow) {
		down := errors.New("down")
		source := s.Beside(&understudy{fails: down}, &understudy{answer: told()})
		if answers, err := source.Availability(t.Context(), query("a@x")); !errors.Is(err, down) || answers != nil {
			t.Errorf("served %v, %v", answers, err)
		}
		synctest.Wait()
		if got := tell(s.State()); got != "1 different, 1 code" {
			t.Errorf("got %s", got)
		}
	})
}

func TestAShadowKeepsToItsPace(t *testing.T) {
	rehearsing(t, freebusy.ShadowOptions{PerMinute: 6}, func(t *testing.T, s *freebusy.Shadow) {
		other := &understudy{answer: from("graph")}
		source := s.Beside(&backEnd{answer: from("ews")}, other)
		for range 600 { // ten minutes of a question each second
			inquire(t, source, "a@x")
			time.Sleep(time.Second)
		}
		if got, want := tell(s.State()), "60 equal, 540 skipped"; got != want || len(other.asked) != 60 {
			t.Errorf("got %s and %d questions, want %s", got, len(other.asked), want)
		}
	})
}

// A side that takes longer than questions come keeps few of them waiting, one is
// asked at a time, and none is compared with what was served long ago.
func TestAShadowDoesNotPileUpQuestions(t *testing.T) {
	rehearsing(t, freebusy.ShadowOptions{PerMinute: 60}, func(t *testing.T, s *freebusy.Shadow) {
		other := &understudy{answer: from("graph"), takes: 18 * time.Second}
		source := s.Beside(&backEnd{answer: from("ews")}, other)
		for range 10 {
			inquire(t, source, "a@x")
			time.Sleep(time.Second)
		}
		time.Sleep(5 * time.Minute)
		if got, want := tell(s.State()), "2 equal, 8 skipped"; got != want || len(other.asked) != 2 {
			t.Errorf("got %s and %d questions, want %s", got, len(other.asked), want)
		}
	})
}

func TestAShadowAsksAboutFewMailboxesAtOnce(t *testing.T) {
	rehearsing(t, freebusy.ShadowOptions{}, func(t *testing.T, s *freebusy.Shadow) {
		other := &understudy{answer: from("graph")}
		q := query(people(0, 100)...)
		q.Scope, q.Detail = freebusy.Scope{Requester: "boss@contoso.com"}, freebusy.Detailed
		if _, err := s.Beside(&backEnd{answer: from("ews")}, other).Availability(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		want := q
		want.Mailboxes = q.Mailboxes[:20]
		if diff := cmp.Diff([]freebusy.Query{want}, other.asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		if got := tell(s.State()); got != "20 equal, 80 skipped" {
			t.Errorf("got %s", got)
		}
	})
}

func TestAShadowLeavesOutWhoeverIsGone(t *testing.T) {
	rehearsing(t, freebusy.ShadowOptions{}, func(t *testing.T, s *freebusy.Shadow) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		other := &understudy{answer: from("graph")}
		if _, err := s.Beside(&understudy{takes: time.Second}, other).Availability(ctx, query("a@x")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := tell(s.State()); got != "1 skipped" || len(other.asked) != 0 {
			t.Errorf("got %s and %d questions", got, len(other.asked))
		}
	})
}

// A Shadow that is stopped in the middle of a question ends at once and blames
// nobody.
func TestAShadowStops(t *testing.T) {
	var stopped *freebusy.Shadow
	rehearsing(t, freebusy.ShadowOptions{}, func(t *testing.T, s *freebusy.Shadow) {
		stopped = s
		inquire(t, s.Beside(&backEnd{answer: from("ews")}, &understudy{takes: time.Hour}), "a@x")
		synctest.Wait()
	})
	if got := tell(stopped.State()); got != "" {
		t.Errorf("got %s", got)
	}
}

func TestNobodyWaitsForAShadowThatDoesNotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := freebusy.NewShadow(freebusy.ShadowOptions{})
		source := s.Beside(&backEnd{answer: from("ews")}, &understudy{})
		for range 10 {
			inquire(t, source, "a@x")
			time.Sleep(time.Minute)
		}
		if got := tell(s.State()); got != "6 skipped" {
			t.Errorf("got %s", got)
		}
	})
}

func TestAShadowRemembersTheLastDifferences(t *testing.T) {
	rehearsing(t, freebusy.ShadowOptions{}, func(t *testing.T, s *freebusy.Shadow) {
		began := time.Now()
		for i := range 30 {
			served := told(freebusy.Event{Start: day.Start, End: day.Start.Add(time.Duration(i+1) * time.Minute), Busy: freebusy.Busy})
			q := query(fmt.Sprintf("%d@x", i))
			q.Window = day
			if _, err := s.Beside(&backEnd{answer: served}, &understudy{answer: told()}).Availability(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		state := s.State()
		if len(state.Recent) != 20 || state.Differences[freebusy.OnlyServed] != 30 || !state.Compared.Equal(began.Add(29*time.Minute)) {
			t.Fatalf("got %+v", state)
		}
		want := freebusy.SeenDifference{
			Difference: freebusy.Difference{Kind: freebusy.OnlyServed, Served: "2008-01-30 00:00 to 00:30 UTC Busy"},
			Mailbox:    freebusy.SMTP("29@x"), At: state.Compared,
		}
		if diff := cmp.Diff(want, state.Recent[0]); diff != "" {
			t.Errorf("the newest (-want +got):\n%s", diff)
		}
		if oldest := state.Recent[19].Mailbox.Address; oldest != "10@x" {
			t.Errorf("the oldest is of %s", oldest)
		}
		clear(state.Differences)
		state.Recent[0] = freebusy.SeenDifference{}
		if again := s.State(); again.Differences[freebusy.OnlyServed] != 30 || again.Recent[0] != want {
			t.Error("a state is shared with whoever asks for it")
		}
		s.Forget(func(address string) bool { return address != "28@x" })
		if left := s.State(); len(left.Recent) != 1 || left.Recent[0].Mailbox.Address != "28@x" || left.Different != 30 {
			t.Errorf("after forgetting all but one there is %+v", left)
		}
	})
}

func TestAShadowCounts(t *testing.T) {
	spans, reader := watch(t)
	rehearsing(t, freebusy.ShadowOptions{}, func(t *testing.T, s *freebusy.Shadow) {
		busy := told(event(t, "9:00", "10:00", freebusy.Busy))
		q := query("a@x", "b@x")
		q.Window = day
		for range 2 {
			if _, err := s.Beside(&backEnd{answer: busy}, &understudy{answer: told()}).Availability(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
	})
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
				got[m.Name+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] = p.Value
			}
		}
	}
	want := map[string]int64{
		"availproxy.shadow.mailboxes forest=forest,outcome=different": 2,
		"availproxy.shadow.mailboxes forest=forest,outcome=skipped":   2,
		"availproxy.shadow.differences forest=forest,kind=missing":    2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	if ended := spans.Ended(); len(ended) != 1 || ended[0].Name() != "shadow.query" || strings.Contains(fmt.Sprint(ended[0].Attributes()), "@") {
		t.Errorf("spans: %v", ended)
	}
}
