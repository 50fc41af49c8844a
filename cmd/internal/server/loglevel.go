package server

import (
	"context"
	"log/slog"
	"time"

	"availproxy/cmd/internal/admin"
	"availproxy/cmd/internal/telemetry"
	"availproxy/ews/authn"
)

// talkativeFor is how long a level below that of the start lasts, unless somebody
// says otherwise: what was switched on for an incident is forgotten after it.
const talkativeFor = 15 * time.Minute

// logLevel is for the admin listener; nil where the level cannot be changed.
func (s *Server) logLevel() *admin.LogLevel {
	v := s.options.Verbosity
	if v == nil {
		return nil
	}
	return &admin.LogLevel{
		Now: func() admin.LogLevelStatus {
			level, until := v.Now()
			return admin.LogLevelStatus{Level: telemetry.LevelName(level), Until: until, Then: telemetry.LevelName(v.Standard())}
		},
		Set: s.setLogLevel,
	}
}

// setLogLevel puts a level in force, and says so in the log at whichever of the
// levels shows more: from then on there may be more in it than before.
func (s *Server) setLogLevel(ctx context.Context, name string, lasting *time.Duration) error {
	level, err := telemetry.ParseLevel(name)
	if err != nil {
		return wrap("level", err)
	}
	v := s.options.Verbosity
	var until time.Time
	switch {
	case lasting != nil && *lasting > 0:
		until = time.Now().Add(*lasting)
	case lasting == nil && level < v.Standard():
		until = time.Now().Add(talkativeFor)
	}
	said := []any{slog.String("log_level", telemetry.LevelName(level)), slog.String("before", telemetry.LevelName(v.Level()))}
	if !until.IsZero() {
		said = append(said, slog.Time("until", until), slog.String("then", telemetry.LevelName(v.Standard())))
	}
	if id, ok := authn.FromContext(ctx); ok {
		said = append(said, slog.String("principal", id.String()))
	}
	tell := func() { s.options.Log.WarnContext(ctx, "log level changed", said...) }
	if level > v.Level() {
		tell()
		v.Set(level, until)
		return nil
	}
	v.Set(level, until)
	tell()
	return nil
}
