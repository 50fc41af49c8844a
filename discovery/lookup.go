package discovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// trip is a look-up that some walks need: of a forest, or, with check, of one
// mailbox by itself.
type trip struct {
	forest *forest
	users  []string // distinct
	check  bool
	alone  bool // not to be shared with whoever else wants to know the forest
	walks  []*walk
}

// lookUp asks the network for all walks that memory did not lead to their end,
// all forests at the same time, and waits for what they say until ctx ends.
func (d *Directory) lookUp(ctx context.Context, walks []walk) {
	trips := plan(walks)
	under := make([]*flight, len(trips))
	for i, t := range trips {
		under[i] = d.fly(ctx, *t)
	}
	for i, t := range trips {
		back := under[i].wait(ctx)
		for _, w := range t.walks {
			d.arrive(ctx, w, under[i], back)
		}
	}
}

// plan groups walks so that each forest is asked once, except about mailboxes
// that are to be checked.
func plan(walks []walk) []*trip {
	var trips []*trip
	for i := range walks {
		w := &walks[i]
		if w.done {
			continue
		}
		at := slices.IndexFunc(trips, func(t *trip) bool {
			return t.forest == w.at.forest && t.check == w.check && t.alone == w.alone && (!t.check || t.has(w.at.address))
		})
		if at < 0 {
			at = len(trips)
			trips = append(trips, &trip{forest: w.at.forest, check: w.check, alone: w.alone})
		}
		trips[at].add(w)
	}
	return trips
}

func (t *trip) has(address string) bool {
	return slices.ContainsFunc(t.users, func(u string) bool { return strings.EqualFold(u, address) })
}

func (t *trip) add(w *walk) {
	t.walks = append(t.walks, w)
	if !t.has(w.at.address) {
		t.users = append(t.users, w.at.address)
	}
}

// key is equal for trips of which one will do.
func (t trip) key() string {
	if !t.check && !t.alone {
		return t.forest.Name
	}
	return t.forest.Name + "\x00" + strings.ToLower(strings.Join(t.users, "\x00"))
}

func (d *Directory) fly(ctx context.Context, t trip) *flight {
	return d.flights.join(ctx, t.key(), func(ctx context.Context) map[string]outcome { return d.learn(ctx, t) })
}

// arrive takes w on with what f brought, if it came back in time.
func (d *Directory) arrive(ctx context.Context, w *walk, f *flight, back bool) {
	if w.check { // memory has it now; if nothing was learnt, what was known before is still there
		w.check, w.checked = false, true
		return
	}
	forest := w.at.forest
	if !back {
		w.fail(forest.fail(Deadline, "", cmp.Or(context.Cause(ctx), errOverdue)), fromNetwork)
		return
	}
	o, found := f.outcomes[strings.ToLower(w.at.address)]
	switch {
	case found:
		d.follow(ctx, w, o, fromNetwork)
	case f.refused != nil || w.alone:
		w.fail(forest.fail(Unreachable, aborted, cmp.Or(f.refused, errNoOutcome)), fromNetwork)
	default:
		w.alone = true
	}
}

var errNoOutcome = errors.New("the look-up said nothing about the mailbox")

const aborted = webException + "The request was aborted: The request was canceled"

// learn makes a trip and remembers what it brought. Each user of t has an
// outcome then, unless the trip was not needed any more.
func (d *Directory) learn(ctx context.Context, t trip) (outcomes map[string]outcome) {
	defer func() {
		if p := recover(); p != nil {
			d.log.ErrorContext(ctx, "autodiscover panicked", "forest", t.forest.Name, "panic", p, "stack", string(debug.Stack()))
			outcomes = map[string]outcome{}
			for _, user := range t.users {
				outcomes[strings.ToLower(user)] = outcome{err: t.forest.fail(Unreachable, aborted, fmt.Errorf("panic: %v", p))}
			}
		}
	}()
	if d.superseded(t, time.Now()) {
		return nil
	}
	c := t.forest.chase(ctx, t.users)
	now := time.Now()
	switch {
	case c.broken == nil:
		t.forest.health.succeeded()
	case !errors.Is(c.broken, context.Canceled): // by Run
		t.forest.health.failed(c.broken, now)
		d.log.WarnContext(ctx, "autodiscover failed", "forest", t.forest.Name, "kind", c.broken.Kind, "err", c.broken)
	}
	for user, o := range c.outcomes {
		c.outcomes[user] = d.judge(ctx, c, user, o)
	}
	d.retain(t, c.outcomes, now)
	return c.outcomes
}

// superseded reports whether another trip has come back between the moment at
// which somebody found that t was needed and now.
func (d *Directory) superseded(t trip, now time.Time) bool {
	if t.check {
		known, _ := d.users.Get(place{t.forest, t.users[0]}.key())
		return now.Sub(known.asked) < suspectEvery
	}
	if t.alone {
		return false
	}
	standard := t.forest.standard.Load()
	return t.forest.health.paused(now) != nil || standard != nil && standard.term.isFresh(now)
}

// retain puts outcomes into the layers: the first URL becomes the default where
// there is no fresh one, and what deviates from the default is remembered for
// each mailbox.
func (d *Directory) retain(t trip, outcomes map[string]outcome, now time.Time) {
	was := t.forest.standard.Load()
	standard := was
	if standard == nil || !standard.term.usable(now) || !t.check && !standard.term.isFresh(now) {
		standard = d.learnDefault(t, outcomes, now)
		d.movedDefault(t.forest, was, standard)
	}
	for _, user := range t.users {
		o := outcomes[strings.ToLower(user)]
		key := place{t.forest, user}.key()
		known, held := d.users.Get(key)
		before := known.outcomeBy(was)
		switch {
		case standard != nil && o.endpoint == standard.endpoint:
			known = userRoute{}
		case d.lifetimes.term(o, now) != term{}:
			known = userRoute{outcome: o, term: d.lifetimes.term(o, now)}
		}
		if t.check {
			known.asked, known.suspect = now, false
		}
		switch {
		case known != userRoute{}:
			d.users.Add(key, known)
		case held:
			d.users.Remove(key)
		}
		d.movedUser(t.forest, user, before, known.outcomeBy(standard))
	}
}

// learnDefault makes the first URL among outcomes the default of the forest.
// It returns what the default is then; nil when none is known.
func (d *Directory) learnDefault(t trip, outcomes map[string]outcome, now time.Time) *defaultRoute {
	for _, user := range t.users {
		if endpoint := outcomes[strings.ToLower(user)].endpoint; endpoint != "" {
			t.forest.standard.Store(&defaultRoute{
				endpoint: endpoint,
				learnt:   now,
				term:     term{now.Add(jittered(d.lifetimes.Fresh)), now.Add(d.lifetimes.Stale)},
			})
			break
		}
	}
	return t.forest.standard.Load()
}

// refresh looks the default of a forest up again, with that mailbox, while
// everybody goes on using the old one.
func (d *Directory) refresh(ctx context.Context, at place, now time.Time) {
	if at.forest.health.paused(now) == nil {
		d.fly(ctx, trip{forest: at.forest, users: []string{at.address}})
	}
}

// suspectEvery is how often one mailbox is looked up because it was not found.
const suspectEvery = time.Minute

// suspect marks a mailbox to be looked up by itself.
func (d *Directory) suspect(at place, now time.Time) {
	known, _ := d.users.Get(at.key())
	if now.Sub(known.asked) < suspectEvery {
		return
	}
	known.suspect = true
	d.users.Add(at.key(), known)
}

// mayCheck reports whether one more mailbox of f may be looked up by itself.
// When too many want to be, it is the default that is doubtful.
func (d *Directory) mayCheck(f *forest, now time.Time) bool {
	if f.health.paused(now) != nil {
		return false
	}
	if f.suspects.AllowN(now, 1) {
		return true
	}
	if s := f.standard.Load(); s != nil && now.Sub(s.learnt) >= suspectEvery && s.term.isFresh(now) {
		f.standard.CompareAndSwap(s, &defaultRoute{endpoint: s.endpoint, learnt: s.learnt, term: term{now, s.term.stale}})
	}
	return false
}

const addressRedirect = "a redirect to another address"

// judge checks where an address redirect leads, before it is remembered.
func (d *Directory) judge(ctx context.Context, c *chase, user string, o outcome) outcome {
	if o.address == "" {
		return o
	}
	domain, ok := addressDomain(o.address)
	_, ours := d.ours.find(domain)
	_, known := d.byDomain.find(domain)
	switch {
	case !ok:
		return outcome{err: c.refuse(ctx, addressRedirect, refusedAddress)}
	case ours:
		return c.not(MovedToSource, "the service says that the mailbox is in one of our accepted domains")
	case !known:
		return outcome{err: c.refuse(ctx, addressRedirect, refusedDomain)}
	case strings.EqualFold(o.address, user):
		return outcome{err: c.refuse(ctx, addressRedirect, refusedLoop)}
	}
	return o
}
