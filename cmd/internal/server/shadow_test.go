package server_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/server"
	"availproxy/integration/forest"
)

// planted is a forest whose Graph has calendars of its own: those of EWS, but for
// what plant does to alice's.
func planted(t *testing.T, plant func(alice *forest.Mailbox)) *forest.Forest {
	t.Helper()
	f, err := forest.New(forest.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	other := forest.Seeded(7, forest.Calendars{Domain: f.Truth.Domain})
	for i := range other.Mailboxes {
		if other.Mailboxes[i].Address == "alice@fabrikam.example" {
			plant(&other.Mailboxes[i])
		}
	}
	f.Graph.Truth = other
	if err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// today puts an event into the hours that a check looks at.
func today(m *forest.Mailbox) {
	start := time.Now().UTC().Truncate(24 * time.Hour).Add(61 * time.Hour)
	m.Events = append(m.Events, forest.Event{Start: start, End: start.Add(7 * time.Minute), Busy: forest.OOF, Subject: "Layoffs", Location: "Here"})
}

// page is the first page of status once it has that text.
func (r *running) page(t *testing.T, text string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		_, page := r.get(t, "GET", r.admin+"/", nil)
		if strings.Contains(page, text) {
			return page
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("the page does not come to say %q:\n%s", text, page)
		}
	}
}

// TestAShadowFindsNothingWhereNothingDiffers asks about everybody, whatever their
// calendars have, with either back end as the shadow of the other.
func TestAShadowFindsNothingWhereNothingDiffers(t *testing.T) {
	for backend, shadow := range map[string]string{"ews": "graph", "graph": "ews", "auto": "graph"} {
		t.Run(shadow+" beside "+backend, func(t *testing.T) {
			f := planted(t, func(*forest.Mailbox) {})
			more := "\n    shadow: " + shadow
			if shadow == "ews" {
				more += "\n    target_sharing_epr: " + f.EWSURL()
			}
			r := run(t, f, withGraph(t, f, backend, more))
			all := len(r.weeks(t, "DetailedMerged"))
			page := r.page(t, fmt.Sprintf("Compared: %d mailboxes, of which %d are equal", all, all))
			if strings.Contains(page, `class="kinds"`) {
				t.Errorf("the page lists differences:\n%s", page)
			}
			for _, finding := range r.Check(t.Context(), server.Subject{Mailbox: "alice@fabrikam.example"}) {
				if finding.Severity == check.Fail || finding.ID == "shadow.equal" && finding.Severity != check.OK {
					t.Errorf("the check finds %+v", finding)
				}
			}
		})
	}
}

// TestAShadowFindsWhatWasPlanted serves what EWS says all the same.
func TestAShadowFindsWhatWasPlanted(t *testing.T) {
	f := planted(t, today)
	r := run(t, f, withGraph(t, f, "ews", "\n    shadow: graph"))
	r.weeks(t, "DetailedMerged")
	page := r.page(t, "<li>only on the other side: 1</li>")
	for _, want := range []string{">1 different</span>", "UTC OOF"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q:\n%s", want, page)
		}
	}
	for _, bad := range []string{"alice", "Layoffs"} {
		if strings.Contains(page+r.log.String(), bad) {
			t.Errorf("the page or the log has %q:\n%s\n%s", bad, page, r.log)
		}
	}
	if response, text := r.get(t, "POST", r.admin+"/-/purge?mailbox=alice@fabrikam.example", nil); response.StatusCode != 200 {
		t.Errorf("the purge answers %d %s", response.StatusCode, text)
	}
	if page := r.page(t, ">1 different</span>"); strings.Contains(page, "UTC OOF") {
		t.Errorf("after a purge the page still has the difference:\n%s", page)
	}
	found := false
	for _, finding := range r.Check(t.Context(), server.Subject{Mailbox: "alice@fabrikam.example"}) {
		found = found || finding.ID == "shadow.equal" && finding.Severity == check.Warn && strings.Contains(finding.Seen, "only on the other side: ews has nothing, graph has ")
	}
	if !found {
		t.Error("the check does not find it")
	}
}

// TestAShadowThatFailsCostsNobodyAnything has a Graph that always fails.
func TestAShadowThatFailsCostsNobodyAnything(t *testing.T) {
	f := newForest(t, forest.Options{})
	f.Graph.Faults.Set(forest.Faults{Status: 503})
	r := run(t, f, withGraph(t, f, "ews", "\n    shadow: graph"), with("cache: {fresh: 1ns, stale: 1ns}"))
	for range 5 {
		if code, text := r.ask(t, r.caller(t)); code != "NoError" {
			t.Fatalf("got %s %s\n%s", code, text, r.log)
		}
	}
	page := r.page(t, "The last failure: ")
	if !strings.Contains(page, `<span class="badge up">up</span>`) {
		t.Errorf("the state of the forest is not up:\n%s", page)
	}
	if n := len(f.Graph.Journal.Requests()); n > 2 {
		t.Errorf("Graph was asked %d times", n)
	}
}
