package authn

import (
	"crypto/sha256"
	"net/netip"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// Throttle slows down whoever guesses passwords. It counts failures by address
// and user, so that nobody can lock out a user from elsewhere, and nobody who
// knows the password notices. It is safe for concurrent use.
type Throttle struct {
	failures *lru.Cache[digest, *rate.Limiter]
}

// Guess is an attempt to be User from an address.
type Guess struct {
	From netip.Addr
	User string // spelled in one way only
}

// digest stands for a Guess: a caller chooses its names, and a megabyte of name
// must not be remembered for it.
type digest [sha256.Size]byte

func (g Guess) digest() digest {
	text := append(g.From.AppendTo(make([]byte, 0, 128)), ' ')
	return sha256.Sum256(append(text, g.User...))
}

// A few typing errors are free; after that one guess in so long, which is slow
// enough for what domain controllers count before they lock an account.
const (
	freeGuesses = 5
	guessEvery  = time.Minute
)

// Throttled is the [Reason] for a guess that came too soon after others.
const Throttled Reason = "throttled"

// NewThrottle returns one that has seen no guess yet. It remembers a few
// thousand of those who failed last.
func NewThrottle() (*Throttle, error) {
	failures, err := lru.New[digest, *rate.Limiter](4096)
	return &Throttle{failures}, err
}

// Open says whether g may be looked at: the error is the [*Refusal] if not.
func (t *Throttle) Open(m Mechanism, g Guess) error {
	if limiter, known := t.failures.Get(g.digest()); known && limiter.Tokens() < 1 {
		return Refuse(m, Throttled, "authn: too many wrong passwords for this user from this address; asked again too soon")
	}
	return nil
}

// Failed counts a wrong guess.
func (t *Throttle) Failed(g Guess) {
	limiter, known := t.failures.Get(g.digest())
	if !known {
		limiter = rate.NewLimiter(rate.Every(guessEvery), freeGuesses)
		t.failures.Add(g.digest(), limiter)
	}
	limiter.Allow()
}
