package cache

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"availproxy/freebusy"
)

// Many askers at once, for themselves or for all, about hours that overlap, of a
// forest that is slow and fails: each gets in time what the forest says to
// exactly such a question, or that there is no answer, and the forest is never
// asked twice at the same time for the same.
func TestACrowdGetsWhatEachWouldHaveGotAlone(t *testing.T) {
	rapid.Check(t, func(drawn *rapid.T) {
		askers := rapid.SliceOfN(rapid.Custom(drawAsker), 2, 20).Draw(drawn, "askers")
		trouble := rapid.SliceOfN(rapid.Custom(drawTrouble), 1, 6).Draw(drawn, "trouble")
		o := lifetimes
		o.Padding = time.Duration(rapid.IntRange(0, 2).Draw(drawn, "padding")) * 24 * time.Hour
		o.Revalidate, o.Negative, o.NotFound = o.Fresh, time.Second, 2*time.Second
		var complaints []string
		synctest.Test(t, func(t *testing.T) {
			origin := &moody{trouble: trouble, padded: o.Padding > 0, busy: map[errand]int{}, refusals: map[key]int{}, refused: map[key]time.Time{}}
			c := newCache(t, origin, o)
			var asking sync.WaitGroup
			for _, a := range askers {
				asking.Go(func() { origin.complain(a.ask(c, origin)...) })
			}
			asking.Wait()
			c.flights.wait.Wait()
			complaints = origin.complaints
		})
		if len(complaints) > 0 {
			drawn.Fatal(complaints)
		}
	})
}

// asker comes at some time with a question, and stays for so long.
type asker struct {
	comes, patience time.Duration
	query           freebusy.Query
}

func drawAsker(t *rapid.T) asker {
	from := drawTime(t, "from")
	q := about(freebusy.Window{Start: from, End: from.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "half hours")) * 30 * time.Minute)},
		rapid.SliceOfN(rapid.SampledFrom([]freebusy.Mailbox{alice, anna, ben}), 1, 4).Draw(t, "people")...)
	q.Scope = rapid.SampledFrom([]freebusy.Scope{{}, eve, {Requester: "mallory@contoso.example"}}).Draw(t, "scope")
	return asker{
		comes:    time.Duration(rapid.IntRange(0, 100_000).Draw(t, "comes")) * time.Millisecond,
		patience: time.Duration(rapid.IntRange(1, 8000).Draw(t, "patience")) * time.Millisecond, query: q,
	}
}

// ask returns what is wrong with the answers.
func (a asker) ask(c *Cache, origin *moody) (complaints []string) {
	time.Sleep(a.comes)
	ctx, cancel := context.WithTimeout(context.Background(), a.patience)
	defer cancel()
	began, refused := time.Now(), origin.standing()
	answers, err := c.Availability(ctx, a.query)
	if took := time.Since(began); took > a.patience || err != nil || len(answers) != len(a.query.Mailboxes) {
		return []string{fmt.Sprintf("%d answers and %v after %s, want them in %s", len(answers), err, took, a.patience)}
	}
	for i, got := range answers {
		m, w := a.query.Mailboxes[i], a.query.Window
		switch {
		case got.Err != nil && got.Calendar == nil:
			if !origin.explains(got.Err, a.patience) {
				complaints = append(complaints, fmt.Sprintf("%s: got %v, which the forest never said", m.Address, got.Err))
			}
		case got.Err != nil || got.Calendar == nil:
			complaints = append(complaints, fmt.Sprintf("%s: got %+v", m.Address, got))
		case refused[keyOf(a.query.Scope, m)].After(got.Calendar.AsOf):
			complaints = append(complaints, fmt.Sprintf("%s: what was asked for at %s was answered at %s after a refusal at %s", m.Address, got.Calendar.AsOf, began, refused[keyOf(a.query.Scope, m)]))
		case !got.Calendar.Known.Covers(w):
			complaints = append(complaints, fmt.Sprintf("%s: %v is known, which is not all of %v", m.Address, got.Calendar.Known, w))
		default:
			if d := cmp.Diff(within(freebusy.Answer{Calendar: diary(a.query.Scope, m, w)}, w), within(got, w), cmpopts.EquateEmpty()); d != "" {
				complaints = append(complaints, fmt.Sprintf("%s in %v for %q (-asked +cached)\n%s", m.Address, w, a.query.Scope.Requester, d))
			}
		}
	}
	return complaints
}

// diary is what the forest shows of m to whoever asks in that scope: an event of
// 5 hours every 3 hours.
func diary(scope freebusy.Scope, m freebusy.Mailbox, w freebusy.Window) *freebusy.Calendar {
	c := &freebusy.Calendar{Detail: freebusy.Detailed, Known: w}
	for start := monday.AddDate(0, 0, -7); start.Before(w.End); start = start.Add(3 * time.Hour) {
		e := freebusy.Event{Start: start, End: start.Add(5 * time.Hour), Details: &freebusy.Details{Subject: m.Key() + " as shown to " + scope.Requester}}
		if w.Holds(e) {
			c.Events = append(c.Events, e)
		}
	}
	return c
}

// shortest is how long a window may be at least.
const shortest = 24 * time.Hour

// trouble is what befalls a request.
type trouble struct {
	takes time.Duration
	fails *freebusy.Error
	limit time.Duration // longer windows are too much
}

func drawTrouble(t *rapid.T) trouble {
	return trouble{
		takes: time.Duration(rapid.IntRange(0, 19_000).Draw(t, "takes")) * time.Millisecond,
		fails: rapid.SampledFrom([]*freebusy.Error{nil, nil, nil, down, refused, unknown}).Draw(t, "fails"),
		limit: rapid.SampledFrom([]time.Duration{shortest, 1000 * time.Hour}).Draw(t, "limit"),
	}
}

// moody is a forest with all sorts of trouble, one after the other.
type moody struct {
	trouble []trouble
	padded  bool

	mu         sync.Mutex // guards what follows
	requests   int
	busy       map[errand]int
	refusals   map[key]int
	refused    map[key]time.Time // when the answer came, unless it has been granted since
	complaints []string
}

// explains reports whether somebody of that patience may be told of that failure:
// the forest has it in store, or is slow enough when asked twice.
func (f *moody) explains(err *freebusy.Error, patience time.Duration) bool {
	var slowest time.Duration
	for _, t := range f.trouble {
		slowest = max(slowest, t.takes)
		if err == t.fails || err == tooMuch && t.limit == shortest {
			return true
		}
	}
	return err.Code == freebusy.ErrorTimeoutExpired && 2*slowest >= patience
}

// standing are the refusals that have not been taken back.
func (f *moody) standing() map[key]time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.refused)
}

func (f *moody) complain(complaints ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.complaints = append(f.complaints, complaints...)
}

// errand is what is asked for after so many refusals of it: what was asked for
// before one is not waited for after it.
type errand struct {
	course
	refusals int
}

// begin notes that q is being asked until end is called, and says what befalls
// it.
func (f *moody) begin(q freebusy.Query) (befalls trouble, end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errands []errand
	for _, m := range q.Mailboxes {
		k := keyOf(q.Scope, m)
		e := errand{course{key: k, window: utc(q.Window), slot: int64(q.Interval)}, f.refusals[k]}
		if f.busy[e]++; f.busy[e] > 1 && f.padded {
			f.complaints = append(f.complaints, fmt.Sprintf("asked twice at the same time for %s in %v", m.Address, q.Window))
		}
		errands = append(errands, e)
	}
	f.requests++
	return f.trouble[f.requests%len(f.trouble)], func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, e := range errands {
			f.busy[e]--
		}
	}
}

func (f *moody) refuse(k key, failure *freebusy.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if failure.Refusal() {
		f.refused[k] = time.Now()
		f.refusals[k]++
	}
}

// grant ends a refusal that came before somebody asked once more.
func (f *moody) grant(k key, asked time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if asked.After(f.refused[k]) {
		delete(f.refused, k)
	}
}

func (f *moody) Availability(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	asOf := time.Now()
	trouble, end := f.begin(q)
	defer end()
	time.Sleep(trouble.takes)
	answers := make([]freebusy.Answer, len(q.Mailboxes))
	for i, m := range q.Mailboxes {
		switch {
		case trouble.fails != nil:
			answers[i].Err = trouble.fails
			f.refuse(keyOf(q.Scope, m), trouble.fails)
		case q.Window.Duration() > trouble.limit:
			answers[i].Err = tooMuch
		default:
			answers[i].Calendar = diary(q.Scope, m, q.Window)
			answers[i].Calendar.AsOf = asOf
			f.grant(keyOf(q.Scope, m), asOf)
		}
	}
	return answers, nil
}
