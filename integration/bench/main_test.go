package main

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Every answer of every contestant is the right one, and the cache saves the
// look-ups that it should.
func TestEveryWorkloadQuickly(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and starts the programs")
	}
	if findNginx() == "" && os.Getenv("AVAILPROXY_REQUIRE_ALL") == "1" {
		t.Fatal(errNoNginx)
	}
	var tables bytes.Buffer
	err := bench(t.Context(), &tables, workloads(true), "", pace{1, 50 * time.Millisecond})
	t.Logf("%s", tables.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if findNginx() == "" {
		t.Skip("all but nginx: ", errNoNginx)
	}
}

func TestTheScriptIsTheSameEachTimeAndAsksForAsManyAsPeopleDo(t *testing.T) {
	truth := population(people)
	asked := newScript(truth, 1).play(1000)
	if diff := cmp.Diff(asked, newScript(truth, 1).play(1000)); diff != "" {
		t.Fatal(diff)
	}
	mailboxes := 0
	for _, q := range asked {
		mailboxes += len(q.Mailboxes)
		if !q.From.Before(q.To) {
			t.Errorf("a window from %v to %v", q.From, q.To)
		}
	}
	if each := float64(mailboxes) / float64(len(asked)); each < 3.6 || each > 3.8 {
		t.Errorf("%.2f mailboxes in a question, want 3.7", each)
	}
}

func TestChecksOfAnswers(t *testing.T) {
	const success = `<m:ResponseMessage ResponseClass="Success">`
	tests := map[string]struct {
		question question
		status   int
		answer   string
		fault    bool
	}{
		"as many calendars as mailboxes": {question{mailboxes: 2}, 200, success + success, false},
		"a calendar is missing":          {question{mailboxes: 2}, 200, success, true},
		"another status":                 {question{mailboxes: 1}, 500, success, true},
		"the very bytes":                 {question{mailboxes: 1, answer: []byte(success)}, 200, success, false},
		"other bytes":                    {question{mailboxes: 1, answer: []byte(success)}, 200, success + " ", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := tt.question.check(tt.status, []byte(tt.answer)); (err != nil) != tt.fault {
				t.Errorf("got %v", err)
			}
		})
	}
}
