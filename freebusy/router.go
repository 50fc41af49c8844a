package freebusy

import (
	"context"
	"errors"
	"sync"
)

// Router is a Source that finds the forest of each mailbox and asks all forests
// at the same time. A forest that fails costs only its own mailboxes their
// answer, and a slow one keeps nobody else's back.
type Router struct {
	Directory Directory

	// Forest returns the Source that asks one endpoint, with everything that
	// guards the endpoint (see Limit) in front of it. It is called often and
	// must return the same Source for the same endpoint; nil when there is no
	// such connector any more.
	Forest func(connector, endpoint string) Source

	meters meters
}

var _ Deliverer = (*Router)(nil)

// Availability implements [Source].
func (r *Router) Availability(ctx context.Context, q Query) ([]Answer, error) {
	return Collect(ctx, r, q)
}

// Deliver implements [Deliverer]. It never fails as a whole. When ctx ends, the
// forests are expected to answer what they have, as [Source] says; what is
// missing then is TimeoutExpired.
func (r *Router) Deliver(ctx context.Context, q Query, yield func(i int, a Answer)) error {
	d := &delivery{router: r, query: q, answers: make(chan placed, len(q.Mailboxes))}
	var asking sync.WaitGroup
	asking.Go(func() { d.ask(ctx, allPlaces(q.Mailboxes), routesOf(ctx, r.Directory, q.Mailboxes), true) })
	for range q.Mailboxes {
		a := <-d.answers
		yield(a.place, a.Answer)
	}
	asking.Wait()
	return nil
}

// delivery is one question on its way through a Router.
type delivery struct {
	router  *Router
	query   Query
	answers chan placed // has room for all, so that no forest waits for a slow reader
}

// placed is an answer and where in the question it belongs.
type placed struct {
	place int
	Answer
}

// ask sends one answer for each of places, whose routes stand in the same
// order, and returns when it has sent them all. mayMove allows for a second
// look at the mailboxes that are not found where their routes point.
func (d *delivery) ask(ctx context.Context, places []int, routes []Route, mayMove bool) {
	var asking sync.WaitGroup
	defer asking.Wait()
	for i, route := range routes {
		if route.Err != nil {
			d.answers <- placed{places[i], Answer{Err: route.Err}}
		}
	}
	for _, g := range group(places, routes) {
		asking.Go(func() { d.askForest(ctx, g, mayMove) })
	}
}

// askForest sends the answers of one forest as they come. It keeps back only
// what has moved, until that was looked for again.
func (d *delivery) askForest(ctx context.Context, f *forest, mayMove bool) {
	var gone []disowned
	d.router.query(ctx, f, d.query, func(i int, a Answer) {
		s := f.stops[i]
		disown := mayMove && moved(a)
		if disown {
			d.router.Directory.Failed(s.route, a.Err)
		}
		for _, place := range s.places {
			if disown {
				gone = append(gone, disowned{place, s.route, a.Err})
			} else {
				d.answers <- placed{place, a}
			}
		}
	})
	if len(gone) > 0 {
		d.follow(ctx, gone)
	}
}

// disowned is a mailbox that a forest should hold and says it does not.
type disowned struct {
	place int
	route Route
	err   *Error
}

// follow asks the Directory again for what has gone, and then the forests that
// it names now, once. Where it has nothing new to say, the word of the first
// forest stands.
func (d *delivery) follow(ctx context.Context, gone []disowned) {
	mailboxes := make([]Mailbox, len(gone))
	for i, g := range gone {
		mailboxes[i] = d.query.Mailboxes[g.place]
	}
	var places []int
	var routes []Route
	for i, route := range routesOf(ctx, d.router.Directory, mailboxes) {
		if route.Err != nil || route == gone[i].route {
			d.answers <- placed{gone[i].place, Answer{Err: gone[i].err}}
			continue
		}
		places, routes = append(places, gone[i].place), append(routes, route)
	}
	d.ask(ctx, places, routes, false)
}

// moved reports whether a says that the mailbox may live elsewhere by now.
func moved(a Answer) bool {
	if a.Err == nil {
		return false
	}
	switch a.Err.Code {
	case ErrorMailRecipientNotFound, ErrorNonExistentMailbox, ErrorMailboxMoveInProgress, ErrorProxyRequestNotAllowed:
		return true
	}
	return errors.Is(a.Err, ErrMoved)
}
