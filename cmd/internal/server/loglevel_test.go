package server_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"availproxy/cmd/internal/telemetry"
	"availproxy/integration/forest"
)

// TestTheLevelChangesAtRunTime has an operator look closer for a while.
func TestTheLevelChangesAtRunTime(t *testing.T) {
	r := prepare(t, newForest(t, forest.Options{}))
	options := r.options()
	options.Verbosity = telemetry.NewVerbosity(slog.LevelInfo)
	options.Log = telemetry.NewLogger(r.log, options.Verbosity, false, nil)
	r.start(t, options)
	c := r.caller(t)

	tests := []struct {
		level, says string
		named, line bool // whether the log names alice, and has a line for the question
	}{
		{"level=debug&for=10m", "log level: debug until ", true, true},
		{"level=warn", "log level: warn\n", false, false},
		{"level=info", "log level: info\n", false, true},
		{"level=wire", ", then info\n", false, true},
	}
	for _, tt := range tests {
		answer, body := r.get(t, http.MethodPost, r.admin+"/-/log-level?"+tt.level, nil)
		if answer.StatusCode != http.StatusOK || !strings.Contains(body, tt.says) {
			t.Errorf("%s is answered %d %s, want %s", tt.level, answer.StatusCode, body, tt.says)
		}
		before := len(r.log.String())
		r.ask(t, c)
		said := r.log.String()[before:]
		if named, line := strings.Contains(said, "alice@"), strings.Contains(said, `"msg":"availability query"`); named != tt.named || line != tt.line {
			t.Errorf("with %s the log says\n%s", tt.level, said)
		}
	}
	if told := strings.Count(r.log.String(), `"msg":"log level changed"`); told != len(tests) {
		t.Errorf("the log tells of %d changes, want %d:\n%s", told, len(tests), r.log)
	}
	if answer, body := r.get(t, http.MethodPost, r.admin+"/-/log-level?level=loud", nil); answer.StatusCode != http.StatusBadRequest || !strings.Contains(body, "want wire, debug") {
		t.Errorf("a level that is none is answered %d %s", answer.StatusCode, body)
	}
}
