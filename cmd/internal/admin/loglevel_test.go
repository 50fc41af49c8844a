package admin

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTheLogLevelIsToldAndChanged(t *testing.T) {
	tests := map[string]struct {
		request string
		site    string // Sec-Fetch-Site
		status  int
		body    string
	}{
		"as it is":           {"GET /-/log-level", "", 200, "log level: info\n"},
		"for a while":        {"POST /-/log-level?level=wire&for=10m", "", 200, "log level: wire until 2026-11-23 09:10:00 UTC, then info\n"},
		"as long as usual":   {"POST /-/log-level?level=wire", "", 200, "log level: wire until 2026-11-23 09:15:00 UTC, then info\n"},
		"for good":           {"POST /-/log-level?level=wire&for=0", "", 200, "log level: wire\n"},
		"none that is known": {"POST /-/log-level?level=loud", "", 400, "there is no loud"},
		"no level":           {"POST /-/log-level", "", 400, "there is no"},
		"for no time":        {"POST /-/log-level?level=wire&for=tomorrow", "", 400, "for: want a duration"},
		"for too long":       {"POST /-/log-level?level=wire&for=25h", "", 400, "of at most 24h0m0s"},
		"for less than none": {"POST /-/log-level?level=wire&for=-1m", "", 400, "for: want a duration"},
		"twice":              {"POST /-/log-level?level=wire&level=info", "", 400, "want level="},
		"with a slip":        {"POST /-/log-level?level=wire&fro=10m", "", 400, "want level="},
		"from another site":  {"POST /-/log-level?level=wire", "cross-site", 403, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := admin()
			a.LogLevel = levelOf("info")
			method, path, _ := strings.Cut(tt.request, " ")
			r := httptest.NewRequest(method, path, nil)
			r.Host = "localhost"
			r.Header.Set("Sec-Fetch-Site", tt.site)
			w := httptest.NewRecorder()
			a.Handler().ServeHTTP(w, r)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) {
				t.Errorf("got %d %s, want %d with %q", w.Code, w.Body, tt.status, tt.body)
			}
		})
	}
}

// levelOf is a level of a Monday morning.
func levelOf(standard string) *LogLevel {
	now := LogLevelStatus{Level: standard, Then: standard}
	return &LogLevel{
		Now: func() LogLevelStatus { return now },
		Set: func(_ context.Context, level string, lasting *time.Duration) error {
			if level != "wire" && level != "info" {
				return errors.New("there is no " + level)
			}
			now.Level, now.Until = level, time.Date(2026, 11, 23, 9, 15, 0, 0, time.UTC)
			if lasting != nil {
				now.Until = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC).Add(*lasting)
				if *lasting == 0 {
					now.Until = time.Time{}
				}
			}
			return nil
		},
	}
}

// Nobody reaches the level over the listener of probes, nor where there is none.
func TestTheLogLevelIsNotForProbes(t *testing.T) {
	a := admin()
	without := a.Handler()
	a.LogLevel = levelOf("info")
	for name, handler := range map[string]http.Handler{"the listener of probes": a.Probes(), "a log with one level": without} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/-/log-level?level=wire", nil)
		r.Host = "localhost"
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusNotFound || a.LogLevel.Now().Level != "info" {
			t.Errorf("%s answers %d %s", name, w.Code, w.Body)
		}
	}
}
