package server_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

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
	reply, err := r.caller(t).Ask(t.Context(), forest.Question{
		Mailboxes: r.forest.Truth.Addresses(), From: monday.AddDate(0, 0, -2), To: monday.AddDate(0, 0, 12), View: view,
	})
	if err != nil {
		t.Fatal(err)
	}
	return reply.Mailboxes
}

// TestGraphAnswersAsEWSDoes asks the same through both. What may differ is listed
// in the package documentation of freebusy/graph, and left out here by hand.
func TestGraphAnswersAsEWSDoes(t *testing.T) {
	for _, view := range []string{"MergedOnly", "FreeBusyMerged", "DetailedMerged"} {
		t.Run(view, func(t *testing.T) {
			f := newForest(t, forest.Options{Seed: 7})
			byEWS := run(t, f).weeks(t, view)
			byGraph := run(t, f, withGraph(t, f, "graph", "")).weeks(t, view)
			for i := range byEWS {
				for _, reply := range []*forest.MailboxReply{&byEWS[i], &byGraph[i]} {
					withoutWhatGraphLacks(reply)
				}
			}
			if diff := cmp.Diff(byEWS, byGraph); diff != "" {
				t.Errorf("the answers differ (-EWS +Graph):\n%s", diff)
			}
			if counts := f.Graph.Limits.Counts(); counts.Requests == 0 || len(counts.Violations) > 0 {
				t.Errorf("Graph counted %+v", counts)
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
