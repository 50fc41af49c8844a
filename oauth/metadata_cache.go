package oauth

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// metadataCache keeps the last good copy of one metadata document. The zero
// value is ready.
type metadataCache struct {
	flights flights[string, *Metadata]

	mu   sync.Mutex // guards held and next
	held *Metadata
	next time.Time // when to read again
}

const (
	metadataLife  = 12 * time.Hour
	metadataRetry = 5 * time.Minute // after a failure, with a copy at hand
	maxDocument   = 256 << 10       // bytes, after decompression
)

// get returns the document of url, read anew about every twelve hours by the
// caller that finds it old. When that fails, the last good copy stands in.
func (c *metadataCache) get(ctx context.Context, base http.RoundTripper, url string) (*Metadata, error) {
	if held, fresh := c.look(); fresh {
		return held, nil
	}
	return c.flights.do(ctx, url, func(ctx context.Context) (*Metadata, error) {
		held, fresh := c.look()
		if fresh {
			return held, nil
		}
		read, err := FetchMetadata(ctx, base, url)
		switch {
		case err == nil:
			c.keep(read, metadataLife+rand.N(metadataLife/10))
			return read, nil
		case held == nil || ctx.Err() != nil:
			return nil, err
		}
		c.keep(held, metadataRetry)
		return held, nil
	})
}

func (c *metadataCache) look() (held *Metadata, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held, c.held != nil && time.Now().Before(c.next)
}

func (c *metadataCache) keep(m *Metadata, life time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held, c.next = m, time.Now().Add(life)
}

// FetchMetadata reads the document at url, which must be https and come from the
// configuration. It follows no redirect and may block until ctx ends. A nil base
// is [http.DefaultTransport].
func FetchMetadata(ctx context.Context, base http.RoundTripper, url string) (*Metadata, error) {
	u, err := secureURL(url)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	a, err := exchange(base, req)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, fmt.Errorf("oauth: %s answered %d %s", url, a.status, http.StatusText(a.status))
	}
	return ParseMetadata(a.body)
}

// secureURL parses an absolute https URL without credentials.
func secureURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	if u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("oauth: %q is not an absolute https URL without credentials", printable(text))
	}
	return u, nil
}
