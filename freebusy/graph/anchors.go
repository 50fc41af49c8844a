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

// Occupancy counts the requests under way by the mailbox that their URL names: the
// service allows an application only so many for one mailbox. The zero value is
// ready to use, also from several goroutines; it must not be copied.
type Occupancy struct {
	mu     sync.Mutex // guards what follows
	busy   map[string]int
	freed  chan struct{} // closed when a request has ended
	proven []string      // have served, newest last
}

// enter waits until one of the candidates may be named, prefers the one that is
// named least, and the first among equals, and returns it. Whoever enters must
// leave, and say whether the anchor served.
func (o *Occupancy) enter(ctx context.Context, candidates func(proven []string) []string, most int) (anchor string, leave func(served bool), err error) {
	for {
		anchor, freed, err := o.take(candidates, most)
		if err != nil {
			return "", nil, err
		}
		if anchor != "" {
			return anchor, func(served bool) { o.leave(anchor, served) }, nil
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return "", nil, context.Cause(ctx)
		}
	}
}

func (o *Occupancy) take(candidates func([]string) []string, most int) (anchor string, freed <-chan struct{}, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy == nil {
		o.busy, o.freed = map[string]int{}, make(chan struct{})
	}
	all := candidates(o.proven)
	if len(all) == 0 {
		return "", nil, errNoAnchor
	}
	least := slices.MinFunc(all, func(x, y string) int { return o.busy[key(x)] - o.busy[key(y)] })
	if o.busy[key(least)] >= most {
		return "", o.freed, nil
	}
	o.busy[key(least)]++
	return least, nil, nil
}

func (o *Occupancy) leave(anchor string, served bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy[key(anchor)]--; o.busy[key(anchor)] == 0 {
		delete(o.busy, key(anchor))
	}
	close(o.freed)
	o.freed = make(chan struct{})
	if known := slices.IndexFunc(o.proven, func(p string) bool { return key(p) == key(anchor) }); known >= 0 {
		o.proven = slices.Delete(o.proven, known, known+1)
	}
	if served {
		o.proven = append(o.proven, anchor)
		o.proven = o.proven[max(0, len(o.proven)-maxProven):]
	}
}

// key makes equal addresses equal.
func key(address string) string { return freebusy.SMTP(address).Key() }

func (c *Client) occupancy() *Occupancy {
	if c.Occupancy != nil {
		return c.Occupancy
	}
	return &c.own
}

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
