package integration

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
)

// TestSlicingEqualsAsking asks one proxy many questions that overlap, in every
// view, zone and interval. Whatever it remembers of the ones before, each answer
// is what the forests know.
func TestSlicingEqualsAsking(t *testing.T) {
	t.Parallel()
	calendars := forest.Calendars{Week: clocksChange}
	first := newForest(t, forest.Options{Seed: 1, Calendars: calendars})
	calendars.Domain = "wingtip.example"
	second := newForest(t, forest.Options{Seed: 2, Calendars: calendars, SharesACSWith: first, Generation: forest.Exchange2013})
	tests := map[string]struct {
		config string
		share  int // of the mailboxes asked for, one in how many is looked up at most
	}{
		"as it comes":      {"cache: {fresh: 10m}", 4},
		"without padding":  {"cache: {fresh: 10m, padding: 0s}", 1},
		"a little padding": {"cache: {fresh: 10m, padding: 1h}", 1},
		"soon to be stale": {"cache: {fresh: 100ms, padding: 1d}", 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := serve(t, []*forest.Forest{first, second}, with(tt.config))
			draw := lot{rand.New(rand.NewPCG(1, 2)), p.forests}
			asked, before := 0, draw.lookedUp()
			for range 120 {
				c := p.caller(t, draw.generation())
				c.Zone, c.ZoneForm = draw.zone(), forest.ZoneInBody
				q := draw.question(c.Zone)
				for _, m := range ask(t, c, q).Mailboxes {
					if d := cmp.Diff(truthIn(c.Zone, draw.forestOf(m.Address), m.Address, q, c.Generation), toldBy(m)); d != "" {
						t.Fatalf("%s from %s to %s in steps of %s, on the clock of %s, is not the truth (-truth +told):\n%s", m.Address, q.From, q.To, q.Interval, c.Zone.Name, d)
					}
				}
				asked += len(q.Mailboxes)
			}
			if n := draw.lookedUp() - before; n*tt.share > asked {
				t.Errorf("%d mailboxes were looked up for %d that were asked for, want one in %d", n, asked, tt.share)
			}
		})
	}
}

// clocksChange is a week in which Europe turns its clocks, between those of
// Sydney and of New York.
var clocksChange = time.Date(2026, 10, 21, 0, 0, 0, 0, time.UTC)

// lot draws questions.
type lot struct {
	rand    *rand.Rand
	forests []*forest.Forest
}

func (l lot) generation() forest.Generation {
	return []forest.Generation{forest.Exchange2007, forest.Exchange2010, forest.Exchange2013}[l.rand.IntN(3)]
}

// zone is that of somebody.
func (l lot) zone() forest.Zone {
	all := l.forests[0].Truth.Mailboxes
	return all[l.rand.IntN(len(all))].Zone
}

// question is about some people over some hours or weeks, which begin and end at
// moments that the wall clock of z can tell.
func (l lot) question(z forest.Zone) forest.Question {
	intervals := []time.Duration{5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 7 * time.Hour, 24 * time.Hour}
	views := []string{"MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"}
	q := forest.Question{Interval: intervals[l.rand.IntN(len(intervals))], View: views[l.rand.IntN(len(views))]}
	for range 1 + l.rand.IntN(4) {
		f := l.forests[l.rand.IntN(len(l.forests))]
		addresses := append(f.Truth.Addresses(), f.Truth.Unknown)
		q.Mailboxes = append(q.Mailboxes, addresses[l.rand.IntN(len(addresses))])
	}
	longest := []int{2, 3 * 24, 8 * 24, 30 * 24}[l.rand.IntN(4)] // hours
	q.From = clocksChange.Add(time.Duration(l.rand.IntN(28*24*60)-14*24*60) * time.Minute)
	slots := 1 + l.rand.IntN(max(1, int(time.Duration(longest)*time.Hour/q.Interval)))
	q.To = q.From.Add(time.Duration(slots)*q.Interval + time.Duration(l.rand.IntN(2)*l.rand.IntN(30))*time.Minute)
	for _, at := range []time.Time{q.From, q.To} {
		if !z.Instant(z.Wall(at)).Equal(at) {
			return l.question(z)
		}
	}
	return q
}

func (l lot) forestOf(address string) *forest.Forest {
	for _, f := range l.forests {
		if strings.HasSuffix(address, "@"+f.Domain()) {
			return f
		}
	}
	return nil
}

// lookedUp is how often the forests were asked for a mailbox.
func (l lot) lookedUp() (n int) {
	for _, f := range l.forests {
		for _, address := range append(f.Truth.Addresses(), f.Truth.Unknown) {
			n += f.EWS.Journal.Asked(address)
		}
	}
	return n
}
