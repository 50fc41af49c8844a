package discovery

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"

	"availproxy/freebusy"
)

// walk is the way of one mailbox through the Directory: from the forest of its
// domain along what is remembered, and, where that ends, through look-ups.
type walk struct {
	asked freebusy.Mailbox
	head  place    // where it began
	at    place    // where it is
	seen  []string // lower-case addresses it has gone by

	route  freebusy.Route
	origin origin // of the route
	done   bool

	check     bool // its place must be looked up although something is known
	checked   bool // that has been done
	restarted bool // it was sent back to its head
	alone     bool // it waited for somebody else's look-up in vain
}

// origin is where a route came from, the cheapest first.
type origin int

const (
	fromConfiguration origin = iota
	fromFresh
	fromNegative
	fromStale
	fromNetwork
)

// String returns the word for traces.
func (o origin) String() string {
	return [...]string{"fixed", "fresh", "negative", "stale", "miss"}[o]
}

// Routes implements [freebusy.Directory]. What is known costs no time; stale
// knowledge is used at once and refreshed behind it. All that is not known is
// asked for in one request to each forest.
func (d *Directory) Routes(ctx context.Context, mailboxes []freebusy.Mailbox) []freebusy.Route {
	ctx, span := otel.Tracer(scope).Start(ctx, "discovery.resolve")
	defer span.End()
	walks := make([]walk, len(mailboxes))
	for i, m := range mailboxes {
		walks[i] = d.start(m)
	}
	d.lead(ctx, walks)

	routes := make([]freebusy.Route, len(walks))
	for i := range walks {
		routes[i] = walks[i].route
	}
	if span.IsRecording() {
		span.SetAttributes(describe(walks)...)
	}
	return routes
}

// describe sums up walks for a span.
func describe(walks []walk) []attribute.KeyValue {
	var forests []string
	worst, hops, result := fromConfiguration, 0, freebusy.NoError
	for i := range walks {
		w := &walks[i]
		if w.at.forest != nil {
			forests = append(forests, w.at.forest.Name)
		}
		if err := w.route.Err; err != nil && result == freebusy.NoError {
			result = err.Code
		}
		worst, hops = max(worst, w.origin), max(hops, len(w.seen)-1)
	}
	slices.Sort(forests)
	list := []attribute.KeyValue{
		attribute.String("availproxy.forest", strings.Join(slices.Compact(forests), ",")),
		attribute.Int("availproxy.mailboxes.count", len(walks)),
		attribute.String("availproxy.discovery.cache", worst.String()),
		attribute.Int("availproxy.discovery.hops", hops),
		attribute.String("availproxy.outcome", string(result)),
	}
	if result != freebusy.NoError {
		list = append(list, attribute.String("error.type", string(result)))
	}
	return list
}

func (d *Directory) start(m freebusy.Mailbox) walk {
	at, err := d.place(m)
	if err != nil {
		return walk{asked: m, done: true, route: freebusy.Route{Address: m.Address, Err: err}}
	}
	return walk{asked: m, head: at, at: at, seen: []string{m.Key()}}
}

// lead takes all walks to their end. Only those that memory does not get there
// wait, and not for longer than patience.
func (d *Directory) lead(ctx context.Context, walks []walk) {
	if d.remember(ctx, walks) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, d.flights.patience)
	defer cancel()
	for {
		d.lookUp(ctx, walks)
		if d.remember(ctx, walks) {
			return
		}
	}
}

// remember takes walks as far as memory goes, and reports whether all ended.
func (d *Directory) remember(ctx context.Context, walks []walk) (all bool) {
	now := time.Now()
	all = true
	for i := range walks {
		for w := &walks[i]; !w.done; {
			if !d.step(ctx, w, now) {
				all = false
				break
			}
		}
	}
	return all
}

// step takes w one step further, and reports whether memory had one.
func (d *Directory) step(ctx context.Context, w *walk, now time.Time) bool {
	f := w.at.forest
	if to := f.fixed(); to != "" {
		w.end(to, fromConfiguration)
		return true
	}
	known, _ := d.users.Get(w.at.key())
	if known.suspect && !w.checked {
		if d.restart(w, now) {
			return true
		}
		if w.check = d.mayCheck(f, now); w.check {
			return false
		}
	}
	if known.deviates(now) {
		d.stepAside(ctx, w, known, now)
		return true
	}
	if standard := f.standard.Load(); standard != nil && standard.term.usable(now) {
		w.end(standard.endpoint, standard.term.origin(now))
		if !standard.term.isFresh(now) {
			d.refresh(ctx, w.at, now)
		}
		return true
	}
	if err := f.health.paused(now); err != nil {
		w.fail(err, fromNegative)
		return true
	}
	return false
}

// stepAside takes w where its mailbox deviates from the default.
func (d *Directory) stepAside(ctx context.Context, w *walk, known userRoute, now time.Time) {
	if known.outcome.err != nil {
		w.fail(known.outcome.err, fromNegative)
		return
	}
	if !known.term.isFresh(now) && now.Sub(known.asked) >= suspectEvery && d.mayCheck(w.at.forest, now) {
		d.fly(ctx, trip{forest: w.at.forest, users: []string{w.at.address}, check: true})
	}
	d.follow(ctx, w, known.outcome, known.term.origin(now))
}

// restart sends w back to its head when it was led astray by an alias: its
// mailbox may have moved back, and only the first forest knows.
func (d *Directory) restart(w *walk, now time.Time) bool {
	if len(w.seen) == 1 || w.restarted {
		return false
	}
	w.restarted = true
	w.at, w.seen = w.head, w.seen[:1]
	d.suspect(w.head, now)
	return true
}

// follow takes w to where o points.
func (d *Directory) follow(ctx context.Context, w *walk, o outcome, from origin) {
	if o.err != nil {
		w.fail(o.err, from)
		return
	}
	if o.endpoint != "" {
		w.end(o.endpoint, from)
		return
	}
	next := strings.ToLower(o.address)
	switch {
	case slices.Contains(w.seen, next):
		w.fail(w.at.forest.refuse(ctx, addressRedirect, refusedLoop), from)
		return
	case len(w.seen) > maxAddressRedirects:
		w.fail(w.at.forest.refuse(ctx, addressRedirect, refusedLimit), from)
		return
	}
	at, _ := d.place(freebusy.SMTP(o.address)) // judge has found it before
	w.at, w.alone, w.checked = at, false, false
	w.seen = append(w.seen, next)
	w.origin = max(w.origin, from)
}

func (w *walk) end(endpoint string, from origin) {
	w.done, w.origin = true, max(w.origin, from)
	w.route = freebusy.Route{Connector: w.at.forest.Name, Endpoint: endpoint, Address: w.at.address}
}

func (w *walk) fail(err *Error, from origin) {
	w.done, w.origin = true, max(w.origin, from)
	w.route = freebusy.Route{Connector: w.at.forest.Name, Address: w.at.address, Err: err.answer(w.asked.Address)}
}
