package server

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
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
	clients    authn.Rules // empty: everybody that may ask at all
	tokens     oauth.ActorTokens
	authorized *oauth.Transport
	http       *http.Client // with authorized; follows no redirects
	version    string
	log        *slog.Logger

	mu        sync.Mutex // guards endpoints
	endpoints map[string]endpoint
}

// endpoint is one URL of a forest with what guards it.
type endpoint struct {
	*freebusy.Limit
	source freebusy.Source // what asks it, Limit included
	client *ews.Client     // behind the Limit
}

// maxEndpoints bounds how many URLs one forest is asked at; servers name them.
const maxEndpoints = 64

func newForests(c *config.Config, own oauth.Certificates, o Options) (forests, error) {
	servers, err := authServers(c, own, o.Log)
	if err != nil {
		return nil, err
	}
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

func newForest(c *config.Config, connector config.IntraOrganizationConnector, servers map[string]*oauth.ACS, own oauth.Certificates, o Options) (*forest, error) {
	f := &forest{connector: connector, version: o.Version, log: o.Log, endpoints: map[string]endpoint{}}
	var err error
	if f.clients, err = authn.ParseRules(words(connector.Clients)); err != nil {
		return nil, err
	}
	f.tokens = &oauth.SelfIssuer{
		Certificates: own, Realm: realm(c), TargetRealm: connector.TargetRealm, ServiceName: c.AuthConfig.ServiceName,
	}
	if connector.AuthServer != config.SelfIssued {
		acs, ok := servers[connector.AuthServer]
		if !ok {
			return nil, fmt.Errorf("auth server %s is not enabled", connector.AuthServer)
		}
		f.tokens = acs
	}
	f.discover = discovery.Connector{
		Name: connector.Name, Enabled: true, Cloud: c.Cloud(connector.Cloud),
		TargetAddressDomains: words(connector.TargetAddressDomains),
		TargetSharingEpr:     string(connector.TargetSharingEPR), DiscoveryEndpoint: string(connector.DiscoveryEndpoint),
		AllowedHosts: words(connector.AllowedHosts),
	}
	return f, f.connect(c)
}

// connect makes the client that discovery and EWS share: it authorises requests
// to the connector's own hosts and sends nothing to any other.
func (f *forest) connect(c *config.Config) error {
	hosts, err := f.discover.Hosts()
	if err != nil {
		return err
	}
	base, err := outbound(c, f.connector.TrustedRoots, f.connector.AllowedNetworks.Prefixes())
	if err != nil {
		return err
	}
	authorized := func(actAs config.ActAs) *oauth.Transport {
		return &oauth.Transport{
			Base: base, Tokens: f.tokens, ActAs: string(actAs), ServiceName: c.AuthConfig.ServiceName, Allowed: hosts.Allows,
		}
	}
	f.authorized = authorized(f.connector.ActAs)
	f.http = client(f.authorized)
	f.discover.HTTP = f.http
	if f.connector.ActAs == config.ActAsRequester {
		// In nobody's name: what discovery learns serves all requesters.
		f.discover.HTTP = client(authorized(config.ActAsApplication))
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

// authServers makes a client for each auth server that is enabled. The
// certificate of an auth server defaults to that of auth_config.
func authServers(c *config.Config, own oauth.Certificates, log *slog.Logger) (map[string]*oauth.ACS, error) {
	servers := map[string]*oauth.ACS{}
	for _, s := range c.AuthServers {
		if !s.Enabled {
			continue
		}
		base, err := outbound(c, s.TrustedRoots, s.AllowedNetworks.Prefixes())
		if err != nil {
			return nil, fmt.Errorf("auth server %s: %w", s.Name, err)
		}
		signing := own
		if s.Certificate.IsSet() {
			special, err := certificate("auth server "+s.Name, s.Certificate)
			if err != nil {
				return nil, err
			}
			signing = oauth.Certificates{Current: special}
		}
		servers[s.Name] = &oauth.ACS{
			ServerName: s.Name, MetadataURL: string(s.AuthMetadataURL), Realm: s.Realm, IssuerIdentifier: s.IssuerIdentifier,
			TokenIssuingEndpoint: string(s.TokenIssuingEndpoint), Certificates: signing, ServiceName: c.AuthConfig.ServiceName,
			Base: base, Log: log,
		}
	}
	return servers, nil
}

func (fs forests) connectors() []discovery.Connector {
	var all []discovery.Connector
	for _, f := range fs {
		all = append(all, f.discover)
	}
	return all
}

// background is the work of the auth servers, each once.
func (fs forests) background() []func(context.Context) error {
	var all []func(context.Context) error
	seen := map[*oauth.ACS]bool{}
	for _, f := range fs {
		if acs, ok := f.tokens.(*oauth.ACS); ok && !seen[acs] {
			seen[acs] = true
			all = append(all, acs.Run)
		}
	}
	return all
}

// source returns the Source that asks endpoint, for [freebusy.Router].
func (fs forests) source(connector, endpoint string) freebusy.Source {
	f, ok := fs[connector]
	if !ok {
		return nil
	}
	return f.endpoint(endpoint).source
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
	client := &ews.Client{
		HTTP: f.http, URL: u, Connector: f.connector.Name, Timeout: time.Duration(f.connector.Timeout),
		UserAgent: cmp.Or(f.connector.UserAgent, ews.DefaultUserAgent(f.version)),
	}
	limit := freebusy.NewLimit(&freebusy.Gather{Source: asRequester{client}}, freebusy.LimitOptions{Concurrency: f.connector.MaxConcurrency})
	e := endpoint{limit, freebusy.AtMost{
		Detail: f.detail(),
		Source: &freebusy.Pieces{Source: limit, Longest: f.longest(), TooLong: f.tooLong(u)},
	}, client}
	f.endpoints[u] = e
	return e
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

// token is what a request to that URL would carry.
func (f *forest) token(ctx context.Context, to string) (oauth.Token, error) {
	u, err := url.Parse(to)
	if err != nil {
		return oauth.Token{}, err
	}
	return f.authorized.Token(ctx, u)
}
