package forest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSeededIsTheSameEachTime(t *testing.T) {
	one, two := Seeded(7, Calendars{Week: week}), Seeded(7, Calendars{Week: week.Add(100 * time.Hour)})
	if diff := cmp.Diff(one, two); diff != "" {
		t.Errorf("the same seed and week make other calendars:\n%s", diff)
	}
	if cmp.Equal(one.Mailboxes[0].Events, Seeded(8, Calendars{Week: week}).Mailboxes[0].Events) {
		t.Error("another seed makes the same events")
	}
	more := Seeded(7, Calendars{Week: week, Mailboxes: 40})
	if diff := cmp.Diff(one.Mailboxes, more.Mailboxes[:len(one.Mailboxes)]); diff != "" {
		t.Errorf("more mailboxes change the first ones:\n%s", diff)
	}
	if len(more.Mailboxes) != 40 {
		t.Errorf("there are %d mailboxes, want 40", len(more.Mailboxes))
	}
}

func TestAliceHasOneOfEverything(t *testing.T) {
	truth := Seeded(1, Calendars{Week: week})
	alice, _ := truth.Mailbox("ALICE@fabrikam.example")
	begins, ends := alice.Zone.Instant(week), alice.Zone.Instant(week.AddDate(0, 0, 7))
	has := map[string]func(e Event) bool{
		"an end as her week begins":    func(e Event) bool { return e.End.Equal(begins) },
		"a start as her week begins":   func(e Event) bool { return e.Start.Equal(begins) },
		"a start as her week ends":     func(e Event) bool { return e.Start.Equal(ends) },
		"an end as the week of UTC":    func(e Event) bool { return e.End.Equal(week) },
		"no length":                    func(e Event) bool { return e.End.Equal(e.Start) },
		"more than a day":              func(e Event) bool { return e.End.Sub(e.Start) > 24*time.Hour },
		"a whole day on her own clock": func(e Event) bool { return e.AllDay && alice.Zone.Wall(e.Start).Hour() == 0 },
		"a private entry":              func(e Event) bool { return e.Private && e.Subject != "" },
		"a recurring entry":            func(e Event) bool { return e.Recurring },
		"an exception of it":           func(e Event) bool { return e.Exception },
	}
	for _, busy := range []BusyType{Free, Tentative, Busy, OOF, WorkingElsewhere, NoData} {
		has[string(busy)] = func(e Event) bool { return e.Busy == busy }
	}
	for what, is := range has {
		if !contains(alice.Events, is) {
			t.Errorf("alice has no entry with: %s", what)
		}
	}
	if _, known := truth.Mailbox(truth.Unknown); known {
		t.Errorf("%s is known", truth.Unknown)
	}
}

func contains(events []Event, is func(Event) bool) bool {
	for _, e := range events {
		if is(e) {
			return true
		}
	}
	return false
}

func TestTruthReadsBack(t *testing.T) {
	truth := Seeded(3, Calendars{Week: week, Domain: "tailspin.example"})
	text, err := truth.JSON()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "truth.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadTruth(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(truth, got); diff != "" {
		t.Errorf("truth.json reads back as something else:\n%s", diff)
	}
}

func TestReadTruthRefuses(t *testing.T) {
	tests := map[string]string{
		"no JSON":            `{`,
		"an unknown member":  `{"mailbox": []}`,
		"no address":         `{"mailboxes": [{"address": "alice", "access": "details"}]}`,
		"unknown access":     `{"mailboxes": [{"address": "a@b.example", "access": "all"}]}`,
		"an end before":      `{"mailboxes": [{"address": "a@b.example", "access": "none", "events": [{"start": "2026-11-23T10:00:00Z", "end": "2026-11-23T09:00:00Z", "busyType": "Busy"}]}]}`,
		"a busy type nobody": `{"mailboxes": [{"address": "a@b.example", "access": "none", "events": [{"start": "2026-11-23T10:00:00Z", "end": "2026-11-23T11:00:00Z", "busyType": "Bored"}]}]}`,
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "truth.json")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if truth, err := ReadTruth(path); err == nil {
				t.Errorf("ReadTruth(%s) = %+v, want an error", text, truth)
			}
		})
	}
}
