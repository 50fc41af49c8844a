package freebusy

import (
	"context"
	"errors"
)

// forest is what a Router asks of one endpoint in one question.
type forest struct {
	connector, endpoint string

	stops []stop
}

// stop is one address that a forest is asked for.
type stop struct {
	route  Route
	places []int // where in the question its answer belongs, once for each duplicate
}

// group sorts the places of a question by the forests that their routes lead
// to, in the caller's order. Routes with an Err lead nowhere.
func group(places []int, routes []Route) []*forest {
	type endpoint struct{ connector, endpoint string }
	type address struct {
		endpoint
		key string
	}
	var forests []*forest
	known := map[endpoint]*forest{}
	stops := map[address]int{}
	for i, route := range routes {
		if route.Err != nil {
			continue
		}
		at := endpoint{route.Connector, route.Endpoint}
		f := known[at]
		if f == nil {
			f = &forest{connector: at.connector, endpoint: at.endpoint}
			known[at], forests = f, append(forests, f)
		}
		who := address{at, SMTP(route.Address).Key()}
		if n, ok := stops[who]; ok {
			f.stops[n].places = append(f.stops[n].places, places[i])
			continue
		}
		stops[who] = len(f.stops)
		f.stops = append(f.stops, stop{route: route, places: []int{places[i]}})
	}
	return forests
}

// mailboxes are the addresses to ask with, one for each stop.
func (f *forest) mailboxes() []Mailbox {
	mailboxes := make([]Mailbox, len(f.stops))
	for i, s := range f.stops {
		mailboxes[i] = SMTP(s.route.Address)
	}
	return mailboxes
}

var (
	errNoForest = errors.New("freebusy: there is no such connector any more")
	errNoAnswer = errors.New("freebusy: the answer leaves this mailbox out")
)

// query asks f and calls yield exactly once for each of its stops, whatever
// the Source there does, and never concurrently.
func (r *Router) query(ctx context.Context, f *forest, q Query, yield func(i int, a Answer)) {
	ctx, seen := r.meters.start(ctx, f)
	defer seen.end(ctx)

	answered := make([]bool, len(f.stops))
	once := func(i int, a Answer) {
		if i < 0 || i >= len(answered) || answered[i] || a.Calendar == nil && a.Err == nil {
			return
		}
		answered[i] = true
		seen.answer(a)
		yield(i, a)
	}
	q.Mailboxes = f.mailboxes()
	err := errNoForest
	if source := r.Forest(f.connector, f.endpoint); source != nil {
		err = errors.Join(Deliver(ctx, source, q, once), ctx.Err())
	}
	if err == nil {
		err = errNoAnswer
	}
	missing := Answer{Err: AsError(err)}
	for i := range answered {
		once(i, missing)
	}
}
