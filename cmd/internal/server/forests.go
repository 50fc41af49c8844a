package server

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"availproxy/cmd/internal/config"
	"availproxy/discovery"
	"availproxy/ews"
	"availproxy/ews/authn"
	"availproxy/freebusy"
	"availproxy/oauth"
)

// forests are the connectors that are enabled, by name.
type forests map[string]*forest

// forest is one IntraOrganizationConnector with what asks the other side.
type forest struct {
	connector  config.IntraOrganizationConnector
	discover   discovery.Connector
	clients    authn.Rules       // empty: everybody that may ask at all
	server     authServer        // who gives the tokens; nil: we sign them ourselves
	self       *oauth.SelfIssuer // who signs them then
	authorized authorizer
	http       *http.Client // with authorized; follows no redirects
	version    string
	log        *slog.Logger
	wire       *wireLog

	graph  *graphBackEnd    // nil: Graph is not asked
	turn   *freebusy.Switch // from EWS to Graph; nil: there is no such day
	shadow *shadow          // what is asked to compare; nil: nothing

	mu        sync.Mutex // guards endpoints
	endpoints map[string]endpoint
}

// endpoint is one URL of a forest with what guards it.
type endpoint struct {
	*freebusy.Limit
	source freebusy.Source     // what asks it, Limit included
	client *ews.Client         // behind the Limit; nil for Graph
	watch  *freebusy.Stopwatch // times the requests of both
}

// maxEndpoints bounds how many URLs one forest is asked at; servers name them.
const maxEndpoints = 64

func newForests(c *config.Config, servers authServers, own oauth.Certificates, o Options) (forests, error) {
	all := forests{}
	for _, connector := range c.Connectors {
		if !connector.Enabled {
			continue
		}
		f, err := newForest(c, connector, servers, own, o)
		if err != nil {
			return nil, fmt.Errorf("connector %s: %w", connector.Name, err)
		}
		all[connector.Name] = f
	}
	return all, nil
}

func newForest(c *config.Config, connector config.IntraOrganizationConnector, servers authServers, own oauth.Certificates, o Options) (*forest, error) {
	f := &forest{connector: connector, version: o.Version, log: o.Log, wire: o.wire, endpoints: map[string]endpoint{}}
	var err error
	if f.clients, err = authn.ParseRules(words(connector.Clients)); err != nil {
		return nil, err
	}
	f.self = &oauth.SelfIssuer{
		Certificates: own, Realm: realm(c), TargetRealm: connector.TargetRealm, ServiceName: c.AuthConfig.ServiceName,
	}
	if connector.AsksEWS() && connector.AuthServer != config.SelfIssued {
		var ok bool
		if f.server, ok = servers.byName[connector.AuthServer]; !ok {
			return nil, fmt.Errorf("auth server %s is not enabled", connector.AuthServer)
		}
	}
	f.discover = discovery.Connector{
		Name: connector.Name, Enabled: true, Cloud: c.Cloud(connector.Cloud),
		TargetAddressDomains: words(connector.TargetAddressDomains),
		TargetSharingEpr:     string(connector.TargetSharingEPR), DiscoveryEndpoint: string(connector.DiscoveryEndpoint),
		AllowedHosts: words(connector.AllowedHosts),
	}
	if err := f.connect(c); err != nil {
		return nil, err
	}
	return f, f.backEnds(c, servers, o.occupancies)
}

// connect makes the client that discovery and EWS share: it authorises requests
// to the connector's own hosts and sends nothing to any other.
func (f *forest) connect(c *config.Config) error {
	hosts, err := f.discover.Hosts()
	if err != nil {
		return err
	}
	base, err := outbound(c, f.connector.TrustedRoots, f.connector.AllowedNetworks.Prefixes(), f.wire)
	if err != nil {
		return err
	}
	f.authorized = f.authorizer(c, f.connector.ActAs, base, hosts)
	f.http = client(f.authorized)
	f.discover.HTTP = f.http
	if f.connector.ActAs == config.ActAsRequester {
		// In nobody's name: what discovery learns serves all requesters.
		f.discover.HTTP = client(f.authorizer(c, config.ActAsApplication, base, hosts))
	}
	return nil
}

// client follows no redirects: they are not the transport's to judge.
func client(t http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (fs forests) connectors() []discovery.Connector {
	var all []discovery.Connector
	for _, f := range fs {
		all = append(all, f.discover)
	}
	return all
}

// source returns the Source that asks endpoint, for [freebusy.Router].
func (fs forests) source(connector, endpoint string) freebusy.Source {
	f, ok := fs[connector]
	if !ok {
		return nil
	}
	return f.source(endpoint)
}

// endpoint is the one with that URL, made when it is asked for the first time.
func (f *forest) endpoint(u string) endpoint {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e, ok := f.endpoints[u]; ok {
		return e
	}
	if len(f.endpoints) == maxEndpoints {
		clear(f.endpoints) // only a forest gone mad names so many
	}
	asks := f.ewsClient(u)
	e := f.guard(u, backEnd{"ews", asRequester{asks}}, freebusy.Serving, 0)
	e.client = asks
	f.endpoints[u] = e
	return e
}

func (f *forest) ewsClient(u string) *ews.Client {
	return &ews.Client{
		HTTP: f.http, URL: u, Connector: f.connector.Name, Timeout: time.Duration(f.connector.Timeout),
		UserAgent: cmp.Or(f.connector.UserAgent, ews.DefaultUserAgent(f.version)), Impersonate: f.impersonates(),
	}
}

// guard puts between a client of u and the questions what they need: no more
// detail than the connector passes on, windows that the other side accepts, and
// not too many at the same time, which are gathered into requests about so many
// mailboxes; 0 is as many as EWS takes.
func (f *forest) guard(u string, client backEnd, role freebusy.Role, most int) endpoint {
	watch := freebusy.NewStopwatch(f.connector.Name, client.name, role)
	limit := freebusy.NewLimit(&freebusy.Gather{Source: watch.Around(client.source), Most: most}, freebusy.LimitOptions{Concurrency: f.connector.MaxConcurrency})
	return endpoint{Limit: limit, watch: watch, source: freebusy.AtMost{
		Detail: f.detail(),
		Source: &freebusy.Pieces{Source: limit, Longest: f.longest(), TooLong: f.tooLong(u)},
	}}
}

// tooLong tells the operator, once for each endpoint, that it takes fewer days
// at once than the connector says.
func (f *forest) tooLong(u string) func(context.Context, *freebusy.Error) {
	var once sync.Once
	return func(ctx context.Context, refusal *freebusy.Error) {
		once.Do(func() {
			f.log.WarnContext(ctx, "the endpoint finds a question too long: set maximum_query_interval_days of the connector to the days that it allows",
				"connector", f.connector.Name, "endpoint", u,
				"maximum_query_interval_days", f.connector.MaximumQueryIntervalDays, "cause", refusal.Err)
		})
	}
}
