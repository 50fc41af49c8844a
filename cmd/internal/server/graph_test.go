package server_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/server"
	"availproxy/integration/forest"
)

// withGraph has the connector ask Graph with an application of Entra ID, too. More
// are further lines of the connector.
func withGraph(t *testing.T, f *forest.Forest, backend, more string) edit {
	t.Helper()
	lines := fmt.Sprintf("\n    backend: %s\n    graph: {auth_server: EvoSTS, url: %q}%s", backend, f.GraphURL(), more)
	return withEntra(t, f, lines)
}

// weeks is the answer about everybody for two weeks.
func (r *running) weeks(t *testing.T, view string) []forest.MailboxReply {
	t.Helper()
	monday := r.forest.Truth.Week
	return r.everybody(t, view, monday.AddDate(0, 0, -2), monday.AddDate(0, 0, 12))
}

// everybody is the answer about everybody between from and to.
func (r *running) everybody(t *testing.T, view string, from, to time.Time) []forest.MailboxReply {
	t.Helper()
	reply, err := r.caller(t).Ask(t.Context(), forest.Question{Mailboxes: r.forest.Truth.Addresses(), From: from, To: to, View: view})
	if err != nil {
		t.Fatal(err)
	}
	return reply.Mailboxes
}

// TestGraphAnswersAsEWSDoes asks the same through both, in calendars of several
// seeds, also where clocks change and where the window is longer than one piece.
// What may differ is listed in the package documentation of freebusy/graph, and
// left out here by hand.
func TestGraphAnswersAsEWSDoes(t *testing.T) {
	spring, autumn := time.Date(2026, 3, 23, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 19, 0, 0, 0, 0, time.UTC)
	windows := map[string]struct {
		week       time.Time // of the calendars
		days, long int       // where the window begins in it, and its length
	}{
		"this fortnight":        {time.Time{}, -2, 14},
		"clocks go forward":     {spring, 0, 14},
		"clocks go back":        {autumn, 0, 14},
		"in pieces":             {autumn, -40, 60},
		"the last days":         {spring, 30, 5},
		"the end of the change": {autumn, 6, 1},
	}
	for name, w := range windows {
		t.Run(name, func(t *testing.T) {
			for seed, view := range []string{"MergedOnly", "FreeBusyMerged", "DetailedMerged"} {
				f := newForest(t, forest.Options{Seed: int64(seed + 7), Calendars: forest.Calendars{Mailboxes: 24, Week: w.week}})
				from := f.Truth.Week.AddDate(0, 0, w.days)
				to := from.AddDate(0, 0, w.long)
				short := replace(t, "    cloud: none", "    cloud: none\n    maximum_query_interval_days: 21")
				byEWS := run(t, f, short).everybody(t, view, from, to)
				byGraph := run(t, f, withGraph(t, f, "graph", ""), short).everybody(t, view, from, to)
				for i := range byEWS {
					for _, reply := range []*forest.MailboxReply{&byEWS[i], &byGraph[i]} {
						withoutWhatGraphLacks(reply)
					}
				}
				if diff := cmp.Diff(byEWS, byGraph); diff != "" {
					t.Errorf("%s, seed %d: the answers differ (-EWS +Graph):\n%s", view, seed+7, diff)
				}
				if counts := f.Graph.Limits.Counts(); counts.Requests == 0 || len(counts.Violations) > 0 {
					t.Errorf("Graph counted %+v", counts)
				}
			}
		})
	}
}

// withoutWhatGraphLacks takes out of an answer what Graph does not tell.
func withoutWhatGraphLacks(r *forest.MailboxReply) {
	r.ResponseSource = ""
	for i := range r.Entries {
		e := &r.Entries[i]
		e.ID, e.Meeting, e.Recurring, e.Exception, e.Reminder = "", false, false, false, false
	}
}

// TestTheStagingConfigurationRehearses takes the marks off the lines that are
// there for it.
func TestTheStagingConfigurationRehearses(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f, replace(t, "\n#+", "\n"), with("cache: {fresh: 1ns, stale: 1ns}"))
	if code, text := r.ask(t, r.caller(t)); code != "NoError" || len(f.EWS.Journal.Requests()) == 0 {
		t.Errorf("got %s %s\n%s", code, text, r.log)
	}
	r.page(t, "of which 1 are equal")
	f.EWS.SetOrganizationConfig(forest.OrganizationConfig{EWSDisabled: true})
	if code, text := r.ask(t, r.caller(t)); code != "NoError" {
		t.Errorf("without EWS, got %s %s\n%s", code, text, r.log)
	}
}

func TestOnlyGraphIsAskedWhereItIsTheBackEnd(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f, withGraph(t, f, "graph", ""))
	for range 3 {
		if code, text := r.ask(t, r.caller(t)); code != "NoError" {
			t.Fatalf("got %s %s\n%s", code, text, r.log)
		}
	}
	if n := len(f.EWS.Journal.Requests()) + len(f.Autodiscover.Requests()); n != 0 {
		t.Errorf("EWS and autodiscover were asked %d times", n)
	}
	if counts := f.Graph.Limits.Counts(); counts.Requests != 1 {
		t.Errorf("Graph counted %+v, want one request", counts)
	}
	for _, finding := range r.Check(t.Context(), server.Subject{Mailbox: "alice@fabrikam.example"}) {
		if finding.Severity == check.Fail {
			t.Errorf("the check finds %+v", finding)
		}
	}
}

// TestAutoGoesOnWhenEWSEnds turns EWS off as Exchange Online does.
func TestAutoGoesOnWhenEWSEnds(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f, withGraph(t, f, "auto", ""), with("cache: {fresh: 1ns, stale: 1ns}"))
	ask := func(want string) {
		t.Helper()
		if code, text := r.ask(t, r.caller(t)); code != want {
			t.Fatalf("got %s %s, want %s\n%s", code, text, want, r.log)
		}
	}
	ask("NoError")
	if counts := f.Graph.Limits.Counts(); counts.Requests != 0 {
		t.Errorf("while EWS answered, Graph counted %+v", counts)
	}
	f.EWS.SetOrganizationConfig(forest.OrganizationConfig{EWSDisabled: true})
	ask("NoError")
	f.EWS.SetOrganizationConfig(forest.OrganizationConfig{EWSAllowedAppIDs: []string{"99999999-1111-2222-3333-444444444444"}})
	ask("NoError")
	if counts := f.Graph.Limits.Counts(); counts.Requests != 2 {
		t.Errorf("Graph counted %+v, want two requests", counts)
	}
	if strings.Contains(r.log.String(), "EWS has ended") {
		t.Errorf("two questions moved it:\n%s", r.log)
	}
	f.EWS.SetOrganizationConfig(forest.OrganizationConfig{})
	ask("NoError")
	if counts := f.Graph.Limits.Counts(); counts.Requests != 2 {
		t.Errorf("when EWS was back, Graph counted %+v", counts)
	}
}

func TestAutoMovesOnTheDay(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f, withGraph(t, f, "auto", "\n    ews_end_date: 2026-01-01"), with("cache: {fresh: 1ns, stale: 1ns}"))
	for range 3 {
		if code, text := r.ask(t, r.caller(t)); code != "NoError" {
			t.Fatalf("got %s %s\n%s", code, text, r.log)
		}
	}
	if n := len(f.EWS.Journal.Requests()) + len(f.Autodiscover.Requests()); n != 0 {
		t.Errorf("EWS and autodiscover were asked %d times", n)
	}
	if n := strings.Count(r.log.String(), "EWS has ended for a connector"); n != 1 {
		t.Errorf("it was said %d times, want once:\n%s", n, r.log)
	}
}

func TestTheFirewallsPageMovesNobody(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f, withGraph(t, f, "auto", ""), with("cache: {fresh: 1ns, stale: 1ns, negative: 1ns}"))
	f.EWS.Faults.Set(forest.Faults{Status: 403, Page: forest.FirewallPage})
	for range 4 {
		if code, _ := r.ask(t, r.caller(t)); code != "ErrorProxyRequestProcessingFailed" {
			t.Errorf("got %s", code)
		}
	}
	if counts := f.Graph.Limits.Counts(); counts.Requests != 0 {
		t.Errorf("Graph counted %+v", counts)
	}
}

// TestConnectorsShareTheLimitsOfATenant has two connectors name the same anchors,
// and reloads the configuration meanwhile.
func TestConnectorsShareTheLimitsOfATenant(t *testing.T) {
	f := newForest(t, forest.Options{})
	f.Graph.Faults.Set(forest.Faults{Delay: 50 * time.Millisecond})
	const anchors = "anchor_mailboxes: [alice@fabrikam.example, bob@fabrikam.example]"
	r := run(t, f, withGraph(t, f, "graph", ""), replace(t, "graph: {", "graph: {"+anchors+", batch: 5, "), func(config string) string {
		_, connector, _ := strings.Cut(config, "intra_organization_connectors:\n")
		connector, _, _ = strings.Cut(connector, "\n    application_sees_details: accepted\n")
		connector += "\n    application_sees_details: accepted\n"
		second := strings.NewReplacer("- name: fabrikam.example", "- name: second", "domains: [fabrikam.example]", "domains: [second.example]").Replace(connector)
		return strings.Replace(config, connector, connector+second, 1)
	})
	var asking sync.WaitGroup
	for i := range 12 {
		q := r.question()
		for n := range 20 {
			q.Mailboxes = append(q.Mailboxes, fmt.Sprintf("m%d.%d@%s", i, n, []string{"fabrikam.example", "second.example"}[i%2]))
		}
		asking.Go(func() {
			if _, err := r.caller(t).Ask(t.Context(), q); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := r.Reload(t.Context()); err != nil {
		t.Error(err)
	}
	asking.Wait()
	counts := f.Graph.Limits.Counts()
	if len(counts.Violations) > 0 || counts.Requests < 48 || counts.MostAtOnce["alice@fabrikam.example"] != 4 {
		t.Errorf("Graph counted %+v", counts)
	}
}

// TestGraphIsNeverAskedTooMuch lets many servers ask about many people at once.
func TestGraphIsNeverAskedTooMuch(t *testing.T) {
	f := newForest(t, forest.Options{Calendars: forest.Calendars{Mailboxes: 120}, Seed: 3})
	r := run(t, f, withGraph(t, f, "graph", ""), with("cache: {fresh: 1ns, stale: 1ns}"))
	people := f.Truth.Addresses()
	var asking sync.WaitGroup
	for i := range 24 {
		asking.Go(func() {
			q := r.question(slices.Concat(people[4*i:], people[:4*i])[:60]...)
			reply, err := r.caller(t).Ask(t.Context(), q)
			if err != nil {
				t.Error(err)
				return
			}
			for _, m := range reply.Mailboxes {
				if m.Code == "ErrorServerBusy" || m.Code == "ErrorProxyRequestProcessingFailed" {
					t.Errorf("%s got %s %s", m.Address, m.Code, m.Text)
				}
			}
		})
	}
	asking.Wait()
	if counts := f.Graph.Limits.Counts(); len(counts.Violations) > 0 {
		t.Errorf("Graph counted %+v", counts)
	}
}
