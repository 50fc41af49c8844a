package freebusy_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

// poll is what Spread asks about: each forest answers with its name and the
// address that it was asked for.
type poll struct {
	silent string // the forest that leaves one answer out
	slow   string // the one that takes a minute

	mu    sync.Mutex // guards what follows
	asked map[string]int
}

func (p *poll) ask(_ context.Context, connector, endpoint string, mailboxes []freebusy.Mailbox) []string {
	p.mu.Lock()
	if p.asked == nil {
		p.asked = map[string]int{}
	}
	p.asked[connector]++
	p.mu.Unlock()
	if connector == p.slow {
		time.Sleep(time.Minute)
	}
	var answers []string
	for _, m := range mailboxes {
		answers = append(answers, strings.TrimPrefix(endpoint, "https://")+" knows "+m.Address)
	}
	if connector == p.silent {
		return answers[1:]
	}
	return answers
}

func (p *poll) of(t *testing.T, d freebusy.Directory, addresses ...string) []string {
	return freebusy.Spread(t.Context(), d, query(addresses...).Mailboxes, p.ask,
		func(err *freebusy.Error) string { return string(err.Code) })
}

func TestSpreadKeepsOrderAndDuplicates(t *testing.T) {
	p := &poll{silent: "west"}
	got := p.of(t, &directory{}, "a@north", "b@south", "c@nowhere", "a@north", "d@west", "A@North", "e@north", "f@west")
	const failed = "ErrorProxyRequestProcessingFailed"
	want := []string{
		"north knows a@north", "south knows b@south", "ErrorAddressSpaceNotFound", "north knows a@north",
		failed, "north knows a@north", "north knows e@north", failed,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"north": 1, "south": 1, "west": 1}, p.asked); diff != "" {
		t.Errorf("questions to each forest (-want +got):\n%s", diff)
	}
}

func TestSpreadTakesTheAddressOfTheRoute(t *testing.T) {
	p := &poll{}
	moved := fixedRoutes{{Connector: "new", Endpoint: "https://new", Address: "renamed@new"}}
	if got := p.of(t, moved, "old@north"); got[0] != "new knows renamed@new" {
		t.Errorf("got %q", got)
	}
}

func TestSpreadTrustsNoDirectoryThatLosesCount(t *testing.T) {
	p := &poll{}
	got := p.of(t, fixedRoutes{{Connector: "north"}}, "a@north", "b@north")
	if diff := cmp.Diff([]string{"ErrorProxyRequestProcessingFailed", "ErrorProxyRequestProcessingFailed"}, got); diff != "" || p.asked != nil {
		t.Errorf("asked %v; answers (-want +got):\n%s", p.asked, diff)
	}
}

func TestSpreadAsksAllForestsAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		(&poll{slow: "north"}).of(t, &directory{}, "a@north", "b@south")
		if took := time.Since(start); took != time.Minute {
			t.Errorf("took %s, want as long as the slowest", took)
		}
	})
}
