package server

import (
	"sync"

	"availproxy/freebusy/graph"
	"availproxy/oauth"
)

// occupancies are the requests under way to each tenant of Graph. Connectors that
// ask the same one share its limits, and so do the configurations before and after
// a reload, whose questions overlap.
type occupancies struct {
	mu sync.Mutex // guards of
	of map[tenant]*graph.Occupancy
}

// tenant is what Graph counts requests by, besides the mailbox: the application,
// and where it gets its tokens.
type tenant struct{ url, application, tokens string }

func (o *occupancies) tenant(url string, app *oauth.Entra) *graph.Occupancy {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := tenant{url, app.ApplicationID, app.Endpoint}
	if o.of[key] == nil {
		if o.of == nil {
			o.of = map[tenant]*graph.Occupancy{}
		}
		o.of[key] = &graph.Occupancy{}
	}
	return o.of[key]
}
