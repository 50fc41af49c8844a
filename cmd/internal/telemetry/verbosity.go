package telemetry

import (
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"
)

// LevelWire lies below debug: besides everything else, what goes over the wire is
// in the log, with everything replaced in it that is somebody's. The lines of a log
// at this level may be shown to others, which those of [slog.LevelDebug] may not.
const LevelWire = slog.LevelDebug - 4

// levels are those that an operator can choose, the most talkative first.
var levels = []struct {
	level slog.Level
	name  string
}{{LevelWire, "wire"}, {slog.LevelDebug, "debug"}, {slog.LevelInfo, "info"}, {slog.LevelWarn, "warn"}, {slog.LevelError, "error"}}

// ParseLevel reads the name of a level, in any case.
func ParseLevel(name string) (slog.Level, error) {
	for _, l := range levels {
		if strings.EqualFold(name, l.name) {
			return l.level, nil
		}
	}
	return 0, fmt.Errorf("want wire, debug, info, warn or error")
}

// LevelName is the name that ParseLevel reads.
func LevelName(level slog.Level) string {
	for _, l := range levels {
		if level == l.level {
			return l.name
		}
	}
	return level.String()
}

// Verbosity is a level that can be changed while its loggers work, for some time
// or for good. It must be made by NewVerbosity.
type Verbosity struct {
	standard slog.Level
	spell    atomic.Pointer[spell] // nil: the standard
}

// spell is another level, until then; for good if that is zero.
type spell struct {
	level slog.Level
	until time.Time
}

var _ slog.Leveler = (*Verbosity)(nil)

// NewVerbosity begins with that level, and comes back to it.
func NewVerbosity(standard slog.Level) *Verbosity { return &Verbosity{standard: standard} }

// Level implements [slog.Leveler].
func (v *Verbosity) Level() slog.Level {
	level, _ := v.Now()
	return level
}

// Standard is the level that v comes back to.
func (v *Verbosity) Standard() slog.Level { return v.standard }

// Now is the level in force, and until when; zero where nothing will change it.
func (v *Verbosity) Now() (level slog.Level, until time.Time) {
	s := v.spell.Load()
	if s == nil || !s.until.IsZero() && !time.Now().Before(s.until) {
		return v.standard, time.Time{}
	}
	return s.level, s.until
}

// Set puts a level in force until that time, or for good if it is zero.
func (v *Verbosity) Set(level slog.Level, until time.Time) { v.spell.Store(&spell{level, until}) }
