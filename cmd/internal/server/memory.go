package server

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/config"
)

// memory is what a cache of that size and the limit of the Go runtime, of
// GOMEMLIMIT, mean for each other.
type memory struct {
	cache, limit config.ByteSize
}

// memoryOf looks at this process.
func memoryOf(c *config.Config) memory {
	return memory{c.Cache.Size, config.ByteSize(debug.SetMemoryLimit(-1))} // a negative limit changes nothing
}

// room is for everything but the cache: questions under way, answers that are
// read, connections.
const room = 256 << 20

// advised is the limit that suits the cache. The collector runs when the heap has
// doubled (pkg.go.dev/runtime, GOGC), so that a full cache takes twice its size; a
// limit below makes it run more often, and one below the cache makes it run all
// the time.
func (m memory) advised() config.ByteSize { return 2*m.cache + room }

func (m memory) unlimited() bool { return m.limit == math.MaxInt64 }

func (m memory) tooLittle() bool { return m.limit < m.cache }

// warning says that the process has not the memory that the cache may take, or
// "".
func (m memory) warning() string {
	if !m.tooLittle() {
		return ""
	}
	return fmt.Sprintf("GOMEMLIMIT is %s and cache.size %s: a full cache would keep the garbage collector busy for good. "+
		"Set GOMEMLIMIT to %s, or make the cache smaller", m.limit, m.cache, m.advised())
}

// adviseMemory tells whoever runs us, at the start, what nobody else will.
func (s *Server) adviseMemory(ctx context.Context) {
	m := memoryOf(s.current.Load().config)
	switch warning := m.warning(); {
	case warning != "":
		s.options.Log.WarnContext(ctx, "too little memory for the cache", "warning", warning)
	case m.unlimited():
		s.options.Log.InfoContext(ctx, "GOMEMLIMIT is not set: the garbage collector knows no limit of this machine or container",
			"cache_size", m.cache.String(), "advised", m.advised().String())
	}
}

// checkMemory looks at the environment of the check itself, which need not be
// that of the process that serves.
func (w *wiring) checkMemory() check.Finding {
	m := memoryOf(w.config)
	f := check.Finding{
		ID: "memory.limit", Severity: check.OK, Subject: fmt.Sprintf("cache.size %s", m.cache),
		Seen:     fmt.Sprintf("GOMEMLIMIT is %s here; %s suits the cache", m.limit, m.advised()),
		Expected: fmt.Sprintf("a GOMEMLIMIT of %s, or none", m.advised()),
		Fix:      "Set GOMEMLIMIT where `availproxy serve` is started, and leave the machine or container a quarter more; or make cache.size smaller.",
	}
	switch {
	case m.tooLittle():
		f.Severity = check.Warn
	case m.unlimited():
		f.Seen = fmt.Sprintf("GOMEMLIMIT is not set here; %s suits the cache", m.advised())
	}
	return f
}
