package server_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"availproxy/integration/forest"
)

// court is a whole proxy in front of forests whose truth is known.
type court struct {
	*running
	forests []*forest.Forest

	mu      sync.Mutex // guards callers
	callers map[asker]*forest.Caller
}

// asker is what the callers of a court differ in.
type asker struct {
	generation forest.Generation
	zone       forest.Zone
	form       forest.ZoneForm
}

// The forests of a court, besides closed.example, which nobody may see and which
// is never asked.
//
//	fabrikam  Exchange Online, passes on details; one calendar is too full to be read whole, and a group has only digits
//	wingtip   Exchange 2013, passes on times alone
//	oldtimer  Exchange 2010, knows no WorkingElsewhere and answers 42 days at once, also about a group
const (
	fabrikam = "fabrikam.example"
	wingtip  = "wingtip.example"
	oldtimer = "oldtimer.example"
	closed   = "closed.example"
)

// newCourt makes calendars around week, and a proxy that serves until the test
// ends.
func newCourt(t *testing.T, week time.Time, edits ...edit) *court {
	t.Helper()
	c := &court{callers: map[asker]*forest.Caller{}}
	calendars := func(seed int64, domain string) *forest.Truth {
		return forest.Seeded(seed, forest.Calendars{Domain: domain, Week: week, Before: 3, After: 9})
	}
	full := calendars(1, fabrikam)
	full.Mailboxes = append(full.Mailboxes, crowded(full.Week), team(full))
	old := calendars(3, oldtimer)
	old.Mailboxes = append(old.Mailboxes, team(old))
	first := newForest(t, forest.Options{Truth: full})
	c.forests = []*forest.Forest{
		first,
		newForest(t, forest.Options{Truth: calendars(2, wingtip), Generation: forest.Exchange2013, SharesACSWith: first}),
		newForest(t, forest.Options{Truth: old, Generation: forest.Exchange2010, SharesACSWith: first}),
	}
	c.running = prepareAll(t, c.forests, append([]edit{c.configureConnectors}, edits...)...)
	c.start(t, c.options())
	t.Cleanup(func() {
		for _, caller := range c.callers {
			caller.Close()
		}
	})
	if configuration, err := c.read(); err == nil && !configuration.TLS.Enabled() {
		c.url = "http://127.0.0.1" + c.port("exchange") + forest.Path
	}
	return c
}

// crowded has an entry every hour for 56 days: more than the thousand that a
// server lists.
func crowded(week time.Time) forest.Mailbox {
	m := forest.Mailbox{Address: "crowded@" + fabrikam, Access: forest.AccessDetails, WorkingHours: forest.WorkingHours{Days: []time.Weekday{1}, End: 1440}}
	for hour := range 56 * 24 {
		start := week.Add(time.Duration(hour-7*24) * time.Hour)
		m.Events = append(m.Events, forest.Event{Start: start, End: start.Add(20 * time.Minute), Busy: forest.Busy, Subject: "Again"})
	}
	return m
}

// team is a distribution list of two people.
func team(t *forest.Truth) forest.Mailbox {
	m := forest.Mailbox{Address: "team@" + t.Domain, Kind: forest.Group, Access: forest.AccessDetails}
	m.Events = append(slices.Clone(t.Mailboxes[3].Events), t.Mailboxes[7].Events...)
	return m
}

// configureConnectors gives each connector what its forest is like, and more time
// than a busy machine takes.
func (c *court) configureConnectors(text string) string {
	change := func(connector, old, new string) {
		before, after, _ := strings.Cut(text, "  - name: "+connector+"\n")
		text = before + "  - name: " + connector + "\n" + strings.Replace(after, old, new, 1)
	}
	change(wingtip, "access_level: LimitedDetails", "access_level: AvailabilityOnly")
	change(oldtimer, "    cloud: none\n", "    cloud: none\n    maximum_query_interval_days: 42\n")
	return strings.ReplaceAll(text, "    cloud: none\n", "    cloud: none\n    timeout: 1m\n") + `
  - name: closed
    target_address_domains: [` + closed + `]
    cloud: none
    target_sharing_epr: https://mail.closed.example/EWS/Exchange.asmx
    auth_server: ` + c.forests[0].AuthServer() + `
    access_level: None
timeouts: {answer: 1m, abandon: 2m}
`
}

// plain lets everybody on this machine ask without TLS and without credentials,
// which takes most of the time of a question that is answered from memory.
func plain(t *testing.T) edit {
	return func(config string) string {
		config = replace(t, "tls: {certificate: proxy.pem, key: proxy.key, profile: modern}\n", "")(config)
		return replace(t, "clients:\n", "clients:\n  anonymous_networks: [127.0.0.1/32]\n")(config)
	}
}

// by is an old server that asks as a does.
func (c *court) by(a asker) *forest.Caller {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.callers[a] == nil {
		o := c.forest.Organization
		c.callers[a] = &forest.Caller{
			URL: c.url, Generation: a.generation, Zone: a.zone, ZoneForm: a.form,
			User: o.User, Password: o.Password, PreAuthenticate: true, RootCAs: c.forest.RootCAs(),
		}
	}
	return c.callers[a]
}
