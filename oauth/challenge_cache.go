package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"availproxy/freebusy/upstream"
)

// challengeCache keeps the challenge of each host for a day. The zero value is
// ready.
type challengeCache struct {
	flights flights[string, *Challenge]

	mu   sync.Mutex // guards held
	held map[string]heldChallenge
}

type heldChallenge struct {
	challenge *Challenge
	until     time.Time
}

const challengeLife = 24 * time.Hour

// get returns the challenge of host, asking with the request line and headers
// of req when it is not held. Instead of a challenge there may be an answer: what
// the host said to the question without a body, when that was not 401.
func (c *challengeCache) get(req *http.Request, host string, base http.RoundTripper) (*Challenge, *http.Response, error) {
	if held := c.look(host); held != nil {
		return held, nil, nil
	}
	challenge, err := c.flights.do(req.Context(), host, func(ctx context.Context) (*Challenge, error) {
		if held := c.look(host); held != nil {
			return held, nil
		}
		challenge, err := probe(ctx, req, base)
		if err == nil {
			c.put(host, challenge)
		}
		return challenge, err
	})
	if other, ok := errors.AsType[*unchallenged](err); ok {
		return nil, other.response(req), nil
	}
	return challenge, nil, err
}

func (c *challengeCache) look(host string) *Challenge {
	c.mu.Lock()
	defer c.mu.Unlock()
	if held, ok := c.held[host]; ok && time.Now().Before(held.until) {
		return held.challenge
	}
	return nil
}

func (c *challengeCache) put(host string, challenge *Challenge) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = make(map[string]heldChallenge)
	}
	c.held[host] = heldChallenge{challenge, time.Now().Add(challengeLife)}
}

// drop forgets a challenge, unless a newer one has replaced it already.
func (c *challengeCache) drop(host string, challenge *Challenge) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held[host].challenge == challenge {
		delete(c.held, host)
	}
}

// probe provokes a challenge: the request line and headers of req with an empty
// bearer token and no body ([MS-SPS2SAUTH] 3.1.5). Without the scheme Exchange
// Online may offer Basic alone.
func probe(ctx context.Context, req *http.Request, base http.RoundTripper) (*Challenge, error) {
	out := req.Clone(ctx)
	out.Body, out.GetBody, out.ContentLength, out.TransferEncoding = nil, nil, 0, nil
	out.Header.Del("Content-Type")
	out.Header.Del("Expect")
	out.Header.Set("Authorization", "Bearer ")
	resp, err := base.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer discard(resp)
	switch {
	case resp.StatusCode == http.StatusUnauthorized:
		challenge, err := ParseChallenge(resp.Header)
		if err != nil {
			return nil, &TokenError{Kind: ChallengeRefused, Err: fmt.Errorf("the challenge of %s: %w", out.URL.Host, err)}
		}
		return challenge, nil
	case resp.StatusCode < 300:
		err := fmt.Errorf("%s answered %d without asking for a token", out.URL.Host, resp.StatusCode)
		refused := &TokenError{Kind: ChallengeRefused, Err: err}
		if upstream.Page(resp.Header) {
			refused.reason = "page"
		}
		return nil, refused
	}
	return nil, &unchallenged{status: resp.StatusCode, header: resp.Header}
}
