package forest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// asking sends n requests at once and returns the statuses in order.
func asking(g *Graph, n int, url string) []int {
	statuses := make([]int, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			w := httptest.NewRecorder()
			g.ServeHTTP(w, getSchedule(url, week, week.AddDate(0, 0, 1), "alice@fabrikam.example", "bob@fabrikam.example"))
			statuses[i] = w.Code
		})
	}
	all.Wait()
	slices.Sort(statuses)
	return statuses
}

func TestFourAtOnceForAnAnchor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := seededGraph()
		g.Faults.Set(Faults{Delay: time.Second})
		if got := asking(g, 4, anchored); !slices.Equal(got, []int{200, 200, 200, 200}) {
			t.Errorf("four at once are answered %v", got)
		}
		want := GraphCounts{
			Requests: 4, ByAnchor: map[string]int{"alice@fabrikam.example": 4},
			MostAtOnce: map[string]int{"alice@fabrikam.example": 4}, Violations: map[string]int{},
		}
		if diff := gocmp.Diff(want, g.Limits.Counts()); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
		if got := asking(g, 6, anchored); !slices.Equal(got, []int{200, 200, 200, 200, 429, 429}) {
			t.Errorf("six at once are answered %v", got)
		}
		if got := g.Limits.Counts().Violations["MailboxConcurrency"]; got != 2 {
			t.Errorf("%d violations were counted, want 2", got)
		}
		if got := asking(g, 1, anchored); got[0] != http.StatusOK {
			t.Errorf("afterwards one is answered %v", got)
		}
		if got := g.Journal.Lookups(); got != 18 {
			t.Errorf("%d mailboxes were looked up, want 18: two in each of nine answers", got)
		}
	})
}

// Six requests for the same schedules are two too many for one anchor and none
// for two.
func TestAnchorsAreCountedApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := seededGraph()
		g.Faults.Set(Faults{Delay: time.Second})
		var all sync.WaitGroup
		for _, url := range []string{anchored, strings.Replace(anchored, "alice", "bob", 1)} {
			all.Go(func() {
				if got := asking(g, 3, url); !slices.Equal(got, []int{200, 200, 200}) {
					t.Errorf("%s: answered %v", url, got)
				}
			})
		}
		all.Wait()
		counts := g.Limits.Counts()
		if len(counts.Violations) != 0 || counts.MostAtOnce["bob@fabrikam.example"] != 3 {
			t.Errorf("counted %+v", counts)
		}
	})
}

func TestSoManyRequestsInTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := seededGraph()
		g.Limits.Requests, g.Limits.RetryAfter = 2, time.Minute
		statuses := func(n int) (got []int) {
			for range n {
				w := httptest.NewRecorder()
				g.ServeHTTP(w, getSchedule(anchored, week, week.AddDate(0, 0, 1), "alice@fabrikam.example"))
				if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "60" {
					t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
				}
				got = append(got, w.Code)
			}
			return got
		}
		if got := statuses(3); !slices.Equal(got, []int{200, 200, 429}) {
			t.Errorf("three are answered %v", got)
		}
		time.Sleep(10 * time.Minute)
		if got := statuses(1); got[0] != http.StatusOK {
			t.Errorf("later, one is answered %v", got)
		}
	})
}

func TestQuestionsThatAreTooBigAreCounted(t *testing.T) {
	g := seededGraph()
	askGraph(t, g, getSchedule(anchored, week, week.AddDate(0, 0, 63), "alice@fabrikam.example"))
	askGraph(t, g, getSchedule(anchored, week, week.AddDate(0, 0, 1), slices.Repeat([]string{"bob@fabrikam.example"}, 21)...))
	askGraph(t, g, getSchedule(anchored, week, week, "alice@fabrikam.example")) // wrong, and not too big
	want := map[string]int{"ErrorTimeIntervalTooBig": 1, "ErrorMailboxDataArrayTooBig": 1}
	if diff := gocmp.Diff(want, g.Limits.Counts().Violations); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
	g.MostSchedules = 100
	if w, _ := askGraph(t, g, getSchedule(anchored, week, week.AddDate(0, 0, 1), slices.Repeat([]string{"bob@fabrikam.example"}, 100)...)); w.Code != http.StatusOK {
		t.Errorf("a hundred are answered %d where a hundred are allowed", w.Code)
	}
}
