package server_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/server"
	"availproxy/integration/forest"
)

// court is a whole proxy in this process, with its listener on loopback, in
// front of forests whose truth is known.
type court struct {
	url     string
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

// plain lets everybody on this machine ask without TLS and without credentials,
// which takes most of the time of a question that is answered from memory.
func plain(config string) string {
	config = strings.Replace(config, "tls: {certificate: proxy.pem, key: proxy.key, profile: modern}\n", "", 1)
	return strings.Replace(config, "clients:\n", "clients:\n  anonymous_networks: [127.0.0.1/32]\n", 1)
}

// newCourt makes calendars around week. edit changes the configuration.
func newCourt(t *testing.T, week time.Time, edit func(string) string) *court {
	t.Helper()
	c := &court{callers: map[asker]*forest.Caller{}}
	calendars := func(seed int64, domain string) *forest.Truth {
		return forest.Seeded(seed, forest.Calendars{Domain: domain, Week: week, Before: 3, After: 9})
	}
	full := calendars(1, fabrikam)
	full.Mailboxes = append(full.Mailboxes, crowded(full.Week), team(full))
	old := calendars(3, oldtimer)
	old.Mailboxes = append(old.Mailboxes, team(old))
	c.open(t, forest.Options{Truth: full})
	c.open(t, forest.Options{Truth: calendars(2, wingtip), Generation: forest.Exchange2013, SharesACSWith: c.forests[0]})
	c.open(t, forest.Options{Truth: old, Generation: forest.Exchange2010, SharesACSWith: c.forests[0]})

	dir := t.TempDir()
	if _, err := (forest.Material{Forests: c.forests, Proxy: "127.0.0.1:0", Admin: "127.0.0.1:0"}).Write(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "config.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(edit(c.configure(string(text)))), 0o600); err != nil {
		t.Fatal(err)
	}
	c.serve(t, path)
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

func (c *court) open(t *testing.T, o forest.Options) {
	t.Helper()
	f, err := forest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	c.forests = append(c.forests, f)
}

// configure gives each connector what its forest is like.
func (c *court) configure(text string) string {
	change := func(connector, old, new string) {
		before, after, _ := strings.Cut(text, "  - name: "+connector+"\n")
		text = before + "  - name: " + connector + "\n" + strings.Replace(after, old, new, 1)
	}
	change(wingtip, "access_level: LimitedDetails", "access_level: AvailabilityOnly")
	change(oldtimer, "    cloud: none\n", "    cloud: none\n    maximum_query_interval_days: 42\n")
	return text + `
  - name: closed
    target_address_domains: [` + closed + `]
    cloud: none
    target_sharing_epr: https://mail.closed.example/EWS/Exchange.asmx
    auth_server: ` + c.forests[0].AuthServer() + `
    access_level: None
`
}

// serve runs the proxy until the test ends.
func (c *court) serve(t *testing.T, path string) {
	t.Helper()
	configuration, err := config.Read(path, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan string, 1)
	s, err := server.New(configuration, server.Options{Version: "test", Metrics: http.NotFoundHandler(), Log: slog.New(ear{slog.NewTextHandler(io.Discard, nil), opened})})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		for _, caller := range c.callers {
			caller.Close()
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the proxy ended with %v", err)
		}
	})
	select {
	case address := <-opened:
		c.url = "http://127.0.0.1" + port(address) + forest.Path
		if configuration.TLS.Enabled() {
			c.url = "https://localhost" + port(address) + forest.Path
		}
	case err := <-ended:
		ended <- err
		t.Fatal(err)
	}
}

func port(address string) string { return address[strings.LastIndex(address, ":"):] }

// ear listens to a log for the address at which Exchange servers are served.
type ear struct {
	slog.Handler
	opened chan<- string
}

func (e ear) Handle(_ context.Context, r slog.Record) error {
	said := map[string]string{}
	r.Attrs(func(a slog.Attr) bool {
		said[a.Key] = a.Value.String()
		return true
	})
	if r.Message == "listening" && said["for"] == "exchange" {
		e.opened <- said["address"]
	}
	return nil
}

// caller is an old server that asks as a does.
func (c *court) caller(a asker) *forest.Caller {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.callers[a] == nil {
		o := c.forests[0].Organization
		c.callers[a] = &forest.Caller{
			URL: c.url, Generation: a.generation, Zone: a.zone, ZoneForm: a.form,
			User: o.User, Password: o.Password, PreAuthenticate: true, RootCAs: c.forests[0].RootCAs(),
		}
	}
	return c.callers[a]
}
