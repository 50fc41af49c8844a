package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// LogLevel tells and changes how much there is in the log.
type LogLevel struct {
	Now func() LogLevelStatus

	// Set puts a level in force for so long; 0 is for good, and nil as long as is
	// usual for that level. The error is about the name.
	Set func(ctx context.Context, level string, lasting *time.Duration) error
}

// LogLevelStatus is the level in force. Then comes after it; Until is zero where
// nothing will change it.
type LogLevelStatus struct {
	Level, Then string
	Until       time.Time
}

// String is the status for people.
func (s LogLevelStatus) String() string {
	if s.Until.IsZero() {
		return s.Level
	}
	return fmt.Sprintf("%s until %s, then %s", s.Level, s.Until.UTC().Format("2006-01-02 15:04:05 UTC"), s.Then)
}

func (l *LogLevel) tell(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(w, "log level:", l.Now())
}

// change puts in force what the form or the query of the request says.
func (l *LogLevel) change(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	level, lasting, err := readLogLevel(r.Form)
	if err == nil {
		err = l.Set(r.Context(), level, lasting)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	l.tell(w, r)
}

// longestLogLevel is more than any incident takes.
const longestLogLevel = 24 * time.Hour

func readLogLevel(form url.Values) (level string, lasting *time.Duration, err error) {
	for name, values := range form {
		if name != "level" && name != "for" || len(values) != 1 {
			return "", nil, fmt.Errorf("want level=wire, debug, info, warn or error, and for=DURATION if need be")
		}
	}
	if form.Has("for") {
		d, err := time.ParseDuration(form.Get("for"))
		if err != nil || d < 0 || d > longestLogLevel {
			return "", nil, fmt.Errorf("for: want a duration such as 10m, of at most %s, or 0 for good", longestLogLevel)
		}
		lasting = &d
	}
	return form.Get("level"), lasting, nil
}
