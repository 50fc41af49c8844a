package graph

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"availproxy/freebusy"
)

var (
	// errNotAnAnchor marks that Graph puts no question in the name of a mailbox:
	// there is no such user, or none with a mailbox.
	errNotAnAnchor = errors.New("graph: no user with a mailbox has this address")

	errNoAnchor = errors.New("graph: there is no mailbox left in whose name to ask")
)

// maxProven bounds how many mailboxes are remembered that have served as anchors.
const maxProven = 16

// anchors counts the requests under way by the mailbox that their URL names: the
// service allows an application only so many for one mailbox. The zero value is
// ready to use.
type anchors struct {
	mu     sync.Mutex // guards what follows
	busy   map[string]int
	freed  chan struct{} // closed when a request has ended
	proven []string      // have served, newest last
}

// enter waits until one of the candidates may be named, prefers the one that is
// named least, and the first among equals, and returns it. Whoever enters must
// leave, and say whether the anchor served.
func (a *anchors) enter(ctx context.Context, candidates func(proven []string) []string, most int) (anchor string, leave func(served bool), err error) {
	for {
		anchor, freed, err := a.take(candidates, most)
		if err != nil {
			return "", nil, err
		}
		if anchor != "" {
			return anchor, func(served bool) { a.leave(anchor, served) }, nil
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return "", nil, context.Cause(ctx)
		}
	}
}

func (a *anchors) take(candidates func([]string) []string, most int) (anchor string, freed <-chan struct{}, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy == nil {
		a.busy, a.freed = map[string]int{}, make(chan struct{})
	}
	all := candidates(a.proven)
	if len(all) == 0 {
		return "", nil, errNoAnchor
	}
	least := slices.MinFunc(all, func(x, y string) int { return a.busy[key(x)] - a.busy[key(y)] })
	if a.busy[key(least)] >= most {
		return "", a.freed, nil
	}
	a.busy[key(least)]++
	return least, nil, nil
}

func (a *anchors) leave(anchor string, served bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy[key(anchor)]--; a.busy[key(anchor)] == 0 {
		delete(a.busy, key(anchor))
	}
	close(a.freed)
	a.freed = make(chan struct{})
	if known := slices.IndexFunc(a.proven, func(p string) bool { return key(p) == key(anchor) }); known >= 0 {
		a.proven = slices.Delete(a.proven, known, known+1)
	}
	if served {
		a.proven = append(a.proven, anchor)
		a.proven = a.proven[max(0, len(a.proven)-maxProven):]
	}
}

// key makes equal addresses equal.
func key(address string) string { return freebusy.SMTP(address).Key() }

// candidates are the mailboxes in whose name asked may be put: those of the
// configuration, or else the ones asked about and, since none of those need be a
// user, one that has served before.
func (c *Client) candidates(asked question, tried []string) func(proven []string) []string {
	return func(proven []string) []string {
		if len(c.Anchors) > 0 {
			return slices.DeleteFunc(slices.Clone(c.Anchors), func(anchor string) bool { return named(tried, anchor) })
		}
		var own []string
		for _, m := range asked.mailboxes {
			if m.Domain() != "" && !named(tried, m.Address) {
				own = append(own, m.Address)
			}
		}
		own = own[:min(len(own), maxAnchors-1)]
		if len(tried) > 0 {
			return append(fresh(proven, tried), own...)
		}
		return append(own, fresh(proven, tried)...)
	}
}

// fresh is the newest of the proven that was not tried.
func fresh(proven, tried []string) []string {
	for _, p := range slices.Backward(proven) {
		if !named(tried, p) {
			return []string{p}
		}
	}
	return nil
}

func named(list []string, address string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return strings.EqualFold(one, address) })
}
