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
	"pgregory.net/rapid"

	"availproxy/freebusy"
)

// directory is a Directory whose mailboxes live where their domain says, or
// where moved says once a Route to them has failed.
type directory struct {
	moved map[string]freebusy.Route // by address that was asked

	mu     sync.Mutex // guards what follows
	asked  int
	failed []freebusy.Route
}

func (d *directory) Routes(_ context.Context, mailboxes []freebusy.Mailbox) []freebusy.Route {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	var routes []freebusy.Route
	for _, m := range mailboxes {
		route := freebusy.Route{Connector: m.Domain(), Endpoint: "https://" + m.Domain(), Address: m.Address}
		if m.Domain() == "nowhere" {
			route = freebusy.Route{Err: &freebusy.Error{Code: freebusy.ErrorAddressSpaceNotFound}}
		}
		for _, f := range d.failed {
			if to, ok := d.moved[m.Address]; ok && f.Address == m.Address {
				route = to
			}
		}
		routes = append(routes, route)
	}
	return routes
}

func (d *directory) Failed(r freebusy.Route, cause error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if cause == nil {
		panic("no cause")
	}
	d.failed = append(d.failed, r)
}

// router asks forests by the name of their connector.
func router(d freebusy.Directory, forests map[string]freebusy.Source) *freebusy.Router {
	return &freebusy.Router{
		Directory: d,
		Forest:    func(connector, _ string) freebusy.Source { return forests[connector] },
	}
}

func TestRouterKeepsOrderAndDuplicates(t *testing.T) {
	north, south := &otherSide{}, &otherSide{}
	r := router(&directory{}, map[string]freebusy.Source{"north": north, "south": south})

	got := said(ask(t, t.Context(), r, query("a@north", "b@south", "c@nowhere", "a@north", "d@north", "A@North")))
	want := []string{"a@north", "b@south", "ErrorAddressSpaceNotFound", "a@north", "d@north", "a@north"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"a@north", "d@north"}}, north.questions()); diff != "" {
		t.Errorf("asked the north (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"b@south"}}, south.questions()); diff != "" {
		t.Errorf("asked the south (-want +got):\n%s", diff)
	}
	if q := north.asked[0]; q.Window != day || q.Detail != freebusy.Detailed || q.Interval != 30*time.Minute {
		t.Errorf("the rest of the question was changed: %+v", q)
	}
}

// fixedRoutes is a Directory that always says the same.
type fixedRoutes []freebusy.Route

func (f fixedRoutes) Routes(context.Context, []freebusy.Mailbox) []freebusy.Route { return f }
func (fixedRoutes) Failed(freebusy.Route, error)                                  {}

func TestRouterAsksEachEndpointWithTheAddressOfTheRoute(t *testing.T) {
	var asked [2]otherSide
	r := &freebusy.Router{
		Directory: fixedRoutes{
			{Connector: "c", Endpoint: "0", Address: "anna@redirected"},
			{Connector: "c", Endpoint: "1", Address: "ben@x"},
			{Connector: "c", Endpoint: "0", Address: "Anna@Redirected"},
		},
		Forest: func(_, endpoint string) freebusy.Source { return &asked[endpoint[0]-'0'] },
	}
	got := said(ask(t, t.Context(), r, query("anna@x", "ben@x", "anna.alias@x")))
	if diff := cmp.Diff([]string{"anna@redirected", "ben@x", "anna@redirected"}, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	for i, want := range [][][]string{{{"anna@redirected"}}, {{"ben@x"}}} {
		if diff := cmp.Diff(want, asked[i].questions()); diff != "" {
			t.Errorf("asked endpoint %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestRouterDoesNotHoldBackFastForests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := router(&directory{}, map[string]freebusy.Source{
			"fast": &otherSide{takes: time.Second},
			"slow": &otherSide{takes: 5 * time.Second},
		})
		start := time.Now()
		came := map[string]time.Duration{}
		err := r.Deliver(t.Context(), query("a@slow", "b@fast", "c@slow", "d@nowhere"), func(i int, a freebusy.Answer) {
			came[said([]freebusy.Answer{a})[0]] = time.Since(start)
		})
		want := map[string]time.Duration{
			"a@slow": 5 * time.Second, "b@fast": time.Second, "c@slow": 5 * time.Second, "ErrorAddressSpaceNotFound": 0,
		}
		if diff := cmp.Diff(want, came); diff != "" || err != nil {
			t.Errorf("answers came (%v) (-want +got):\n%s", err, diff)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("Deliver took %s, want no more than the slowest forest", took)
		}
	})
}

func TestRouterFailuresCostOnlyTheirOwnMailboxes(t *testing.T) {
	refused := &freebusy.Error{Code: freebusy.ErrorInvalidCrossForestCredentials}
	tests := map[string]struct {
		bad  freebusy.Source
		want freebusy.Code
	}{
		"fails as a whole":           {&otherSide{fails: errors.New("broken")}, freebusy.ErrorProxyRequestProcessingFailed},
		"fails with an Error":        {&otherSide{fails: fmt.Errorf("asking: %w", refused)}, refused.Code},
		"is not configured any more": {nil, freebusy.ErrorProxyRequestProcessingFailed},
		"gives too few answers": {sourceFunc(func(context.Context, freebusy.Query) ([]freebusy.Answer, error) {
			return []freebusy.Answer{{Calendar: &freebusy.Calendar{}}}, nil
		}), freebusy.ErrorProxyRequestProcessingFailed},
		"gives too many answers": {sourceFunc(func(context.Context, freebusy.Query) ([]freebusy.Answer, error) {
			return make([]freebusy.Answer, 3), nil
		}), freebusy.ErrorProxyRequestProcessingFailed},
		"gives empty answers": {sourceFunc(func(context.Context, freebusy.Query) ([]freebusy.Answer, error) {
			return make([]freebusy.Answer, 2), nil
		}), freebusy.ErrorProxyRequestProcessingFailed},
		"delivers nothing": {delivererFunc(func(context.Context, freebusy.Query, func(int, freebusy.Answer)) error {
			return nil
		}), freebusy.ErrorProxyRequestProcessingFailed},
		"delivers what was not asked, and everything twice": {delivererFunc(func(_ context.Context, _ freebusy.Query, yield func(int, freebusy.Answer)) error {
			yield(-1, freebusy.Answer{Calendar: &freebusy.Calendar{}})
			for i := range 4 {
				yield(i%2, freebusy.Answer{Err: refused})
				yield(i+2, freebusy.Answer{Calendar: &freebusy.Calendar{}})
			}
			return nil
		}), refused.Code},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			forests := map[string]freebusy.Source{"good": &otherSide{}}
			if tt.bad != nil {
				forests["bad"] = tt.bad
			}
			got := said(ask(t, t.Context(), router(&directory{}, forests), query("a@bad", "b@good", "c@bad")))
			if diff := cmp.Diff([]string{string(tt.want), "b@good", string(tt.want)}, got); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRouterTrustsNoDirectoryThatCannotCount(t *testing.T) {
	source := &otherSide{}
	r := &freebusy.Router{
		Directory: fixedRoutes{{Connector: "c", Address: "a@x"}},
		Forest:    func(string, string) freebusy.Source { return source },
	}
	got := said(ask(t, t.Context(), r, query("a@x", "b@x")))
	if diff := cmp.Diff([]string{"ErrorProxyRequestProcessingFailed", "ErrorProxyRequestProcessingFailed"}, got); diff != "" || len(source.questions()) > 0 {
		t.Errorf("asked %v; answers (-want +got):\n%s", source.questions(), diff)
	}
}

func TestRouterAnswersWhenTimeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := sourceFunc(func(ctx context.Context, _ freebusy.Query) ([]freebusy.Answer, error) {
			<-ctx.Done()
			return nil, errors.New("connection closed")
		})
		r := router(&directory{}, map[string]freebusy.Source{
			"fast": &otherSide{takes: time.Second}, "slow": &otherSide{takes: time.Hour}, "broken": broken,
		})
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		start := time.Now()
		got := said(ask(t, ctx, r, query("a@slow", "b@fast", "c@broken")))
		if diff := cmp.Diff([]string{"ErrorTimeoutExpired", "b@fast", "ErrorTimeoutExpired"}, got); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
		if took := time.Since(start); took != 8*time.Second {
			t.Errorf("it took %s, want 8s", took)
		}
	})
}

func TestRouterFollowsMovedMailboxesOnce(t *testing.T) {
	gone := func(code freebusy.Code, err error) *otherSide {
		return &otherSide{refuses: map[string]*freebusy.Error{"a@old": {Code: code, Err: err}}}
	}
	everything := &otherSide{fails: &freebusy.Error{Code: freebusy.ErrorProxyRequestProcessingFailed, Err: fmt.Errorf("410: %w", freebusy.ErrMoved)}}
	toNew := freebusy.Route{Connector: "new", Endpoint: "https://new", Address: "a@new"}
	tests := map[string]struct {
		old, new *otherSide
		moved    map[string]freebusy.Route
		failed   int        // calls of Directory.Failed
		asked    [][]string // of the new forest
		want     []string
	}{
		"not found, found elsewhere": {
			gone(freebusy.ErrorMailRecipientNotFound, nil), &otherSide{}, map[string]freebusy.Route{"a@old": toNew}, 1,
			[][]string{{"a@new"}}, []string{"a@new", "b@old", "a@new"},
		},
		"does not exist, found elsewhere": {
			gone(freebusy.ErrorNonExistentMailbox, nil), &otherSide{}, map[string]freebusy.Route{"a@old": toNew}, 1,
			[][]string{{"a@new"}}, []string{"a@new", "b@old", "a@new"},
		},
		"moving, found elsewhere": {
			gone(freebusy.ErrorMailboxMoveInProgress, nil), &otherSide{}, map[string]freebusy.Route{"a@old": toNew}, 1,
			[][]string{{"a@new"}}, []string{"a@new", "b@old", "a@new"},
		},
		"not allowed here, found elsewhere": {
			gone(freebusy.ErrorProxyRequestNotAllowed, nil), &otherSide{}, map[string]freebusy.Route{"a@old": toNew}, 1,
			[][]string{{"a@new"}}, []string{"a@new", "b@old", "a@new"},
		},
		"the client saw that it moved": {
			gone(freebusy.ErrorFreeBusyGenerationFailed, fmt.Errorf("302: %w", freebusy.ErrMoved)), &otherSide{}, map[string]freebusy.Route{"a@old": toNew}, 1,
			[][]string{{"a@new"}}, []string{"a@new", "b@old", "a@new"},
		},
		"another address in the same forest": {
			gone(freebusy.ErrorMailRecipientNotFound, nil), &otherSide{},
			map[string]freebusy.Route{"a@old": {Connector: "old", Endpoint: "https://old", Address: "a2@old"}}, 1,
			nil, []string{"a2@old", "b@old", "a2@old"},
		},
		"not found anywhere else": {
			gone(freebusy.ErrorMailRecipientNotFound, nil), &otherSide{}, nil, 1,
			nil, []string{"ErrorMailRecipientNotFound", "b@old", "ErrorMailRecipientNotFound"},
		},
		"not found by the directory either": {
			gone(freebusy.ErrorNonExistentMailbox, nil), &otherSide{},
			map[string]freebusy.Route{"a@old": {Err: &freebusy.Error{Code: freebusy.ErrorAutoDiscoverFailed}}}, 1,
			nil, []string{"ErrorNonExistentMailbox", "b@old", "ErrorNonExistentMailbox"},
		},
		"not found there either": {
			gone(freebusy.ErrorNonExistentMailbox, nil), &otherSide{refuses: map[string]*freebusy.Error{"a@new": {Code: freebusy.ErrorMailRecipientNotFound}}},
			map[string]freebusy.Route{"a@old": toNew}, 1,
			[][]string{{"a@new"}}, []string{"ErrorMailRecipientNotFound", "b@old", "ErrorMailRecipientNotFound"},
		},
		"the whole forest moved": {
			everything, &otherSide{}, map[string]freebusy.Route{"a@old": toNew, "b@old": {Connector: "new", Endpoint: "https://new", Address: "b@new"}}, 2,
			[][]string{{"a@new", "b@new"}}, []string{"a@new", "b@new", "a@new"},
		},
		"no access is no sign of a move": {
			gone(freebusy.ErrorNoFreeBusyAccess, nil), &otherSide{}, map[string]freebusy.Route{"a@old": toNew}, 0,
			nil, []string{"ErrorNoFreeBusyAccess", "b@old", "ErrorNoFreeBusyAccess"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := &directory{moved: tt.moved}
			r := router(d, map[string]freebusy.Source{"old": tt.old, "new": tt.new})
			got := said(ask(t, t.Context(), r, query("a@old", "b@old", "a@old")))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.asked, tt.new.questions()); diff != "" {
				t.Errorf("asked the new forest (-want +got):\n%s", diff)
			}
			if len(d.failed) != tt.failed || d.asked > 2 {
				t.Errorf("the directory heard of %d failures and was asked %d times, want %d and at most 2", len(d.failed), d.asked, tt.failed)
			}
		})
	}
}

func TestRouterDeliversWhatHasNotMovedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old := &otherSide{refuses: map[string]*freebusy.Error{"a@old": {Code: freebusy.ErrorMailRecipientNotFound}}}
		d := &directory{moved: map[string]freebusy.Route{"a@old": {Connector: "new", Address: "a@new"}}}
		r := router(d, map[string]freebusy.Source{"old": old, "new": &otherSide{takes: 3 * time.Second}})
		start := time.Now()
		came := map[string]time.Duration{}
		r.Deliver(t.Context(), query("a@old", "b@old"), func(_ int, a freebusy.Answer) {
			came[said([]freebusy.Answer{a})[0]] = time.Since(start)
		})
		if diff := cmp.Diff(map[string]time.Duration{"b@old": 0, "a@new": 3 * time.Second}, came); diff != "" {
			t.Errorf("answers came (-want +got):\n%s", diff)
		}
	})
}

func TestRouterAnswersEveryPlaceOnceWithItsOwnMailbox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		forests := map[string]freebusy.Source{"x": &otherSide{}, "y": &otherSide{}, "down": &otherSide{fails: errors.New("down")}}
		domains := rapid.SampledFrom([]string{"x", "y", "down", "nowhere", "gone"})
		names := rapid.SampledFrom([]string{"a", "b", "c", "d"})
		var addresses []string
		for range rapid.IntRange(0, 12).Draw(t, "mailboxes") {
			addresses = append(addresses, names.Draw(t, "name")+"@"+domains.Draw(t, "domain"))
		}
		times := make([]int, len(addresses))
		err := router(&directory{}, forests).Deliver(t.Context(), query(addresses...), func(i int, a freebusy.Answer) {
			times[i]++
			want := addresses[i]
			switch {
			case strings.HasSuffix(want, "@nowhere"):
				want = string(freebusy.ErrorAddressSpaceNotFound)
			case strings.HasSuffix(want, "@down"), strings.HasSuffix(want, "@gone"):
				want = string(freebusy.ErrorProxyRequestProcessingFailed)
			}
			if got := said([]freebusy.Answer{a})[0]; got != want {
				t.Errorf("place %d (%s) got %s, want %s", i, addresses[i], got, want)
			}
		})
		for i, n := range times {
			if n != 1 || err != nil {
				t.Errorf("place %d was answered %d times (%v)", i, n, err)
			}
		}
	})
}
