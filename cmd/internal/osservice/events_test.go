package osservice

import (
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// written is a journal in memory.
type written []string

func (w *written) Info(id uint32, text string) error    { return w.add("info", id, text) }
func (w *written) Warning(id uint32, text string) error { return w.add("warning", id, text) }
func (w *written) Error(id uint32, text string) error   { return w.add("error", id, text) }

func (w *written) add(kind string, id uint32, text string) error {
	*w = append(*w, fmt.Sprintf("%s %d %q", kind, id, text))
	return io.ErrShortWrite // which must not disturb the log
}

func TestWarningsAndErrorsBecomeEvents(t *testing.T) {
	var journal written
	log := slog.New(slog.NewJSONHandler(events{&journal}, nil))
	log.Info("availability query", "mailboxes", 3)
	log.Warn("configuration", "warning", "it has a \x00 and a\nline feed")
	log.Error("reload failed", "err", "config.yaml:1:1", "attempt", 2)
	fmt.Fprint(events{&journal}, "panic: something\n\n")
	want := written{
		`warning 100 "configuration\r\nwarning: it has a  and a\nline feed"`,
		`error 200 "reload failed\r\nattempt: 2\r\nerr: config.yaml:1:1"`,
		`warning 100 "panic: something"`,
	}
	if diff := cmp.Diff(want, journal); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
