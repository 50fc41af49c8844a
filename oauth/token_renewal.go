package oauth

import (
	"context"
	"log/slog"
	"time"
)

const renewalPause = 5 * time.Minute

// keepFresh renews the tokens in use that have spent four fifths of their life,
// so that no question has to wait for the auth server of that name. It returns
// nil when ctx ends.
func (c *tokenCache[K, T]) keepFresh(ctx context.Context, authServer string, log *slog.Logger, fetch func(context.Context, K) (T, error)) error {
	tick := time.NewTicker(renewalPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for _, key := range c.due() {
			err := c.renew(ctx, key, func(ctx context.Context) (T, error) {
				ctx, cancel := context.WithTimeout(ctx, renewalPause) // no question is behind it that could end
				defer cancel()
				return fetch(ctx, key)
			})
			if err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "a token could not be renewed ahead of time", "auth_server", authServer, "err", err)
			}
		}
	}
}
