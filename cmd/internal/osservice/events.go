package osservice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The ids of our events in the log of Windows. They are for filters and alerts and
// never change their meaning.
const (
	EventStarted = 1   // information
	EventStopped = 2   // information
	EventWarning = 100 // a warning of the log
	EventError   = 200 // an error of the log
	EventEnded   = 201 // error: the service has ended by itself
)

// journal is a log of events, such as that of Windows.
type journal interface {
	Info(id uint32, text string) error
	Warning(id uint32, text string) error
	Error(id uint32, text string) error
}

// events hands the warnings and errors of a JSON log to a journal; what is less
// stays in the log.
type events struct{ journal journal }

// Write takes one line or several ([io.Writer]). What is no line of a JSON log is
// a warning, so that nothing gets lost. It does not fail: the log goes on elsewhere.
func (e events) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		line = bytes.TrimSpace(line)
		var fields map[string]any
		switch err := json.Unmarshal(line, &fields); {
		case len(line) == 0:
		case err != nil:
			_ = e.journal.Warning(EventWarning, string(line))
		case fields["level"] == "WARN":
			_ = e.journal.Warning(EventWarning, describe(fields))
		case fields["level"] == "ERROR":
			_ = e.journal.Error(EventError, describe(fields))
		}
	}
	return len(p), nil
}

// describe is a line of the log for people: the message, then a line for each
// field.
func describe(fields map[string]any) string {
	text := fmt.Sprint(fields["msg"])
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if slices.Contains([]string{"time", "level", "msg"}, name) {
			continue
		}
		text += fmt.Sprintf("\r\n%s: %v", name, fields[name])
	}
	return strings.ReplaceAll(text, "\x00", "")
}
