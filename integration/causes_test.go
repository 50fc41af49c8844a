package integration

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"availproxy/integration/forest"
	"availproxy/integration/plants"
)

// TestEachPlantedCauseShowsWhereOperatorsLook asks one question of each failure
// and looks for the id of its cause in the trace, in the log, among the last
// failures and on the status page.
func TestEachPlantedCauseShowsWhereOperatorsLook(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a forest and a proxy for each row")
	}
	for _, plant := range plants.All() {
		if !plant.Question {
			continue
		}
		t.Run(plant.Name, func(t *testing.T) {
			t.Parallel()
			p := inFrontOf(t, plant)
			p.shows(t, "/queries?format=json", plant.Cause)
			p.shows(t, "/", plant.Cause)
			p.stop(t)
			if !strings.Contains(p.log.String(), plant.Cause) {
				t.Errorf("the log does not say %s:\n%s", plant.Cause, p.log)
			}
			if !strings.Contains(p.traces.String(), plant.Cause) {
				t.Errorf("no trace says %s:\n%s", plant.Cause, p.traces)
			}
		})
	}
}

// inFrontOf runs a proxy in front of the failure, and asks it in vain.
func inFrontOf(t *testing.T, plant plants.Plant) *proxy {
	t.Helper()
	p := &proxy{dir: t.TempDir(), log: &journal{}, traces: &bytes.Buffer{}}
	staged, err := plant.Stage(t.Context(), p.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { staged.Close() })
	p.forests = []*forest.Forest{staged.Forest}
	p.run(t, []string{"OTEL_TRACES_EXPORTER=console"})
	if mailbox := p.ask(t, staged.Mailbox).Mailboxes[0]; mailbox.Code == "NoError" {
		t.Fatalf("the question is answered: %+v", mailbox)
	}
	return p
}

// shows waits until a page says word: the story of a question is written when its
// trace has ended, which is after the answer.
func (p *proxy) shows(t *testing.T, path, word string) {
	t.Helper()
	var body string
	for end := time.Now().Add(patience / 3); time.Now().Before(end); {
		if _, body = p.page(t, http.MethodGet, path); strings.Contains(body, word) {
			return
		}
	}
	t.Errorf("%s does not say %s:\n%s", path, word, body)
}
