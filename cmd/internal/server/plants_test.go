package server_test

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/server"
	"availproxy/freebusy"
	table "availproxy/integration/plants"
)

// inFrontOf is a proxy in front of a plant, until the test ends.
func inFrontOf(t *testing.T, p table.Plant) (*server.Server, *table.Staged) {
	t.Helper()
	staged, err := p.Stage(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { staged.Close() })
	c, err := config.Read(staged.Config, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(c, server.Options{Version: "test", Log: slog.New(slog.DiscardHandler), Path: staged.Config})
	if err != nil {
		t.Fatal(err)
	}
	return s, staged
}

// checked is what check says of a plant.
func checked(t *testing.T, p table.Plant) check.Report {
	t.Helper()
	s, staged := inFrontOf(t, p)
	var findings []check.Finding
	err := s.While(t.Context(), func(ctx context.Context) error {
		findings = s.Check(ctx, server.Subject{Mailbox: staged.Mailbox, Exports: staged.Exports})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return check.NewReport(findings)
}

func TestCheckRanksThePlantedCauseFirst(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a forest for each row")
	}
	for _, p := range table.All() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			r := checked(t, p)
			if r.Worst != check.Fail {
				t.Fatalf("nothing fails in %+v", r.Findings)
			}
			if first := r.Findings[0]; first.Cause != p.Cause || first.Fix == "" {
				var all strings.Builder
				r.Text(&all, nil)
				t.Errorf("%s comes first, with cause %q; want %q\n%s", first.ID, first.Cause, p.Cause, all.String())
			}
			for _, f := range r.Findings {
				if f.Severity == check.Fail && (f.Cause == "" || f.Seen == "") {
					t.Errorf("a failure without a cause: %+v", f)
				}
				if strings.Contains(f.Seen, "eyJ") {
					t.Errorf("%s shows a token: %s", f.ID, f.Seen)
				}
			}
		})
	}
}

func TestThePlantedCausesAreKnown(t *testing.T) {
	known, catalogue := freebusy.Causes(), causes(t)
	names := map[string]bool{}
	for _, p := range table.All() {
		if _, ok := known[freebusy.Cause(p.Cause)]; p.Question && !ok {
			t.Errorf("%s: no failure has the cause %s", p.Name, p.Cause)
		}
		if _, ok := catalogue.ByID(p.Cause); !ok {
			t.Errorf("%s: %s is not in the catalogue", p.Name, p.Cause)
		}
		if names[p.Name] {
			t.Errorf("%s is planted twice", p.Name)
		}
		names[p.Name] = true
	}
}

// TestAHealthyForestHasNoFailure is what the table is measured against.
func TestAHealthyForestHasNoFailure(t *testing.T) {
	r := checked(t, table.Plant{Name: "healthy"})
	for _, f := range r.Findings {
		if f.Severity == check.Fail {
			t.Errorf("%+v", f)
		}
	}
}

// TestWhoeverAsksMeetsThePlantedCause asks the path of a question, as traces and
// the status page see it.
func TestWhoeverAsksMeetsThePlantedCause(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a forest for each row")
	}
	catalogue := causes(t)
	for _, p := range table.All() {
		if !p.Question {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			s, staged := inFrontOf(t, p)
			err := s.While(t.Context(), func(ctx context.Context) error {
				week := staged.Forest.Truth.Week
				q := freebusy.Query{Mailboxes: []freebusy.Mailbox{freebusy.SMTP(staged.Mailbox)}, Window: freebusy.Window{Start: week, End: week.AddDate(0, 0, 3)}, Detail: freebusy.FreeBusy}
				answers, err := s.Source().Availability(ctx, q)
				if err != nil {
					return err
				}
				failed := answers[0].Err
				if failed == nil || string(failed.Cause()) != p.Cause {
					t.Errorf("got %+v of %v, want %q", failed, failed.Err, p.Cause)
				}
				said := failed.Error()
				if failed.Err != nil {
					said += "\n" + failed.Err.Error()
				}
				if got := catalogue.Explain(said); len(got) == 0 || got[0].ID != p.Cause {
					t.Errorf("explain takes it for %s, want %s:\n%s", firstOf(got), p.Cause, said)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
