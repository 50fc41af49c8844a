package discovery

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// chase is one resolution: it asks a forest about some mailboxes, at its
// endpoint and wherever that sends us, until each has an outcome.
//
// Redirects to another address end it: they lead to another look-up, perhaps
// in another forest.
type chase struct {
	forest   *forest
	outcomes map[string]outcome // by lower-case address
	hops     []Hop

	// broken is the last failure that says something about the service rather
	// than about a mailbox.
	broken *Error
	failed map[string]*Error // URLs that are not asked again in this chase
}

// leg is one request that is still to be made.
type leg struct {
	url     *url.URL
	via     string // as in Hop
	users   []string
	visited []string // keys of the URLs that led here, this one included
	anchor  string   // empty: the first of users
	again   bool     // asked before because the service left these out
}

// maxURLRedirects and maxAddressRedirects together stay below the ten hops
// after which Exchange's own clients give up.
const (
	maxURLRedirects     = 5
	maxAddressRedirects = 3
)

func (f *forest) chase(ctx context.Context, users []string) *chase {
	c := &chase{forest: f, outcomes: map[string]outcome{}, failed: map[string]*Error{}}
	start := leg{url: f.endpoint, via: "endpoint", users: users, visited: []string{urlKey(f.endpoint)}}
	for queue := []leg{start}; len(queue) > 0; {
		next := queue[0]
		if len(next.users) > f.batchSize() {
			queue = append(f.split(next), queue[1:]...)
			continue
		}
		queue = append(c.ask(ctx, next), queue[1:]...)
	}
	return c
}

// split cuts l into legs that the service accepts in one request.
func (f *forest) split(l leg) []leg {
	var legs []leg
	for users := range slices.Chunk(l.users, f.batchSize()) {
		part := l
		part.users = users
		legs = append(legs, part)
	}
	return legs
}

// ask makes the request of l and returns those that follow from it.
func (c *chase) ask(ctx context.Context, l leg) []leg {
	if err := c.failed[urlKey(l.url)]; err != nil {
		c.settleAll(l.users, outcome{err: err})
		return nil
	}
	anchor := l.anchor
	if anchor == "" {
		anchor = l.users[0]
	}
	began := time.Now()
	r, err := c.forest.post(ctx, l.url, anchor, l.users)
	hop := Hop{Connector: c.forest.Name, Via: l.via, URL: shown(l.url), Status: r.status, Took: time.Since(began)}
	if err != nil {
		hop.Err = err.Err
	} else if r.answer != nil {
		hop.Code = r.answer.code
	}
	c.hops = append(c.hops, hop)
	switch {
	case err != nil && errors.Is(err, errAnchor):
		return c.unanchored(l, err)
	case err != nil:
		c.breakOff(l, err)
		return nil
	case r.answer == nil:
		return c.movedTo(ctx, l, r.location)
	}
	return c.read(ctx, l, r.answer)
}

// unanchored asks once more with another mailbox as anchor: that the first one
// is not known says nothing about the others.
func (c *chase) unanchored(l leg, err *Error) []leg {
	if len(l.users) > 1 && l.anchor == "" {
		l.anchor = l.users[len(l.users)-1]
		return []leg{l}
	}
	if len(l.users) == 1 {
		err = c.forest.fail(UnknownUser, err.exception, err.Err)
	}
	c.settleAll(l.users, outcome{err: c.withHops(err)})
	return nil
}

// movedTo follows a redirect of HTTP, for all mailboxes of l.
func (c *chase) movedTo(ctx context.Context, l leg, location string) []leg {
	next, err := c.redirected(ctx, l, l.url, location)
	if err != nil {
		c.breakOff(l, err)
		return nil
	}
	next.via = "http redirect"
	next.users, next.anchor = l.users, l.anchor
	return []leg{next}
}

// redirected vets the target of a redirect. The leg it returns has no users yet.
func (c *chase) redirected(ctx context.Context, l leg, base *url.URL, target string) (leg, *Error) {
	u, err := c.forest.hosts.redirect(base, target)
	switch {
	case err != nil:
	case slices.Contains(l.visited, urlKey(u)):
		err = refusedLoop
	case len(l.visited) > maxURLRedirects:
		err = refusedLimit
	default:
		return leg{url: u, visited: append(slices.Clone(l.visited), urlKey(u))}, nil
	}
	return leg{}, c.refuse(ctx, "a redirect", err)
}

// refuse counts err, a refusal, and says what was refused.
func (c *chase) refuse(ctx context.Context, what string, err error) *Error {
	return c.withHops(c.forest.refuse(ctx, what, err))
}

func (f *forest) refuse(ctx context.Context, what string, err error) *Error {
	if r, ok := errors.AsType[*refusal](err); ok {
		f.metrics.refused(ctx, r.reason)
	}
	return f.fail(Refused, "System.Net.WebException: The redirection was refused", fmt.Errorf("%s was refused: %w", what, err))
}

// breakOff ends l with a failure of the service.
func (c *chase) breakOff(l leg, err *Error) {
	if err.Hops == nil {
		err = c.withHops(err)
	}
	c.broken = err
	c.failed[urlKey(l.url)] = err
	c.settleAll(l.users, outcome{err: err})
}

// withHops returns err with the way so far. It copies err, which others may
// hold already.
func (c *chase) withHops(err *Error) *Error {
	complete := *err
	complete.Hops = slices.Clone(c.hops)
	return &complete
}

func (c *chase) settle(user string, o outcome) { c.outcomes[strings.ToLower(user)] = o }

func (c *chase) settleAll(users []string, o outcome) {
	for _, u := range users {
		c.settle(u, o)
	}
}

// urlKey is equal for URLs that IIS would serve alike.
func urlKey(u *url.URL) string { return strings.ToLower(u.String()) }
