package discovery

import (
	"math/rand/v2"
	"sync"
	"time"
)

// health is what we know of one autodiscover service: whether it may be asked
// now, and if not, why. While it may not, nobody waits for it.
type health struct {
	mu       sync.Mutex // guards the rest
	failures int        // in a row
	retry    time.Time  // not asked before
	last     *Error     // nil when the last answer was a good one
}

// How long a service is left alone after a failure. One that refuses us is
// alive, and may accept us again as soon as an administrator has acted.
const (
	firstPause    = 30 * time.Second
	longestPause  = 10 * time.Minute
	longestRetry  = 5 * time.Minute // of what a Retry-After may ask for
	jitterPercent = 20
)

// paused returns why the service is not to be asked now, or nil.
func (h *health) paused(now time.Time) *Error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.Before(h.retry) {
		return h.last
	}
	return nil
}

func (h *health) succeeded() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures, h.retry, h.last = 0, time.Time{}, nil
}

func (h *health) failed(err *Error, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures++
	h.last = err
	pause := firstPause
	switch err.Kind {
	case AuthFailed, AuthDowngradeRefused:
	case Busy:
		pause = max(pause, min(err.retryAfter, longestRetry))
	default:
		pause = min(firstPause<<min(h.failures-1, 10), longestPause)
	}
	h.retry = now.Add(jittered(pause))
}

func (h *health) state() (last *Error, retry time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last, h.retry
}

// jittered is d, up to a tenth shorter or longer, so that servers that failed
// together do not come back together.
func jittered(d time.Duration) time.Duration {
	spread := d * jitterPercent / 100
	return d - spread/2 + rand.N(spread+1)
}
