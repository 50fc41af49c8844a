package authn

import (
	"errors"
	"net/netip"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// throttle slows down whoever guesses passwords. It counts failures by address
// and user, so that nobody can lock out a user from elsewhere, and nobody who
// knows the password notices.
type throttle struct {
	failures *lru.Cache[guess, *rate.Limiter]
}

type guess struct {
	from netip.Addr
	user string
}

// A few typing errors are free; after that one guess in so long.
const (
	freeGuesses = 5
	guessEvery  = 10 * time.Second
)

// Throttled is the [Reason] for a guess that came too soon after others.
const Throttled Reason = "throttled"

var errThrottled = &Refusal{Basic, Throttled, errors.New("authn: too many wrong passwords for this user from this address; asked again too soon")}

func newThrottle() (*throttle, error) {
	failures, err := lru.New[guess, *rate.Limiter](4096)
	return &throttle{failures}, err
}

// open reports whether another guess may be looked at.
func (t *throttle) open(g guess) bool {
	limiter, known := t.failures.Get(g)
	return !known || limiter.Tokens() >= 1
}

// failed counts a wrong guess.
func (t *throttle) failed(g guess) {
	limiter, known := t.failures.Get(g)
	if !known {
		limiter = rate.NewLimiter(rate.Every(guessEvery), freeGuesses)
		t.failures.Add(g, limiter)
	}
	limiter.Allow()
}
