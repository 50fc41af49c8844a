package freebusy

import (
	"context"
	"fmt"
	"sync"
)

// Spread asks about mailboxes what a Router does not ask, and along the same
// ways: each in its forest, all forests at the same time. The answers stand in
// the order of mailboxes, duplicates included. A mailbox to which no way leads,
// or whose forest does not answer for each mailbox, has the answer of failed.
//
// It calls ask once for each endpoint, concurrently, with the addresses to ask
// with, each of them once. ask returns one answer for each, in order, also when
// ctx ends.
func Spread[A any](ctx context.Context, d Directory, mailboxes []Mailbox,
	ask func(ctx context.Context, connector, endpoint string, mailboxes []Mailbox) []A, failed func(*Error) A) []A {
	answers := make([]A, len(mailboxes))
	routes := routesOf(ctx, d, mailboxes)
	for i, route := range routes {
		if route.Err != nil {
			answers[i] = failed(route.Err)
		}
	}
	var asking sync.WaitGroup
	for _, f := range group(allPlaces(mailboxes), routes) {
		asking.Go(func() {
			got := ask(ctx, f.connector, f.endpoint, f.mailboxes())
			for i, s := range f.stops {
				a := failed(AsError(errNoAnswer))
				if len(got) == len(f.stops) {
					a = got[i]
				}
				for _, place := range s.places {
					answers[place] = a
				}
			}
		})
	}
	asking.Wait()
	return answers
}

// allPlaces are the places of a question of which nothing is answered yet.
func allPlaces(mailboxes []Mailbox) []int {
	places := make([]int, len(mailboxes))
	for i := range places {
		places[i] = i
	}
	return places
}

// routesOf holds d to its word: one Route for each mailbox.
func routesOf(ctx context.Context, d Directory, mailboxes []Mailbox) []Route {
	routes := d.Routes(ctx, mailboxes)
	if len(routes) == len(mailboxes) {
		return routes
	}
	lost := ProxyFailed("The other forest could not be found",
		fmt.Errorf("freebusy: the directory gave %d routes for %d mailboxes", len(routes), len(mailboxes)))
	routes = make([]Route, len(mailboxes))
	for i := range routes {
		routes[i].Err = lost
	}
	return routes
}
