package server_test

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"availproxy/integration/forest"
	"availproxy/integration/forest/s2s"
)

// scene is a proxy in front of two forests, with what somebody who may has
// learnt from it already.
type scene struct {
	*running
	t                 *testing.T
	fabrikam, wingtip *forest.Forest
	password          string // of the stranger, who may ask in general
}

// asking is one question, by default that of the Exchange server of the
// configuration for all about alice.
type asking struct {
	by         string // "stranger", "nobody", or the server
	requester  string // whom the server names
	mailbox    string
	view       string
	generation forest.Generation
	days       int
}

// nothing is what an asker learns who gets an error, whichever.
const nothing = "nothing"

// learns is what the asker gets to know of r.
func (a asking) learns(t *testing.T, r *running, stranger string) string {
	t.Helper()
	c := r.caller(t)
	c.Generation = a.generation
	switch a.by {
	case "stranger":
		c.User, c.Password = "stranger", forest.Secret(stranger)
	case "nobody":
		c.User = ""
	}
	if a.requester != "" {
		c.SecurityContext = &forest.SecurityContext{UserSID: "S-1-5-21-1-2-3-1104", PrimarySMTPAddress: a.requester}
	}
	q := r.question(cmp.Or(a.mailbox, "alice@fabrikam.example"))
	q.View = a.view
	if a.days > 0 {
		q.To = q.From.AddDate(0, 0, a.days)
	}
	reply, err := c.Ask(t.Context(), q)
	if err != nil {
		return nothing
	}
	m := reply.Mailboxes[0]
	if m.Code != "NoError" {
		return nothing
	}
	return fmt.Sprintf("%s %s %+v %+v", m.View, m.Merged, m.Entries, m.Hours)
}

func (s *scene) asks(a asking) string { return a.learns(s.t, s.running, s.password) }

// becomes reloads the configuration.
func (s *scene) becomes(edits ...edit) { s.reload(s.t, edits...) }

// refuses has fabrikam refuse a mailbox from now on.
func (s *scene) refuses(code string) {
	s.fabrikam.EWS.Faults.Set(forest.Faults{Mailbox: map[string]forest.MailboxFault{"alice@fabrikam.example": {Code: code}}})
}

func (s *scene) fails(status int) { s.fabrikam.EWS.Faults.Set(forest.Faults{Status: status}) }

// redirects has autodiscover of fabrikam send alice to a mailbox of wingtip.
func (s *scene) redirects() {
	f := s.fabrikam
	f.Autodiscover.Change(func() {
		f.Autodiscover.Behaviours = map[string]s2s.Behaviour{
			"alice@fabrikam.example": {Code: "RedirectAddress", RedirectTarget: "hiro@wingtip.example"},
		}
	})
}

// of changes the connector of one forest in the configuration.
func of(t *testing.T, domain, old, new string) edit {
	return func(text string) string {
		t.Helper()
		before, after, found := strings.Cut(text, "  - name: "+domain+"\n")
		if !found || !strings.Contains(after, old) {
			t.Fatalf("connector %s has no %q in\n%s", domain, old, text)
		}
		return before + "  - name: " + domain + "\n" + strings.Replace(after, old, new, 1)
	}
}

const (
	neverFresh = "cache: {fresh: 0s, stale: 15m, negative: 0s, not_found: 0s}"
	li, wei    = "li.na@contoso.example", "wang.wei@contoso.example"
)

// TestNobodyLearnsFromTheCacheWhatADirectQuestionWouldNotTell has somebody ask who
// may, changes what there is to be changed, and has somebody else ask for what is
// held. A second proxy that has never been asked anything says what a direct
// question tells.
func TestNobodyLearnsFromTheCacheWhatADirectQuestionWouldNotTell(t *testing.T) {
	const (
		details   = "access_level: LimitedDetails\n    application_sees_details: accepted"
		oursAlone = "cloud: none\n    clients: [\"basic:ex2010\"]"
	)
	conf := func(old, new string) func(*testing.T) edit {
		return func(t *testing.T) edit { return of(t, fabrikam, old, new) }
	}
	on := func(domain, old, new string) func(*testing.T) edit {
		return func(t *testing.T) edit { return of(t, domain, old, new) }
	}
	text := func(old, new string) func(*testing.T) edit {
		return func(t *testing.T) edit { return replace(t, old, new) }
	}
	keys := func(text string) func(*testing.T) edit { return func(*testing.T) edit { return with(text) } }
	asRequester := conf("cloud: none", "cloud: none\n    act_as: requester")
	type edits []func(*testing.T) edit
	all := func(t *testing.T, list edits) []edit {
		var of []edit
		for _, make := range list {
			of = append(of, make(t))
		}
		return of
	}
	tests := map[string]struct {
		config   edits
		redirect bool
		first    asking
		refuse   string // by fabrikam, from then on
		reload   edits
		restart  edits // in place of a reload, with a snapshot
		then     func(*scene)
		second   asking
		gets     bool // whether a direct question tells the second one anything
	}{
		// Who asks.
		"a client that the connector is not for":          {config: edits{conf("cloud: none", oursAlone)}, second: asking{by: "stranger"}},
		"a client that the connector is not for any more": {first: asking{by: "stranger"}, reload: edits{conf("cloud: none", oursAlone)}, second: asking{by: "stranger"}},
		"a client that may not ask any more":              {first: asking{by: "stranger"}, reload: edits{text(`"basic:stranger"`, `"basic:other"`)}, second: asking{by: "stranger"}},
		"a client that the connector is for":              {config: edits{conf("cloud: none", "cloud: none\n    clients: [\"basic:ex2010\", \"basic:stranger\"]")}, second: asking{by: "stranger"}, gets: true},
		"somebody from an anonymous network":              {config: edits{conf("cloud: none", oursAlone)}, reload: edits{text("clients:\n", "clients:\n  anonymous_networks: [127.0.0.0/8]\n")}, second: asking{by: "nobody"}},
		"a network that is not let in any more":           {reload: edits{text("clients:\n", "clients:\n  networks: [192.0.2.0/24]\n")}},
		"the same, over another spelling of the address":  {config: edits{conf("cloud: none", oursAlone)}, second: asking{by: "stranger", mailbox: "ALICE@Fabrikam.EXAMPLE"}},

		// For whom.
		"another requester, whom the forest refuses":     {config: edits{asRequester}, first: asking{requester: li}, refuse: "ErrorNoFreeBusyAccess", second: asking{requester: wei}},
		"no requester, where there must be one":          {config: edits{asRequester}, first: asking{requester: li}},
		"a requester of another organisation":            {config: edits{asRequester}, first: asking{requester: li}, second: asking{requester: "li.na@fabrikam.example"}},
		"a requester whose domain is not ours any more":  {config: edits{asRequester}, first: asking{requester: li}, reload: edits{text("accepted_domains: [contoso.example]", "accepted_domains: [tailspin.example]")}, second: asking{requester: li}},
		"a client that may not name requesters":          {config: edits{asRequester}, first: asking{requester: li}, second: asking{by: "stranger", requester: li}},
		"a client that may not name requesters any more": {config: edits{asRequester}, first: asking{requester: li}, reload: edits{text(`token_serialization: ["basic:ex2010"]`, `token_serialization: ["basic:other"]`)}, second: asking{requester: li}},
		"an anonymous one who names a requester":         {config: edits{asRequester}, first: asking{requester: li}, reload: edits{text("clients:\n", "clients:\n  anonymous_networks: [127.0.0.0/8]\n")}, second: asking{by: "nobody", requester: li}},
		"a requester, after the application has asked":   {refuse: "ErrorNoFreeBusyAccess", reload: edits{asRequester}, second: asking{requester: wei}},
		"the application, after a requester has asked":   {config: edits{asRequester}, first: asking{requester: li}, refuse: "ErrorNoFreeBusyAccess", reload: edits{conf("act_as: requester", "act_as: application")}},
		"a mailbox, after another has asked":             {config: edits{conf("cloud: none", "cloud: none\n    act_as: a@contoso.example")}, refuse: "ErrorNoFreeBusyAccess", reload: edits{conf("act_as: a@", "act_as: b@")}},
		"the requester who has asked before":             {config: edits{asRequester}, first: asking{requester: li}, second: asking{requester: "Li.Na@Contoso.EXAMPLE"}, gets: true},

		// How much.
		"details, after the level was lowered":  {reload: edits{conf(details, "access_level: AvailabilityOnly")}, gets: true},
		"times, after the level was taken away": {reload: edits{conf(details, "access_level: None")}},
		"details, after the level was raised and lowered": {config: edits{conf(details, "access_level: AvailabilityOnly")}, reload: edits{conf("access_level: AvailabilityOnly", details)}, then: func(s *scene) {
			s.asks(asking{})
			s.becomes(of(s.t, fabrikam, details, "access_level: AvailabilityOnly"))
		}, gets: true},
		"details, with a view of less":                         {second: asking{view: "FreeBusyMerged"}, gets: true},
		"times, with a view of digits":                         {second: asking{view: "MergedOnly"}, gets: true},
		"words that an old server does not know":               {first: asking{generation: forest.ExchangeOnline}, second: asking{generation: forest.Exchange2007}, gets: true},
		"details of what is private":                           {first: asking{view: "FreeBusy"}, second: asking{view: "Detailed", days: 7}, gets: true},
		"more hours than were known, while the forest is down": {then: func(s *scene) { s.fails(http.StatusServiceUnavailable) }, second: asking{days: 40}},

		// Where it is.
		"a connector that is disabled":                           {reload: edits{conf("cloud: none", "cloud: none\n    enabled: false")}},
		"a domain that belongs to nobody":                        {reload: edits{conf("target_address_domains: [fabrikam.example]", "target_address_domains: [adatum.example]")}},
		"a domain that belongs to another connector":             {reload: edits{conf("target_address_domains: [fabrikam.example]", "target_address_domains: [adatum.example]"), on(wingtip, "target_address_domains: [wingtip.example]", "target_address_domains: [wingtip.example, fabrikam.example]")}},
		"a legacy address that is spelled like the SMTP address": {second: asking{mailbox: "EX:alice@fabrikam.example"}},
		"a redirection to where nothing is passed on":            {redirect: true, config: edits{on(wingtip, details, "access_level: None")}, second: asking{}},
		"a redirection to where less is passed on":               {redirect: true, config: edits{on(wingtip, details, "access_level: AvailabilityOnly")}, gets: true},
		"a redirection to where less is passed on by now":        {redirect: true, reload: edits{on(wingtip, details, "access_level: AvailabilityOnly")}, gets: true},
		"a redirection to a connector for others":                {redirect: true, config: edits{on(wingtip, "cloud: none", oursAlone)}, second: asking{by: "stranger"}},
		"a redirection to where a requester is wanted":           {redirect: true, config: edits{on(wingtip, "cloud: none", "cloud: none\n    act_as: requester")}, first: asking{requester: li}, second: asking{}},
		"a redirection to a connector that is disabled":          {redirect: true, reload: edits{on(wingtip, "cloud: none", "cloud: none\n    enabled: false")}},

		"what the old home knew of who has moved to one that is down": {
			config: edits{keys(neverFresh)}, refuse: "ErrorMailRecipientNotFound",
			then: func(s *scene) {
				s.redirects()
				s.wingtip.EWS.Faults.Set(forest.Faults{Status: http.StatusServiceUnavailable})
			},
		},

		// When it is.
		"what is refused by now":                       {config: edits{keys(neverFresh)}, refuse: "ErrorNoFreeBusyAccess"},
		"who is gone by now":                           {config: edits{keys(neverFresh)}, refuse: "ErrorMailRecipientNotFound"},
		"what was refused before the forest went down": {config: edits{keys(neverFresh)}, refuse: "ErrorNoFreeBusyAccess", then: func(s *scene) { s.asks(asking{}); s.fails(http.StatusServiceUnavailable) }},
		"what was shut out before the forest went down": {config: edits{keys(neverFresh)}, then: func(s *scene) {
			s.fails(http.StatusForbidden)
			s.asks(asking{})
			s.fails(http.StatusServiceUnavailable)
		}},
		"what was refused for digits before the forest went down": {config: edits{keys(neverFresh)}, refuse: "ErrorNoFreeBusyAccess", then: func(s *scene) { s.asks(asking{view: "MergedOnly", days: 1}); s.fails(http.StatusServiceUnavailable) }},
		"what was purged before it was refused":                   {refuse: "ErrorNoFreeBusyAccess", then: func(s *scene) { s.get(s.t, http.MethodPost, s.admin+"/-/purge?mailbox=alice@fabrikam.example", nil) }},

		// What the process before has left.
		"details that were saved under a higher level": {restart: edits{conf(details, "access_level: AvailabilityOnly")}, gets: true},
		"times that were saved for the application":    {refuse: "ErrorNoFreeBusyAccess", restart: edits{asRequester}, second: asking{requester: wei}},
		"what was saved for another requester":         {config: edits{asRequester}, first: asking{requester: li}, refuse: "ErrorNoFreeBusyAccess", restart: edits{}, second: asking{requester: wei}},
		"what was refused before it was saved":         {config: edits{text("fresh: 10m", "fresh: 0s, negative: 0s")}, refuse: "ErrorNoFreeBusyAccess", then: func(s *scene) { s.asks(asking{}); s.fails(http.StatusServiceUnavailable) }, restart: edits{}},
	}
	forests := [2]*forest.Forest{newForest(t, forest.Options{})}
	neighbour := forest.Options{SharesACSWith: forests[0]}
	neighbour.Seed, neighbour.Domain = 2, wingtip
	forests[1] = newForest(t, neighbour)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, forests, tt.restart != nil, all(t, tt.config)...)
			if tt.redirect {
				s.redirects()
			}
			if known := s.asks(tt.first); known == nothing && !tt.redirect {
				t.Fatal("not even who may ask learns anything")
			}
			if tt.refuse != "" {
				s.refuses(tt.refuse)
			}
			if len(tt.reload) > 0 {
				s.becomes(all(t, tt.reload)...)
			}
			if tt.then != nil {
				tt.then(s)
			}
			if tt.restart != nil {
				s.restart(t, func() { s.configure(t, all(t, tt.restart)...) })
			}
			direct := tt.second.learns(t, s.another(), s.password)
			if (direct != nothing) != tt.gets {
				t.Errorf("a direct question tells %s", direct)
			}
			for range 2 { // the second time from what the first one may have left
				if got := s.asks(tt.second); got != direct {
					t.Errorf("the cache tells\n%s\na direct question\n%s", got, direct)
				}
			}
		})
	}
}

// newScene starts a proxy that a stranger may ask as well. What a test does to
// the forests ends with it.
func newScene(t *testing.T, forests [2]*forest.Forest, saved bool, edits ...edit) *scene {
	t.Helper()
	t.Cleanup(func() {
		for _, f := range forests {
			f.EWS.Faults.Clear()
			f.Autodiscover.Change(func() { f.Autodiscover.Behaviours = nil })
		}
	})
	s := &scene{running: prepareKept(t, forests[:]), t: t, fabrikam: forests[0], wingtip: forests[1]}
	_, s.password = s.stranger(t)
	s.configure(t, replace(t, `allow: ["basic:ex2010"]`, `allow: ["basic:ex2010", "basic:stranger"]`))
	if saved {
		s.configure(t, with(kept))
	}
	s.configure(t, edits...)
	s.start(t, s.options())
	return s
}

// another is a proxy with the same configuration that knows nothing yet.
func (s *scene) another() *running {
	s.t.Helper()
	r := prepareKept(s.t, []*forest.Forest{s.fabrikam, s.wingtip})
	for _, file := range []string{"config.yaml", "users.htpasswd"} {
		data, err := os.ReadFile(s.beside(file))
		if err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(r.beside(file), data, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	r.start(s.t, r.options())
	return r
}

// TestNoFlightOrBatchIsSharedBetweenRequesters has two requesters ask at the same
// moment: for the same mailbox, and for two of one forest.
func TestNoFlightOrBatchIsSharedBetweenRequesters(t *testing.T) {
	f := newForest(t, forest.Options{})
	for name, other := range map[string]string{"the same mailbox": "alice@fabrikam.example", "two mailboxes": "bob@fabrikam.example"} {
		t.Run(name, func(t *testing.T) {
			r := run(t, f, replace(t, "cloud: none", "cloud: none\n    act_as: requester"))
			asking{requester: "somebody@contoso.example", mailbox: "chen@fabrikam.example"}.learns(t, r, "") // finds the way
			f.EWS.Journal.Clear()
			f.EWS.Faults.Set(forest.Faults{Delay: 200 * time.Millisecond}) // for them to meet
			defer f.EWS.Faults.Clear()
			var askers sync.WaitGroup
			for requester, mailbox := range map[string]string{li: "alice@fabrikam.example", wei: other} {
				askers.Go(func() {
					if got := (asking{requester: requester, mailbox: mailbox}).learns(t, r, ""); got == nothing {
						t.Errorf("%s learns nothing", requester)
					}
				})
			}
			askers.Wait()
			var got []string
			for _, request := range f.EWS.Journal.Requests() {
				if request.Status == http.StatusOK {
					got = append(got, request.OnBehalfOf+" "+strings.Join(request.Mailboxes, " "))
				}
			}
			slices.Sort(got)
			if want := []string{li + " alice@fabrikam.example", wei + " " + other}; !slices.Equal(got, want) {
				t.Errorf("the forest was asked\n%q\nwant\n%q", got, want)
			}
		})
	}
}
