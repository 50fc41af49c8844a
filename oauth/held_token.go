package oauth

import (
	"cmp"
	"slices"
	"time"
)

// HeldToken says that there is a token and until when, for a status page, and
// not what the token is.
type HeldToken struct {
	For     string // the resource or scope
	Expires time.Time
}

// Held lists the tokens that are good now, by what they are for.
func (a *ACS) Held() []HeldToken { return a.tokens.list(tokenKey.audience) }

// Held lists the tokens that are good now, by what they are for.
func (s *SelfIssuer) Held() []HeldToken { return s.tokens.list(tokenKey.audience) }

// Held lists the tokens that are good now, by what they are for.
func (e *Entra) Held() []HeldToken {
	return e.tokens.list(func(scope string) string { return scope })
}

func (k tokenKey) audience() string { return k.resource.String() }

func (c *tokenCache[K, T]) list(named func(K) string) []HeldToken {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []HeldToken
	for key, held := range c.held {
		if now.Before(held.expires) {
			all = append(all, HeldToken{named(key), held.expires})
		}
	}
	slices.SortFunc(all, func(a, b HeldToken) int { return cmp.Or(cmp.Compare(a.For, b.For), a.Expires.Compare(b.Expires)) })
	return all
}
