package oauth

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// tokenKey is everything that an actor token depends on besides its issuer.
type tokenKey struct {
	resource   Principal
	delegation bool
	thumbprint string
}

// bearer is a kind of token that a tokenCache keeps.
type bearer interface{ bearer() Token }

// tokenCache keeps tokens, in memory only, until shortly before they expire, and
// lets one request at a time fetch what is missing. While whoever gives them
// fails, the last good one goes on until it does expire; and one who refuses, or
// wants to be left alone, is not asked again for each question. The zero value
// is ready.
type tokenCache[K comparable, T bearer] struct {
	flights flights[K, T]

	mu     sync.Mutex // guards what follows
	held   map[K]*heldToken[T]
	paused map[K]pause
}

type heldToken[T bearer] struct {
	token   T
	renew   time.Time // from then on a new one should be fetched ahead of time
	discard time.Time // from then on it is given out only where no other can be had
	expires time.Time
	used    bool // since it was stored
}

// pause is a failure that is not tried again before some time has passed.
type pause struct {
	err   error
	until time.Time
}

const (
	longestHold  = 24 * time.Hour
	expiryMargin = 5 * time.Minute  // a question under way must not see its token expire
	refusalPause = 10 * time.Second // a refusal is mended by people
	mostTokens   = 256              // a hostile challenge must not make the cache grow
)

// get returns the token that is held for key, or the one that fetch brings.
func (c *tokenCache[K, T]) get(ctx context.Context, key K, fetch func(context.Context) (T, error)) (T, error) {
	token, hit := c.look(key)
	trace.SpanFromContext(ctx).SetAttributes(attribute.Bool("availproxy.cache_hit", hit))
	if hit {
		return token, nil
	}
	return c.flights.do(ctx, key, func(ctx context.Context) (T, error) {
		if token, hit := c.look(key); hit {
			return token, nil
		}
		err := c.pausing(key)
		if err == nil {
			token, err = c.fetch(ctx, key, fetch)
		}
		if last, ok := c.lastGood(key); ok && err != nil && !refused(err) {
			return last, nil
		}
		return token, err
	})
}

// renew fetches a new token for key while the held one is still good.
func (c *tokenCache[K, T]) renew(ctx context.Context, key K, fetch func(context.Context) (T, error)) error {
	_, err := c.flights.do(ctx, key, func(ctx context.Context) (T, error) {
		return c.fetch(ctx, key, fetch)
	})
	return err
}

func (c *tokenCache[K, T]) fetch(ctx context.Context, key K, fetch func(context.Context) (T, error)) (T, error) {
	token, err := fetch(ctx)
	if err == nil {
		c.put(key, token)
	} else {
		c.remember(key, err)
	}
	return token, err
}

func (c *tokenCache[K, T]) look(key K) (token T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held, ok := c.held[key]
	if !ok || !time.Now().Before(held.discard) {
		return token, false
	}
	held.used = true
	return held.token, true
}

// lastGood is a token that is about to expire.
func (c *tokenCache[K, T]) lastGood(key K) (token T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held, ok := c.held[key]
	if !ok || !time.Now().Before(held.expires) {
		return token, false
	}
	return held.token, true
}

func (c *tokenCache[K, T]) put(key K, token T) {
	now := time.Now()
	life := min(token.bearer().Expires.Sub(now), longestHold)
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.paused, key)
	c.makeRoom(now)
	c.held[key] = &heldToken[T]{
		token:   token,
		renew:   now.Add(life * 8 / 10),
		discard: now.Add(life - min(expiryMargin, life/10)),
		expires: now.Add(life),
	}
}

// makeRoom drops what has expired, and anything when that is not enough.
func (c *tokenCache[K, T]) makeRoom(now time.Time) {
	if c.held == nil {
		c.held = make(map[K]*heldToken[T])
	}
	for key, held := range c.held {
		if !now.Before(held.expires) {
			delete(c.held, key)
		}
	}
	for key := range c.held {
		if len(c.held) < mostTokens {
			return
		}
		delete(c.held, key)
	}
}

// drop forgets a token that its audience did not take, unless a newer one has
// replaced it already.
func (c *tokenCache[K, T]) drop(t Token) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, held := range c.held {
		if held.token.bearer().held == t.held {
			delete(c.held, key)
		}
	}
}

// due lists what should be renewed: in the last fifth of its life, and asked for
// since it was stored.
func (c *tokenCache[K, T]) due() []K {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	var due []K
	for key, held := range c.held {
		if held.used && !now.Before(held.renew) && now.Before(held.discard) {
			due = append(due, key)
		}
	}
	return due
}
