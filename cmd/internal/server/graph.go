package server

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"availproxy/cmd/internal/config"
	"availproxy/discovery"
	"availproxy/freebusy"
	"availproxy/freebusy/graph"
	"availproxy/oauth"
)

// graphBackEnd is Microsoft Graph behind a connector.
type graphBackEnd struct {
	url  string
	asks *graph.Client
	endpoint
	authorized *oauth.EntraTransport
}

// graphVersion is the path that follows the host of Graph in the table of clouds.
const graphVersion = "/v1.0"

// graphURL is where the connector asks Graph, if it does.
func (f *forest) graphURL() string {
	return cmp.Or(strings.TrimSuffix(string(f.connector.Graph.URL), "/"), "https://"+f.discover.Cloud.Graph+graphVersion)
}

// newGraph makes what asks Graph, with tokens of its own auth server, which go to
// that one host.
func (f *forest) newGraph(c *config.Config, servers authServers, busy *occupancies) (*graphBackEnd, error) {
	own := f.connector.Graph
	entra, ok := servers.byName[own.AuthServer].(*oauth.Entra)
	if !ok {
		return nil, fmt.Errorf("auth server %s is not enabled, or not of type AzureAD", own.AuthServer)
	}
	base, err := outbound(c, f.connector.TrustedRoots, f.connector.AllowedNetworks.Prefixes(), f.wire)
	if err != nil {
		return nil, err
	}
	g := &graphBackEnd{url: f.graphURL()}
	hosts, err := (&discovery.Connector{TargetSharingEpr: g.url}).Hosts()
	if err != nil {
		return nil, err
	}
	g.authorized = &oauth.EntraTransport{Base: base, Tokens: entra, Allowed: hosts.Allows, Scope: f.discover.Cloud.GraphScope}
	g.asks = &graph.Client{
		HTTP: client(g.authorized), URL: g.url, Connector: f.connector.Name, UserAgent: "availproxy/" + f.version,
		Anchors: own.AnchorMailboxes, Batch: own.Batch, PerAnchor: own.ConcurrencyPerAnchor, Timeout: time.Duration(f.connector.Timeout),
		Occupancy: busy.tenant(g.url, entra),
	}
	g.endpoint = f.guard(g.url, backEnd{"graph", g.asks}, freebusy.Serving, own.Batch)
	return g, nil
}

// backEnds sets up Graph, the way to it and the shadow, if the connector wants any.
func (f *forest) backEnds(c *config.Config, servers authServers, busy *occupancies) (err error) {
	if !f.connector.AsksGraph() {
		return nil
	}
	if f.graph, err = f.newGraph(c, servers, busy); err != nil {
		return fmt.Errorf("graph: %w", err)
	}
	switch f.connector.Backend {
	case config.GraphBackend:
		f.discover.TargetSharingEpr = f.graphURL()
	case config.AutoBackend:
		f.turn = &freebusy.Switch{Graph: f.graph.source, EndDate: f.connector.EWSEndDate.Time, Moved: f.moved}
		f.discover.Instead = func() string {
			if f.turn.Ended() == "" {
				return ""
			}
			return f.graphURL()
		}
	}
	f.shadow = f.newShadow()
	return nil
}

// moved says loudly, once, that a connector has left EWS for good.
func (f *forest) moved(ctx context.Context, why string) {
	f.log.WarnContext(ctx, "EWS has ended for a connector: Microsoft Graph answers from now on; set backend: graph to say so for good",
		"connector", f.connector.Name, "why", why)
}

// source is what answers questions that the Directory has led to that endpoint.
func (f *forest) source(endpoint string) freebusy.Source {
	if f.shadow != nil {
		return f.shadow.Beside(f.served(endpoint), f.shadow.source)
	}
	return f.served(endpoint)
}

// served is source without any shadow.
func (f *forest) served(endpoint string) freebusy.Source {
	var asked freebusy.Source
	if f.graph != nil && endpoint == f.graph.url {
		asked = f.graph.source
	} else {
		asked = f.endpoint(endpoint).source
	}
	if f.turn != nil {
		return f.turn.Between(asked)
	}
	return asked
}

// backEnd names what answers at present, for people.
func (f *forest) backEnd() string {
	name := string(f.connector.Backend)
	if f.turn == nil {
		return name
	}
	if why := f.turn.Ended(); why != "" {
		return name + ", now graph: " + why
	}
	return name + ", now ews"
}

// token is what a request to that URL would carry.
func (f *forest) token(ctx context.Context, to string) (oauth.Token, error) {
	u, err := url.Parse(to)
	if err != nil {
		return oauth.Token{}, err
	}
	if f.graph != nil && to == f.graph.url {
		return f.graph.authorized.Token(ctx, u)
	}
	return f.authorized.Token(ctx, u)
}

// guards are what stands in front of the back end that answers now, by URL. That of
// a shadow is none of them: nobody waits for its answers.
func (f *forest) guards() []*freebusy.Limit {
	if f.asksGraphNow() {
		return []*freebusy.Limit{f.graph.Limit}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []*freebusy.Limit
	for _, u := range slices.Sorted(maps.Keys(f.endpoints)) {
		all = append(all, f.endpoints[u].Limit)
	}
	return all
}

func (f *forest) asksGraphNow() bool {
	return f.connector.Backend == config.GraphBackend || f.turn != nil && f.turn.Ended() != ""
}
