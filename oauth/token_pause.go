package oauth

import (
	"errors"
	"time"
)

// remember makes a failure the answer for a while, if it is one that asking
// again would not mend, or that asking again would make worse.
func (c *tokenCache[K, T]) remember(key K, err error) {
	wait := pauseAfter(err)
	if wait == 0 {
		return
	}
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.paused == nil {
		c.paused = make(map[K]pause)
	}
	for k, p := range c.paused {
		if !now.Before(p.until) || len(c.paused) >= mostTokens {
			delete(c.paused, k)
		}
	}
	c.paused[key] = pause{err, now.Add(wait)}
}

// pausing is the failure that is not to be tried again yet, or nil.
func (c *tokenCache[K, T]) pausing(key K) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, ok := c.paused[key]; ok && time.Now().Before(p.until) {
		return p.err
	}
	return nil
}

// pauseAfter is how long not to ask after err. What is no word of an auth server
// is no reason to wait: a connection may be back at once.
func pauseAfter(err error) time.Duration {
	refusal, ok := errors.AsType[*AuthServerError](err)
	if !ok {
		return 0
	}
	if c := refusal.consequence(); !c.Refused {
		return c.BackOff
	}
	return refusalPause
}

// refused reports whether err is a decision: no token that is held may stand in
// for one that is refused.
func refused(err error) bool {
	te, ok := errors.AsType[*TokenError](err)
	return ok && te.Refused()
}
