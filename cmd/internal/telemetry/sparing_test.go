package telemetry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever knocks all night fills no disk, and hides nobody who knocks once.
func TestStrangersCannotFloodTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := NewLog(&out, slog.LevelInfo, false, nil)
		refuse := func(client, reason string) { log.Warn("client", "client", client, "reason", reason) }
		for port := range 10_000 {
			refuse(fmt.Sprintf("192.0.2.7:%d", port), "bad_password")
			refuse(fmt.Sprintf("[2001:db8::%x]:443", port), "no_header")
		}
		refuse("192.0.2.8", "bad_password")
		refuse("192.0.2.7", "not_listed")
		log.Warn("availability query", "outcome", "failed")
		if got := strings.Count(out.String(), `"msg":"client"`); got != 12 {
			t.Errorf("%d lines about clients, want 5 for each of the noisy ones and 2", got)
		}
		time.Sleep(sparingFor)
		log.Info("the next minute")
		told := toldIn(t, out.String())
		want := map[string]int{"192.0.2.7 bad_password": 9995, "2001:db8::/64 no_header": 9995}
		if len(told) != len(want) || told["192.0.2.7 bad_password"] != 9995 || told["2001:db8::/64 no_header"] != 9995 {
			t.Errorf("it tells that it left out %v, want %v", told, want)
		}
		out.Reset()
		refuse("192.0.2.7", "bad_password")
		if got := strings.Count(out.String(), `"msg":"client"`); got != 1 {
			t.Errorf("in the next minute it writes %d lines", got)
		}
	})
}

// A crowd of strangers has as many addresses as it likes.
func TestACrowdCannotFloodTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := NewLog(&out, slog.LevelInfo, false, nil)
		const crowd = 20_000
		for n := range crowd {
			log.Warn("client", "client", fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255), "reason", "bad_password")
		}
		log.Flush(t.Context())
		written, left := strings.Count(out.String(), `"msg":"client"`), 0
		for _, n := range toldIn(t, out.String()) {
			left += n
		}
		if lines := strings.Count(out.String(), "\n"); written != linesInAll || left != crowd-linesInAll || lines > linesInAll+kindsToTell+1 {
			t.Errorf("%d lines, %d about clients, %d left out", lines, written, left)
		}
		if len(log.sparing.kinds) != 0 {
			t.Error("what has been told is still counted")
		}
	})
}

// What is not about a client, or no warning, is nobody's to repeat.
func TestOtherLinesAreNotLeftOut(t *testing.T) {
	var out bytes.Buffer
	log := NewLog(&out, slog.LevelDebug, false, nil)
	for range 1000 {
		log.Warn("availability query", "reason", "x")
		log.Debug("client", "client", "192.0.2.7", "decision", "allowed")
	}
	log.Flush(t.Context())
	if got := strings.Count(out.String(), "\n"); got != 2000 {
		t.Errorf("%d lines, want all", got)
	}
}

// toldIn are the numbers of lines left out, by client and reason.
func toldIn(t *testing.T, log string) map[string]int {
	t.Helper()
	told := map[string]int{}
	for text := range strings.Lines(log) {
		var l struct {
			Msg, Client, Reason string
			Since               time.Time
			LeftOut             int `json:"left_out"`
		}
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		if l.LeftOut > 0 {
			told[strings.TrimSpace(l.Client+" "+l.Reason)] += l.LeftOut
			if l.Since.IsZero() {
				t.Errorf("it does not say since when: %s", text)
			}
		}
	}
	return told
}
