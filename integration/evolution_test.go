package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
)

// TestEvolutionLearnsTheTruth asks with the library of evolution-ews, which is
// big and therefore optional even where all parts must be:
// AVAILPROXY_REQUIRE_EVOLUTION makes it one of them.
func TestEvolutionLearnsTheTruth(t *testing.T) {
	t.Parallel()
	evolution := client{driver: evolution, front: true}
	f, p := halfDown(t, time.Now())
	utc, _ := forest.ZoneByID("UTC")
	q := forest.Question{Mailboxes: f.Truth.Addresses(), From: f.Truth.Week, To: f.Truth.Week.AddDate(0, 0, 7)}
	for _, heard := range evolution.ask(t, p, utc, q) {
		m, _ := f.Truth.Mailbox(heard.Address)
		got, want := []string{}, []string{}
		for _, e := range heard.Entries {
			got = append(got, glimpse(e.Event))
		}
		for _, e := range m.Events {
			if within(e, q.From, q.To) {
				want = append(want, glimpse(asEvolutionSees(m, e)))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differs from the truth:\n%s", heard.Address, diff)
		}
	}
	// One mailbox that cannot be had costs it the others, but it says why.
	q.Mailboxes = append(q.Mailboxes, f.Truth.Unknown)
	if fault := evolution.hear(t, p, utc, q).Fault; !strings.Contains(fault, "MailRecipientNotFoundException") {
		t.Errorf("of somebody who does not exist it says %q", fault)
	}
}

// glimpse is as much as a VFREEBUSY holds of an entry.
func glimpse(e forest.Event) string {
	return fmt.Sprintf("%s %s %s %q %q", e.Start.Format(time.RFC3339), e.End.Format(time.RFC3339), e.Busy, e.Subject, e.Location)
}

// asEvolutionSees is an entry in the words of Exchange 2007, which are all that
// Evolution asks for, without what the other side does not say.
func asEvolutionSees(m forest.Mailbox, e forest.Event) forest.Event {
	switch e.Busy {
	case forest.WorkingElsewhere:
		e.Busy = forest.Free
	case forest.NoData:
		e.Busy = "" // there is no FBTYPE for it
	}
	if e.Private || m.Access != forest.AccessDetails {
		e.Subject, e.Location = "", ""
	}
	return e
}

func evolution(t *testing.T) []string {
	t.Helper()
	const library = "/usr/lib/evolution-ews/libevolution-ews.so"
	if _, err := os.Stat(library); err != nil {
		if os.Getenv("AVAILPROXY_REQUIRE_EVOLUTION") == "1" {
			t.Fatal("missing: evolution-ews (Debian: evolution-ews)")
		}
		t.Skip("missing: evolution-ews (Debian: evolution-ews), which AVAILPROXY_REQUIRE_EVOLUTION requires")
	}
	return []string{part(t, "python3", "python3"), filepath.Join("clients", "evolution_freebusy.py")}
}
