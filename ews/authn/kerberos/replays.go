package kerberos

import (
	"crypto/sha256"
	"sync"
	"time"
)

// Replays remembers which authenticators have been seen, for as long as they
// could be valid. It is safe for concurrent use.
type Replays struct {
	mu      sync.Mutex // guards what follows
	minutes map[minute]map[digest]struct{}
	size    int
	floor   minute // what was made earlier has been forgotten
}

// minute is one of the caller's clock, in which its authenticators are made.
type minute int64

// digest stands for an authenticator. It is of the encrypted bytes: everything
// around them can be changed by whoever has listened.
type digest [16]byte

// maxReplays bounds the memory to some 40 MB. With a skew of five minutes it
// takes 1,700 logons a second to fill it, all of them good ones.
const maxReplays = 1 << 20

// NewReplays returns one that has seen nothing.
func NewReplays() *Replays { return &Replays{minutes: map[minute]map[digest]struct{}{}} }

// check refuses what has been seen before and remembers the rest, in one step.
// l was made within skew of now.
func (r *Replays) check(l *logon, now time.Time, skew time.Duration) error {
	sum := sha256.Sum256(l.sealed)
	seen, made := digest(sum[:]), minuteOf(l.made)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(minuteOf(now.Add(-skew)), minuteOf(now))
	if _, again := r.minutes[made][seen]; again {
		return refuse(Replay, "kerberos: this logon of %q has been used before", l.client)
	}
	if made < r.floor {
		return refuse(Replay, "kerberos: this logon of %q is older than what is remembered of earlier ones: max_skew was raised a moment ago", l.client)
	}
	if r.size >= maxReplays {
		return refuse(ReplayCacheFull, "kerberos: %d logons within max_skew are as many as can be remembered", r.size)
	}
	if r.minutes[made] == nil {
		r.minutes[made] = map[digest]struct{}{}
	}
	r.minutes[made][seen] = struct{}{}
	r.size++
	return nil
}

// forget drops the minutes before the oldest that is still accepted. A floor in
// the future is of a clock that has been set back since.
func (r *Replays) forget(oldest, present minute) {
	if r.floor > present {
		r.floor = oldest
	}
	if oldest <= r.floor {
		return
	}
	r.floor = oldest
	for m, seen := range r.minutes {
		if m < oldest {
			r.size -= len(seen)
			delete(r.minutes, m)
		}
	}
}

func minuteOf(t time.Time) minute { return minute(t.Unix() / 60) }
