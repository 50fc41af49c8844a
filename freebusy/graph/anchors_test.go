package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"availproxy/freebusy"
)

// tenant is a Graph with some users and some schedules, which counts the
// requests under way for each anchor.
type tenant struct {
	users []string // that may be anchors

	mu    sync.Mutex
	busy  map[string]int
	most  map[string]int // at the same time
	asked []int          // schedules in each request
	came  chan struct{}  // nil, or what requests announce themselves on
	hold  chan struct{}  // what they wait for then
}

func (n *tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	anchor, _ := url.PathUnescape(strings.Split(r.URL.EscapedPath(), "/")[3])
	var question scheduleRequest
	json.NewDecoder(r.Body).Decode(&question)
	n.enter(anchor, len(question.Schedules))
	defer n.leave(anchor)
	if n.came != nil {
		n.came <- struct{}{}
		<-n.hold
	}
	if !named(n.users, anchor) {
		asJSON(404, `{"error":{"code":"ErrorInvalidUser","message":"The requested user is invalid."}}`)(w, r)
		return
	}
	var all []string
	for _, s := range question.Schedules {
		if strings.HasPrefix(s, "nobody") {
			all = append(all, fmt.Sprintf(`{"scheduleId":%q,"scheduleItems":null,"error":{"message":"x","responseCode":"5016"}}`, s))
			continue
		}
		all = append(all, item(s, fmt.Sprintf(`,"isPrivate":false,"location":%q`, s)))
	}
	asJSON(200, `{"value":[`+strings.Join(all, ",")+`]}`)(w, r)
}

func (n *tenant) enter(anchor string, schedules int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.busy == nil {
		n.busy, n.most = map[string]int{}, map[string]int{}
	}
	n.busy[anchor]++
	n.most[anchor] = max(n.most[anchor], n.busy[anchor])
	n.asked = append(n.asked, schedules)
}

func (n *tenant) leave(anchor string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.busy[anchor]--
}

func TestAnchorsThatAreNoUsers(t *testing.T) {
	const unknown = string(freebusy.ErrorMailRecipientNotFound)
	tests := map[string]struct {
		users   []string // of the tenant
		anchors []string // of the configuration
		before  string   // asked about first
		ask     []string
		want    []string // the address itself for a calendar, else a code
	}{
		"the first one is a user":           {users: []string{"a@x"}, ask: []string{"a@x", "b@x"}, want: []string{"a@x", "b@x"}},
		"the second one is a user":          {users: []string{"b@x"}, ask: []string{"list@x", "b@x"}, want: []string{"list@x", "b@x"}},
		"one that served before is a user":  {users: []string{"a@x"}, before: "a@x", ask: []string{"list@x"}, want: []string{"list@x"}},
		"one that is nobody":                {users: []string{"a@x"}, ask: []string{"nobody@x", "a@x"}, want: []string{unknown, "a@x"}},
		"nobody is a user":                  {ask: []string{"a@x"}, want: []string{unknown}},
		"nobody of many is a user":          {ask: []string{"a@x", "b@x", "c@x", "d@x", "e@x", "f@x"}, want: []string{unknown, unknown, unknown, unknown, unknown, unknown}},
		"the fifth one is a user":           {users: []string{"e@x"}, ask: []string{"a@x", "b@x", "c@x", "d@x", "e@x", "f@x"}, want: []string{unknown, unknown, unknown, unknown, "e@x", "f@x"}},
		"the configured one is a user":      {users: []string{"s@x"}, anchors: []string{"s@x"}, ask: []string{"a@x"}, want: []string{"a@x"}},
		"one configured one is a user":      {users: []string{"s@x"}, anchors: []string{"r@x", "s@x"}, ask: []string{"a@x"}, want: []string{"a@x"}},
		"the configured one is not a user":  {users: []string{"a@x"}, anchors: []string{"s@x"}, ask: []string{"a@x"}, want: []string{string(freebusy.ErrorProxyRequestProcessingFailed)}},
		"there is nobody to ask in name of": {ask: []string{"no address"}, want: []string{unknown}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			n := &tenant{users: tt.users}
			c := served(t, n.ServeHTTP)
			c.Anchors = tt.anchors
			if tt.before != "" {
				answersOf(t, c, about(tt.before))
			}
			var got []string
			for _, a := range answersOf(t, c, about(tt.ask...)) {
				got = append(got, told(a))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestNoAnchorIsNamedTooOften(t *testing.T) {
	n := &tenant{users: []string{"s1@x", "s2@x"}, came: make(chan struct{}), hold: make(chan struct{})}
	c := served(t, n.ServeHTTP)
	c.Anchors = n.users
	var asking sync.WaitGroup
	for i := range 40 {
		asking.Go(func() {
			if a := answersOf(t, c, about(fmt.Sprintf("m%d@x", i)))[0]; a.Err != nil {
				t.Errorf("mailbox %d: %v", i, a.Err)
			}
		})
	}
	for range 8 {
		<-n.came
	}
	for range 32 {
		n.hold <- struct{}{}
		<-n.came
	}
	close(n.hold)
	asking.Wait()
	for _, anchor := range n.users {
		if n.most[anchor] != 4 {
			t.Errorf("%s was named by up to %d requests at the same time, want 4", anchor, n.most[anchor])
		}
	}
	if len(c.own.busy) != 0 {
		t.Errorf("%v are still counted", c.own.busy)
	}
}

func TestBatches(t *testing.T) {
	var people []string
	for i := range 205 {
		people = append(people, fmt.Sprintf("m%d@x", i))
	}
	for batch, want := range map[int][]int{0: {20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 5}, 100: {100, 100, 5}, 1000: {100, 100, 5}} {
		n := &tenant{users: people}
		c := served(t, n.ServeHTTP)
		c.Batch = batch
		q := about(append(people, people...)...)
		for i, a := range answersOf(t, c, q) {
			if told(a) != q.Mailboxes[i].Address {
				t.Errorf("batch %d: mailbox %d got %s", batch, i, told(a))
			}
		}
		slices.SortFunc(n.asked, func(a, b int) int { return b - a })
		if !slices.Equal(n.asked, want) {
			t.Errorf("batch %d: requests had %v schedules, want %v", batch, n.asked, want)
		}
	}
}
