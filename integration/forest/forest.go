package forest

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"availproxy/integration/forest/s2s"
)

// Options say what a Forest is. The zero value is fabrikam.example with a dozen
// mailboxes around this week and a token service of its own.
type Options struct {
	Calendars                // what Seeded makes, unless Truth is set; Domain is that of the forest
	Seed          int64      //
	Truth         *Truth     // calendars that were made before
	Generation    Generation // how EWS answers; default ExchangeOnline
	Organization  *Organization
	ACSHost       string  // name of its token service, default accounts.accesscontrol.example
	EntraHost     string  // name of its Entra, default login.microsoftonline.example
	SharesACSWith *Forest // has no ACS and no Entra of its own but that one's, which must be closed later; lends its Organization too
	Listen        string  // address of EWS, default 127.0.0.1:0; the other services take free ports beside it
	MostTLS       uint16  // the newest version that EWS and autodiscover speak, such as [tls.VersionTLS11]; 0 is the newest there is
}

// Forest is one simulated organization with its services, each on a TLS
// listener of its own. It speaks HTTP/1.1 only, as IIS does for these paths.
type Forest struct {
	Truth        *Truth
	EWS          *EWS
	Autodiscover *s2s.Autodiscover
	Graph        *Graph
	ACS          *s2s.ACS   // the shared one with SharesACSWith
	Entra        *s2s.Entra // likewise
	Organization *Organization

	options   Options
	authority *authority
	services  []*service
	working   sync.RWMutex   // held for reading by each handler at work
	closed    bool           // guarded by working
	serving   sync.WaitGroup // goroutines that accept
}

// service is one host name with its listener.
type service struct {
	host, listen string
	handler      http.Handler
	ahead        func() time.Duration // how far its clock is wrong; nil: not at all
	mostTLS      uint16
	server       *http.Server
	address      string // once it listens
}

// New makes a forest with new keys and certificates, which serves nothing yet.
func New(o Options) (*Forest, error) {
	if o.Truth != nil {
		o.Domain = cmp.Or(o.Truth.Domain, o.Domain)
	}
	o.Domain = cmp.Or(o.Domain, "fabrikam.example")
	o.Generation = cmp.Or(o.Generation, ExchangeOnline)
	o.ACSHost = cmp.Or(o.ACSHost, "accounts.accesscontrol.example")
	o.EntraHost = cmp.Or(o.EntraHost, "login.microsoftonline.example")
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:0")
	if lender := o.SharesACSWith; lender != nil && lender.options.SharesACSWith != nil {
		o.SharesACSWith = lender.options.SharesACSWith
	}
	f := &Forest{options: o, Truth: o.Truth}
	if f.Truth == nil {
		f.Truth = Seeded(o.Seed, o.Calendars)
	}
	var err error
	if f.authority, err = newAuthority("Forest " + o.Domain); err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	if err := f.makeTokenServices(); err != nil {
		return nil, err
	}
	f.makeExchange()
	f.makeGraph()
	return f, nil
}

// makeTokenServices registers the organization and this forest's services with
// ACS and Entra. The two sign with the same key.
func (f *Forest) makeTokenServices() (err error) {
	if lender := f.options.SharesACSWith; lender != nil {
		f.borrow(lender)
		return nil
	}
	if f.Organization = f.options.Organization; f.Organization == nil {
		if f.Organization, err = NewOrganization(""); err != nil {
			return err
		}
	}
	signing, err := s2s.NewKeyPair(f.options.ACSHost, time.Now().Add(-time.Hour))
	if err != nil {
		return fmt.Errorf("forest: %w", err)
	}
	f.ACS = &s2s.ACS{
		Host: f.options.ACSHost, Signing: []s2s.KeyPair{signing},
		Tenants: []s2s.Tenant{f.Organization.tenant(f.hosts()...)},
	}
	f.Entra = &s2s.Entra{
		Host: f.options.EntraHost, Signing: []s2s.KeyPair{signing},
		Directories: []s2s.Directory{f.Organization.directory(f.resources()...)},
	}
	f.services = append(f.services,
		&service{host: f.options.ACSHost, handler: f.ACS, ahead: func() (d time.Duration) { f.ACS.Change(func() { d = f.ACS.Ahead }); return d }},
		&service{host: f.options.EntraHost, handler: f.Entra, ahead: func() (d time.Duration) { f.Entra.Change(func() { d = f.Entra.Ahead }); return d }})
	return nil
}

func (f *Forest) borrow(lender *Forest) {
	f.Organization, f.ACS, f.Entra = lender.Organization, lender.ACS, lender.Entra
	f.options.ACSHost, f.options.EntraHost = lender.options.ACSHost, lender.options.EntraHost
	f.ACS.Change(func() {
		f.ACS.Tenants[0].Resources = append(f.ACS.Tenants[0].Resources, f.Organization.tenant(f.hosts()...).Resources...)
	})
	f.Entra.Change(func() {
		f.Entra.Directories[0].Add(f.resources()...)
	})
}

// resources are the APIs of the forest that Entra gives tokens for.
func (f *Forest) resources() []s2s.Resource {
	return []s2s.Resource{
		{ID: s2s.GraphResource, URIs: []string{"https://" + f.graphHost()}},
		{ID: s2s.EWSResource, URIs: []string{"https://" + f.Host(), "https://" + f.discoverHost()}},
	}
}

// Host is the name that EWS answers under.
func (f *Forest) Host() string { return "mail." + f.options.Domain }

func (f *Forest) discoverHost() string { return "autodiscover." + f.options.Domain }
func (f *Forest) hosts() []string      { return []string{f.Host(), f.discoverHost()} }
func (f *Forest) graphHost() string    { return "graph." + f.options.Domain }

func (f *Forest) makeExchange() {
	verifier := &s2s.Verifier{
		Hosts:   f.hosts(),
		Issuers: []s2s.Issuer{f.ACS.Issuer(f.Organization.Tenant)},
		Users:   f.users,
	}
	challenge := s2s.WorldwideChallenge()
	if f.options.Generation < ExchangeOnline {
		challenge = s2s.OnPremisesChallenge(f.Host(), s2s.ACSPrincipal+"@"+f.Organization.Tenant)
	}
	f.EWS = &EWS{
		Truth: f.Truth, Generation: f.options.Generation, Server: "MAIL01", URL: f.EWSURL(),
		Verifier: verifier, Challenge: challenge,
		AppVerifier: f.appVerifier("https://"+f.Host(), s2s.EWSResource, s2s.RoleFullAccessAsApp),
	}
	f.Autodiscover = &s2s.Autodiscover{
		Verifier: verifier, Challenge: challenge,
		AppVerifier: f.appVerifier("https://"+f.discoverHost(), s2s.EWSResource, s2s.RoleFullAccessAsApp),
		Known:       func(address string) bool { _, known := f.Truth.Mailbox(address); return known },
		Settings: map[string]string{
			"ExternalEwsUrl":      f.EWSURL(),
			"ExternalEwsVersion":  builds[f.options.Generation].String(),
			"EwsSupportedSchemas": builds[f.options.Generation].schemas,
		},
	}
	f.services = append(f.services,
		&service{host: f.Host(), listen: f.options.Listen, handler: f.EWS, ahead: verifier.Clock, mostTLS: f.options.MostTLS},
		&service{host: f.discoverHost(), handler: f.Autodiscover, ahead: verifier.Clock, mostTLS: f.options.MostTLS})
}

func (f *Forest) makeGraph() {
	f.Graph = &Graph{
		Truth: f.Truth, Login: f.LoginURL(),
		Verifier: f.appVerifier("https://"+f.graphHost(), s2s.GraphResource, s2s.RoleCalendarsReadBasic, s2s.RoleCalendarsRead, s2s.RoleCalendarsReadWrite),
	}
	f.services = append(f.services, &service{host: f.graphHost(), handler: f.Graph, ahead: func() time.Duration { return f.Graph.Ahead }})
}

// appVerifier takes Entra's tokens for one API of this forest.
func (f *Forest) appVerifier(uri, resource string, roles ...string) *s2s.AppVerifier {
	return &s2s.AppVerifier{Audiences: []string{uri, resource}, Tenant: f.Organization.Tenant, Keys: f.Entra.Certificates, Roles: roles}
}

// users finds who a token speaks for: people of the forest, and everybody of
// the organization that asks, as directory synchronization would have it.
func (f *Forest) users(claim string) []string {
	if m, known := f.Truth.Mailbox(claim); known {
		return []string{m.Address}
	}
	if strings.HasSuffix(strings.ToLower(claim), "@"+f.Organization.Domain) {
		return []string{claim}
	}
	return nil
}

// Start listens and serves until Close; ctx bounds the listening alone. It must
// be called once.
func (f *Forest) Start(ctx context.Context) error {
	beside, _, err := net.SplitHostPort(f.options.Listen)
	if err != nil {
		return fmt.Errorf("forest: %w", err)
	}
	for _, s := range f.services {
		if err := f.start(ctx, s, cmp.Or(s.listen, net.JoinHostPort(beside, "0"))); err != nil {
			f.Close()
			return fmt.Errorf("forest: %s: %w", s.host, err)
		}
	}
	return nil
}

func (f *Forest) start(ctx context.Context, s *service, address string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	certificate, err := f.authority.server(key, s.host)
	if err != nil {
		return err
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	s.address = listener.Addr().String()
	s.server = &http.Server{
		Handler:           f.counted(s.dated()),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}, MinVersion: s.leastTLS(), MaxVersion: s.mostTLS},
		TLSNextProto:      map[string]func(*http.Server, *tls.Conn, http.Handler){}, // no HTTP/2
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0), // handshakes that tests make fail
	}
	f.serving.Go(func() { s.server.ServeTLS(listener, "", "") }) // ends with Close
	return nil
}

// leastTLS lets a service that is old speak at all.
func (s *service) leastTLS() uint16 {
	if s.mostTLS != 0 {
		return tls.VersionTLS10
	}
	return 0 // as crypto/tls has it
}

// dated gives answers the Date of the service's own clock.
func (s *service) dated() http.Handler {
	if s.ahead == nil {
		return s.handler
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ahead := s.ahead(); ahead != 0 {
			w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		}
		s.handler.ServeHTTP(w, r)
	})
}

func (f *Forest) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.working.RLock()
		defer f.working.RUnlock()
		if !f.closed {
			h.ServeHTTP(w, r)
		}
	})
}

// Close ends all connections at once and waits until nothing runs any more. It
// may be called again.
func (f *Forest) Close() error {
	var all []error
	for _, s := range f.services {
		if s.server != nil {
			all = append(all, s.server.Close())
		}
	}
	f.serving.Wait()
	f.working.Lock()
	defer f.working.Unlock()
	f.closed = true
	return errors.Join(all...)
}

// EWSURL is the URL of EWS under the forest's own name, which resolves nowhere:
// see ConnectTo.
func (f *Forest) EWSURL() string { return "https://" + f.Host() + Path }

// ConnectTo says where the forest's names are really served, once it has been
// started: "mail.fabrikam.example:443" to "127.0.0.1:40123", as in curl.
func (f *Forest) ConnectTo() map[string]string {
	to := map[string]string{}
	if f.options.SharesACSWith != nil {
		to = f.options.SharesACSWith.ConnectTo()
	}
	for _, s := range f.services {
		to[s.host+":443"] = s.address
	}
	return to
}

// RootCAs trusts the forest's certificates, and those of the token service it
// shares.
func (f *Forest) RootCAs() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(f.authority.certificate)
	if lender := f.options.SharesACSWith; lender != nil {
		pool.AddCert(lender.authority.certificate)
	}
	return pool
}

// Root is the certificate of RootCAs alone that signs for this forest, in PEM.
func (f *Forest) Root() []byte { return f.authority.pem() }

// GraphURL is the URL of Graph under the forest's own name, with its version.
func (f *Forest) GraphURL() string { return "https://" + f.graphHost() + "/v1.0" }

// LoginURL is the URL of Entra, without the tenant.
func (f *Forest) LoginURL() string { return "https://" + f.LoginHost() }

// LoginHost is the host of LoginURL.
func (f *Forest) LoginHost() string { return f.options.EntraHost }

// AppToken is the access token with which the organization's application may ask
// Graph, or EWS, until then, as Entra would have given it.
func (f *Forest) AppToken(resource string, until time.Time) Secret {
	var token string
	f.Entra.Change(func() {
		d := f.Entra.Directories[0]
		for _, r := range f.resources() {
			if r.ID == resource {
				token = s2s.AccessToken(d.ID, d.Applications[0], r, r.URIs[0], s2s.Lives{From: until.Add(-time.Hour), Until: until}).Sign(f.Entra.Signing[0])
			}
		}
	})
	return Secret(token)
}

// Token is a bearer token with which the organization may ask EWS and
// autodiscover at host until then, as its ACS would have given it.
func (f *Forest) Token(host string, until time.Time) Secret {
	tenant := f.Organization.Tenant
	var signing s2s.KeyPair
	f.ACS.Change(func() { signing = f.ACS.Signing[0] })
	return Secret(s2s.Actor(
		s2s.Principal{ID: s2s.ACSPrincipal, Realm: tenant},
		s2s.Principal{ID: s2s.ExchangePrincipal, Realm: tenant},
		s2s.Principal{ID: s2s.ExchangePrincipal, Host: host, Realm: tenant},
		s2s.Lives{From: time.Now().Add(-5 * time.Minute), Until: until},
	).Sign(signing))
}
