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

// tokenCache keeps actor tokens, in memory only, until shortly before they
// expire, and lets one request at a time fetch what is missing. The zero value
// is ready.
type tokenCache struct {
	flights flights[tokenKey, ActorToken]

	mu   sync.Mutex // guards held
	held map[tokenKey]*heldToken
}

type heldToken struct {
	token   ActorToken
	renew   time.Time // from then on a new one should be fetched ahead of time
	discard time.Time // from then on it is not given out
	used    bool      // since it was stored
}

const (
	longestHold  = 24 * time.Hour
	expiryMargin = 5 * time.Minute // a question under way must not see its token expire
	mostTokens   = 256             // a hostile challenge must not make the cache grow
)

// get returns the token that is held for key, or the one that fetch brings.
func (c *tokenCache) get(ctx context.Context, key tokenKey, fetch func(context.Context) (ActorToken, error)) (ActorToken, error) {
	token, hit := c.look(key)
	trace.SpanFromContext(ctx).SetAttributes(attribute.Bool("availproxy.cache_hit", hit))
	if hit {
		return token, nil
	}
	return c.flights.do(ctx, key, func(ctx context.Context) (ActorToken, error) {
		if token, hit := c.look(key); hit {
			return token, nil
		}
		return c.fetch(ctx, key, fetch)
	})
}

// renew fetches a new token for key while the held one is still good.
func (c *tokenCache) renew(ctx context.Context, key tokenKey, fetch func(context.Context) (ActorToken, error)) error {
	_, err := c.flights.do(ctx, key, func(ctx context.Context) (ActorToken, error) {
		return c.fetch(ctx, key, fetch)
	})
	return err
}

func (c *tokenCache) fetch(ctx context.Context, key tokenKey, fetch func(context.Context) (ActorToken, error)) (ActorToken, error) {
	token, err := fetch(ctx)
	if err == nil {
		c.put(key, token)
	}
	return token, err
}

func (c *tokenCache) look(key tokenKey) (ActorToken, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held, ok := c.held[key]
	if !ok || !time.Now().Before(held.discard) {
		return ActorToken{}, false
	}
	held.used = true
	return held.token, true
}

func (c *tokenCache) put(key tokenKey, token ActorToken) {
	now := time.Now()
	life := min(token.Expires.Sub(now), longestHold)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.makeRoom(now)
	c.held[key] = &heldToken{
		token:   token,
		renew:   now.Add(life * 8 / 10),
		discard: now.Add(life - min(expiryMargin, life/10)),
	}
}

// makeRoom drops what has expired, and anything when that is not enough.
func (c *tokenCache) makeRoom(now time.Time) {
	if c.held == nil {
		c.held = make(map[tokenKey]*heldToken)
	}
	for key, held := range c.held {
		if !now.Before(held.discard) {
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
func (c *tokenCache) drop(t ActorToken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, held := range c.held {
		if held.token.compact == t.compact {
			delete(c.held, key)
		}
	}
}

// due lists what should be renewed: in the last fifth of its life, and asked for
// since it was stored.
func (c *tokenCache) due() []tokenKey {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	var due []tokenKey
	for key, held := range c.held {
		if held.used && !now.Before(held.renew) && now.Before(held.discard) {
			due = append(due, key)
		}
	}
	return due
}
