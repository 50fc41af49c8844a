package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// journal is the log of a process while it is being written: one JSON object a
// line.
type journal struct {
	mu    sync.Mutex // guards what follows
	rest  []byte     // of a line that is not complete
	lines []line
	more  chan struct{} // closed when a line comes; nil when nobody waits
}

// line is one line of a journal.
type line struct {
	raw    string
	fields map[string]any
}

// text is a field as it would be printed, "" when there is none.
func (l line) text(field string) string {
	if value, ok := l.fields[field]; ok {
		return fmt.Sprint(value)
	}
	return ""
}

// Write implements [io.Writer].
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rest = append(j.rest, p...)
	for {
		text, rest, complete := bytes.Cut(j.rest, []byte("\n"))
		if !complete {
			return len(p), nil
		}
		l := line{raw: string(text)}
		json.Unmarshal(text, &l.fields) // what is no JSON has no fields
		j.lines, j.rest = append(j.lines, l), rest
		if j.more != nil {
			close(j.more)
			j.more = nil
		}
	}
}

// String is everything that has come.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all strings.Builder
	for _, l := range j.lines {
		all.WriteString(l.raw + "\n")
	}
	all.Write(j.rest)
	return all.String()
}

// await returns the first line that matches, once it has come.
func (j *journal) await(t *testing.T, matches func(line) bool) line {
	t.Helper()
	deadline := time.After(patience)
	for from := 0; ; {
		j.mu.Lock()
		lines := j.lines[from:]
		if j.more == nil {
			j.more = make(chan struct{})
		}
		more := j.more
		j.mu.Unlock()
		for _, l := range lines {
			if matches(l) {
				return l
			}
		}
		from += len(lines)
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("no such line in the log:\n%s", j)
		}
	}
}

// awaitCause returns the first line about a question whose cause holds text.
func (j *journal) awaitCause(t *testing.T, text string) line {
	t.Helper()
	return j.await(t, func(l line) bool {
		return l.text("msg") == "availability query" && strings.Contains(l.text("cause"), text)
	})
}
