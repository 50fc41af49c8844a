package server

import (
	"bytes"
	"log/slog"
	"math"
	"runtime/debug"
	"strings"
	"testing"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/config"
)

func TestAdviceAboutMemory(t *testing.T) {
	const mib = 1 << 20
	tests := map[string]struct {
		cache, limit int64
		log          string // "" is silence
		finding      string
		severity     check.Severity
	}{
		"no limit": {256 * mib, math.MaxInt64, `level=INFO msg="GOMEMLIMIT is not set: the garbage collector knows no limit of this machine or container" cache_size=256MiB advised=768MiB`,
			"GOMEMLIMIT is not set here; 768MiB suits the cache", check.OK},
		"no limit and a large cache": {4096 * mib, math.MaxInt64, "cache_size=4GiB advised=8448MiB", "8448MiB suits the cache", check.OK},
		"the advised limit":          {256 * mib, 768 * mib, "", "GOMEMLIMIT is 768MiB here", check.OK},
		"a limit that will do":       {256 * mib, 300 * mib, "", "GOMEMLIMIT is 300MiB here; 768MiB suits the cache", check.OK},
		"less than the cache": {256 * mib, 200 * mib, "level=WARN msg=\"too little memory for the cache\" warning=\"GOMEMLIMIT is 200MiB and cache.size 256MiB",
			"GOMEMLIMIT is 200MiB here", check.Warn},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			defer debug.SetMemoryLimit(debug.SetMemoryLimit(tt.limit))
			w := &wiring{config: &config.Config{Cache: config.Cache{Size: config.ByteSize(tt.cache)}}}
			var log bytes.Buffer
			s := &Server{options: Options{Log: slog.New(slog.NewTextHandler(&log, nil))}}
			s.current.Store(w)
			s.adviseMemory(t.Context())
			if !strings.Contains(log.String(), tt.log) || tt.log == "" && log.Len() > 0 {
				t.Errorf("logged %q, want %q", log.String(), tt.log)
			}
			f := w.checkMemory()
			if f.Severity != tt.severity || !strings.Contains(f.Seen, tt.finding) {
				t.Errorf("found %+v, want %s %q", f, tt.severity, tt.finding)
			}
		})
	}
}
