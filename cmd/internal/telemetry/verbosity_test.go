package telemetry

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestALevelLastsAsLongAsItWasSetFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVerbosity(slog.LevelInfo)
		v.Set(LevelWire, time.Now().Add(10*time.Minute))
		if level, until := v.Now(); level != LevelWire || time.Until(until) != 10*time.Minute {
			t.Errorf("got %v until %v", level, until)
		}
		time.Sleep(10 * time.Minute)
		if level, until := v.Now(); level != slog.LevelInfo || !until.IsZero() {
			t.Errorf("afterwards it is %v until %v", level, until)
		}
		v.Set(slog.LevelError, time.Time{})
		time.Sleep(1000 * time.Hour)
		if level := v.Level(); level != slog.LevelError {
			t.Errorf("for good is %v", level)
		}
	})
}

func TestLevelsHaveNames(t *testing.T) {
	for _, name := range []string{"wire", "debug", "info", "warn", "error"} {
		level, err := ParseLevel(strings.ToUpper(name))
		if err != nil || LevelName(level) != name {
			t.Errorf("%s is %v, named %s, with error %v", name, level, LevelName(level), err)
		}
	}
	for _, name := range []string{"", "trace", "DEBUG-4", "warning "} {
		if level, err := ParseLevel(name); err == nil {
			t.Errorf("%q is %v", name, level)
		}
	}
}

// Loggers made before follow the level, and so does what they may tell.
func TestALoggerFollowsItsLevel(t *testing.T) {
	var out bytes.Buffer
	v := NewVerbosity(slog.LevelInfo)
	log := NewLogger(&out, v, false, withoutAnna).With("of", address)
	tests := []struct {
		level       slog.Level
		lines, anna int
		named       string
	}{
		{slog.LevelInfo, 1, 0, `"level":"INFO"`},
		{slog.LevelDebug, 2, 4, `"level":"DEBUG"`},
		{LevelWire, 3, 0, `"level":"WIRE"`},
		{slog.LevelWarn, 0, 0, ""},
		{slog.LevelInfo, 1, 0, `"level":"INFO"`},
	}
	for _, tt := range tests {
		out.Reset()
		v.Set(tt.level, time.Time{})
		for _, level := range []slog.Level{LevelWire, slog.LevelDebug, slog.LevelInfo} {
			log.Log(t.Context(), level, "about", "who", address)
		}
		if lines, anna := strings.Count(out.String(), "\n"), strings.Count(out.String(), address); lines != tt.lines || anna != tt.anna || !strings.Contains(out.String(), tt.named) {
			t.Errorf("at %s there are %d lines that name her %d times, want %d and %d:\n%s", LevelName(tt.level), lines, anna, tt.lines, tt.anna, &out)
		}
	}
}
