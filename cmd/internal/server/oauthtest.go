package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/oauthtest"
	"availproxy/discovery"
	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// OAuthTest is what a test of tokens is to try, as the parameters of
// Test-OAuthConnectivity say it.
type OAuthTest struct {
	Service   oauthtest.Service
	TargetURI string // "" is where the connector asks; Generic needs one
	Mailbox   string // SMTP address, which the token is for and which is asked about
	AppOnly   bool   // the token is for the application alone
	Verbose   bool
	Connector string // "" is the one of the domain of Mailbox, or the only one
}

// ErrOAuthTest is in an error about how a test was asked for.
var ErrOAuthTest = errors.New("there is no such test")

// oauthTrial is one test under way.
type oauthTrial struct {
	OAuthTest
	forest *forest
	story  *oauthtest.Story
	asking bool // the service itself, and not yet the way to it
}

// TestOAuth sends one request with a fresh token, as the connector would, and tells
// how it went. The error is about what was asked for; ask only inside of While. It
// may block until ctx ends.
func (s *Server) TestOAuth(ctx context.Context, asked OAuthTest) (oauthtest.Result, error) {
	w := s.current.Load()
	f, err := w.tested(asked)
	if err != nil {
		return oauthtest.Result{}, fmt.Errorf("%w: %w", ErrOAuthTest, err)
	}
	t := &oauthTrial{OAuthTest: asked, story: &oauthtest.Story{Verbose: asked.Verbose}}
	as := config.ActAs(asked.Mailbox)
	if asked.AppOnly {
		as = config.ActAsApplication
	}
	if t.forest, err = f.acting(w.config, as, t.story); err != nil {
		return oauthtest.Result{}, err
	}
	t.story.Begin(s.started, time.Now(), freebusy.RequestID(ctx))
	t.story.Tell("connector", "connector '%s', auth server '%s', the connector itself acts as '%s'",
		f.connector.Name, f.connector.AuthServer, masked(string(f.connector.ActAs)))
	return t.run(ctx)
}

// masked is what act_as says, of an address only the domain.
func masked(actAs string) string {
	if _, domain, found := strings.Cut(actAs, "@"); found {
		return "***@" + domain
	}
	return actAs
}

// tested is the forest that a test is about.
func (w *wiring) tested(asked OAuthTest) (*forest, error) {
	name := asked.Connector
	if name == "" {
		name, _ = w.directory.ConnectorFor(freebusy.SMTP(asked.Mailbox))
	}
	if name == "" && len(w.forests) == 1 {
		name = slices.Collect(maps.Keys(w.forests))[0]
	}
	f, ok := w.forests[name]
	switch {
	case !ok:
		return nil, fmt.Errorf("no enabled connector is for that domain, want one of %q", slices.Sorted(maps.Keys(w.forests)))
	case !f.connector.AsksEWS():
		return nil, fmt.Errorf("the connector %s asks Graph alone, which this test does not know; see `availproxy check`", name)
	case asked.Service == oauthtest.Generic && asked.TargetURI == "":
		return nil, errors.New("the service Generic needs a target URI")
	}
	return f, nil
}

// acting is f with everything of its own that depends on for whom it asks, and
// with somebody who tells of each request.
func (f *forest) acting(c *config.Config, as config.ActAs, story *oauthtest.Story) (*forest, error) {
	other := &forest{
		connector: f.connector, discover: f.discover, server: f.server, self: f.self, version: f.version, log: f.log, wire: f.wire,
		endpoints: map[string]endpoint{},
	}
	other.connector.ActAs = as
	hosts, err := f.discover.Hosts()
	if err != nil {
		return nil, err
	}
	base, err := outbound(c, f.connector.TrustedRoots, f.connector.AllowedNetworks.Prefixes(), f.wire)
	if err != nil {
		return nil, err
	}
	other.authorized = other.authorizer(c, as, story.Witness(base), hosts)
	other.http = client(other.authorized)
	other.discover.HTTP = other.http
	return other, nil
}

func (t *oauthTrial) run(ctx context.Context) (oauthtest.Result, error) {
	var failure *freebusy.Error
	var err error
	switch t.Service {
	case oauthtest.AutoD:
		_, failure, err = t.discovered(ctx, t.TargetURI)
	case oauthtest.Generic:
		failure, err = t.generic(ctx)
	default:
		failure, err = t.ews(ctx)
	}
	if err != nil {
		return oauthtest.Result{}, fmt.Errorf("%w: %w", ErrOAuthTest, err)
	}
	return oauthtest.NewResult(t.Service, t.story, t.judge(failure)), nil
}

// judge ends the story. That there is no mailbox, or none that may be seen, is said
// by somebody who has taken the token: it counts as success, as the documentation
// of the cmdlet wants it (configure-oauth-authentication-between-exchange-and-
// exchange-online-organizations-exchange-2013-help).
func (t *oauthTrial) judge(failure *freebusy.Error) *freebusy.Error {
	if failure == nil {
		t.story.End("OK", "")
		return nil
	}
	if t.asking && t.story.Accepted() && aboutTheMailbox(failure) || strings.Contains(failure.Text, noMailbox) {
		t.story.Tell("verdict", "the token was accepted; what is said of the mailbox can be ignored here")
		t.story.End("OK", failure.Text)
		return nil
	}
	exception := failure.Text
	if failure.Err != nil {
		exception += "\n" + failure.Err.Error()
	}
	t.story.End(string(failure.Code), exception)
	return failure
}

// noMailbox is what EWS says of an address to act for that has no mailbox.
const noMailbox = "The SMTP address has no mailbox associated with it"

func aboutTheMailbox(failure *freebusy.Error) bool {
	return slices.Contains([]freebusy.Code{freebusy.ErrorMailRecipientNotFound, freebusy.ErrorNonExistentMailbox, freebusy.ErrorNoFreeBusyAccess}, failure.Code) ||
		failure.Cause() == "discovery.no-url"
}

// ews asks EWS about the mailbox.
func (t *oauthTrial) ews(ctx context.Context) (*freebusy.Error, error) {
	route := freebusy.Route{Endpoint: cmp.Or(t.TargetURI, string(t.forest.connector.TargetSharingEPR)), Address: t.Mailbox}
	if route.Endpoint == "" {
		found, failure, err := t.discovered(ctx, "")
		if failure != nil || err != nil {
			return failure, err
		}
		route = found
	}
	t.asking = true
	today := time.Now().UTC().Truncate(24 * time.Hour)
	answers, err := t.forest.ewsClient(route.Endpoint).Availability(ctx, freebusy.Query{
		Mailboxes: []freebusy.Mailbox{freebusy.SMTP(route.Address)},
		Window:    freebusy.Window{Start: today, End: today.Add(24 * time.Hour)},
		Detail:    freebusy.FreeBusy, Interval: 30 * time.Minute,
	})
	if err != nil {
		return freebusy.AsError(err), nil
	}
	return answers[0].Err, nil
}

// discovered asks autodiscover for the way to the mailbox. The error is about the
// endpoint that it was to ask.
func (t *oauthTrial) discovered(ctx context.Context, endpoint string) (freebusy.Route, *freebusy.Error, error) {
	c := t.forest.discover
	c.TargetSharingEpr, c.DiscoveryEndpoint = "", cmp.Or(endpoint, c.DiscoveryEndpoint)
	if _, domain, found := strings.Cut(t.Mailbox, "@"); found {
		c.TargetAddressDomains = []string{domain}
	}
	directory, err := discovery.New([]discovery.Connector{c}, discovery.Options{Version: t.forest.version, Log: t.forest.log})
	if err != nil {
		return freebusy.Route{}, nil, err
	}
	t.asking = t.Service == oauthtest.AutoD
	_, route := directory.Explain(ctx, freebusy.SMTP(t.Mailbox))
	return route, route.Err, nil
}

// generic asks any URL of the connector's hosts for whatever it gives.
func (t *oauthTrial) generic(ctx context.Context) (*freebusy.Error, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.TargetURI, nil)
	if err != nil {
		return nil, err
	}
	response, err := t.forest.http.Do(request)
	if err != nil && t.story.Open() {
		t.story.Tell("verdict", "the host gives this to anybody, and asks for no token")
		return nil, nil
	}
	if err != nil {
		return upstream.Unreachable(err), nil
	}
	defer upstream.HangUp(response.Body)
	if response.StatusCode >= http.StatusMultipleChoices {
		return upstream.StatusFailure("EWS", response), nil
	}
	return nil, nil
}
