package cache

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"availproxy/freebusy"
)

// forestOf makes a connector of each domain but one, as a configuration does.
func forestOf(m freebusy.Mailbox) string {
	if m.Domain() == "unrelated.example" {
		return ""
	}
	return m.Domain()
}

// named answers with the calendar of the connector whose mailbox it is.
func named(q freebusy.Query) freebusy.Answer {
	c := calendar(q)
	c.Origin.Connector = forestOf(q.Mailboxes[0])
	return freebusy.Answer{Calendar: c}
}

func TestEachForestIsCountedByItself(t *testing.T) {
	wingtip := freebusy.SMTP("bob@wingtip.example")
	stranger := freebusy.SMTP("eve@unrelated.example")
	o := lifetimes
	o.Revalidate, o.Forest = o.Fresh, forestOf
	tests := map[string]struct {
		act  func(*testing.T, *Cache, *forest)
		want []Counts // without what is held
	}{
		"nothing": {act: func(*testing.T, *Cache, *forest) {}},
		"a miss and then hits": {
			func(t *testing.T, c *Cache, _ *forest) {
				ask(t, c, question(alice))
				ask(t, c, question(alice, alice))
			},
			[]Counts{{Forest: "fabrikam.example", Requests: 3, Misses: 1, Fetched: 1, Hits: 2}},
		},
		"two forests": {
			func(t *testing.T, c *Cache, _ *forest) {
				ask(t, c, question(alice))
				ask(t, c, question(wingtip))
				ask(t, c, question(wingtip, alice, wingtip))
			},
			[]Counts{
				{Forest: "fabrikam.example", Requests: 2, Misses: 1, Fetched: 1, Hits: 1},
				{Forest: "wingtip.example", Requests: 3, Misses: 1, Fetched: 1, Hits: 2},
			},
		},
		"a mailbox of no forest": {
			func(t *testing.T, c *Cache, f *forest) {
				f.fail = &freebusy.Error{Code: freebusy.ErrorAddressSpaceNotFound}
				ask(t, c, question(stranger))
				ask(t, c, question(stranger))
			},
			[]Counts{{Requests: 2, Misses: 1, Fetched: 1, Negative: 1}},
		},
		"a failure, remembered": {
			func(t *testing.T, c *Cache, f *forest) {
				f.fail = down
				ask(t, c, question(alice))
				ask(t, c, question(alice))
			},
			[]Counts{{Forest: "fabrikam.example", Requests: 2, Misses: 1, Fetched: 1, Negative: 1}},
		},
		"hours that are known in part": {
			func(t *testing.T, c *Cache, _ *forest) {
				ask(t, c, about(days(0, 3), alice))
				ask(t, c, about(days(0, 7), alice))
			},
			[]Counts{{Forest: "fabrikam.example", Requests: 2, Misses: 2, Partial: 1, Fetched: 2}},
		},
		"an answer that is renewed": {
			func(t *testing.T, c *Cache, _ *forest) {
				ask(t, c, question(alice))
				time.Sleep(o.Fresh + time.Second)
				ask(t, c, question(alice))
			},
			[]Counts{{Forest: "fabrikam.example", Requests: 2, Misses: 1, Stale: 1, Renewed: 1, Fetched: 2}},
		},
		"an answer that stands in for a failure": {
			func(t *testing.T, c *Cache, f *forest) {
				ask(t, c, question(alice))
				time.Sleep(3 * o.Fresh)
				f.fail = down
				ask(t, c, question(alice)) // fetches in vain
				ask(t, c, question(alice)) // remembers that
			},
			[]Counts{{Forest: "fabrikam.example", Requests: 3, Misses: 2, Stale: 2, Fetched: 2}},
		},
		"askers that share a fetch": {
			func(t *testing.T, c *Cache, f *forest) {
				f.slow = time.Second
				landed := behind(t, c, question(alice))
				time.Sleep(time.Millisecond)
				ask(t, c, question(alice))
				landed()
			},
			[]Counts{{Forest: "fabrikam.example", Requests: 2, Misses: 2, Coalesced: 1, Fetched: 1}},
		},
		"a purge": {
			func(t *testing.T, c *Cache, _ *forest) {
				ask(t, c, question(alice))
				c.Purge(func(string) bool { return true })
			},
			[]Counts{{Forest: "fabrikam.example", Requests: 1, Misses: 1, Fetched: 1, Purged: 1}},
		},
		"too many for the memory": {
			func(t *testing.T, c *Cache, _ *forest) {
				c.store.limit = 3 * (entryCost + heldCost)
				for _, m := range []freebusy.Mailbox{alice, anna, ben, wingtip} {
					ask(t, c, question(m))
				}
			},
			[]Counts{
				{Forest: "fabrikam.example", Requests: 3, Misses: 3, Fetched: 3, Evicted: 1},
				{Forest: "wingtip.example", Requests: 1, Misses: 1, Fetched: 1},
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				origin := &forest{answer: named}
				c := newCache(t, origin, o)
				tt.act(t, c, origin)
				c.flights.wait.Wait()
				stats := c.store.Stats()
				mailboxes, bytes := int64(0), int64(0)
				var got []Counts
				for _, counts := range stats.Forests {
					mailboxes, bytes = mailboxes+counts.Mailboxes, bytes+counts.Bytes
					counts.Mailboxes, counts.Bytes = 0, 0
					got = append(got, counts)
				}
				if d := cmp.Diff(tt.want, got); d != "" {
					t.Errorf("counts (-want +got)\n%s", d)
				}
				if mailboxes != int64(stats.Mailboxes) || bytes != stats.Bytes {
					t.Errorf("the forests hold %d mailboxes of %d bytes, the store %d of %d", mailboxes, bytes, stats.Mailboxes, stats.Bytes)
				}
			})
		})
	}
}

func TestCountsBecomeMetrics(t *testing.T) {
	reader, before := metric.NewManualReader(), otel.GetMeterProvider()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	defer otel.SetMeterProvider(before)
	o := lifetimes
	o.Forest = forestOf
	c := newCache(t, &forest{answer: named}, o)
	ask(t, c, question(alice))
	ask(t, c, question(alice))
	c.origin.(*forest).fail = down
	ask(t, c, question(freebusy.SMTP("eve@unrelated.example")))
	ask(t, c, question(freebusy.SMTP("eve@unrelated.example")))

	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	point := func(name string, p metricdata.DataPoint[int64]) {
		got[name+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] = p.Value
	}
	for _, m := range data.ScopeMetrics[0].Metrics {
		switch data := m.Data.(type) {
		case metricdata.Sum[int64]:
			for _, p := range data.DataPoints {
				point(m.Name, p)
			}
		case metricdata.Gauge[int64]:
			for _, p := range data.DataPoints {
				point(m.Name, p)
			}
		}
	}
	if want := 2*(len(counted)+2) + 1; len(got) != want { // answers fresh and stale, and one kind of failure
		t.Errorf("%d metrics, want %d", len(got), want)
	}
	want := map[string]int64{
		"availproxy.cache.requests forest=fabrikam.example":                                    2,
		"availproxy.cache.hits forest=fabrikam.example,kind=answer":                            1,
		"availproxy.cache.misses forest=fabrikam.example":                                      1,
		"availproxy.cache.fetched forest=fabrikam.example":                                     1,
		"availproxy.cache.entries forest=fabrikam.example":                                     1,
		"availproxy.mailboxes code=NoError,forest=fabrikam.example,source=cache":               1,
		"availproxy.cache.requests forest=none":                                                2,
		"availproxy.cache.misses forest=none":                                                  1,
		"availproxy.cache.hits forest=none,kind=failure":                                       1,
		"availproxy.mailboxes code=ErrorProxyRequestProcessingFailed,forest=none,source=cache": 1,
		"availproxy.cache.entries forest=none":                                                 1,
	}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%s is %d, want %d", name, got[name], n)
		}
	}
}

// Counting must not be what a hit costs.
func TestCountingAllocatesNothing(t *testing.T) {
	c := newCache(t, &forest{answer: named}, lifetimes)
	ask(t, c, question(alice, anna, ben))
	l := newLookup(c, question(alice, anna, ben))
	l.fromMemory()
	if n := testing.AllocsPerRun(100, func() { l.count() }); n > 0 {
		t.Errorf("counting three mailboxes allocates %.0f times", n)
	}
}
