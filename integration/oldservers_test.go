package integration

import (
	"slices"
	"strings"
	"testing"

	"availproxy/integration/forest"
)

// everybody are all mailboxes of a forest, those that say nothing included, and
// one that does not exist.
func everybody(f *forest.Forest) []string {
	all := []string{f.Truth.Unknown}
	for _, m := range f.Truth.Mailboxes {
		all = append(all, m.Address)
	}
	return all
}

func TestOldServersLearnTheTruth(t *testing.T) {
	t.Parallel()
	fabrikam, wingtip := twoForests(t)
	p := serve(t, []*forest.Forest{fabrikam, wingtip})
	tests := map[string]struct {
		generation forest.Generation
		zone       string
		change     func(*forest.Caller)
	}{
		"Exchange 2007":                     {forest.Exchange2007, "Etc/UTC", nil},
		"Exchange 2010":                     {forest.Exchange2010, "China Standard Time", nil},
		"Exchange 2013":                     {forest.Exchange2013, "Pacific Standard Time", nil},
		"a south of half an hour":           {forest.Exchange2010, "Lord Howe Standard Time", nil},
		"no server name in the handshake":   {forest.Exchange2007, "W. Europe Standard Time", func(c *forest.Caller) { c.NoSNI = true }},
		"a connection for each request":     {forest.Exchange2010, "Nepal Standard Time", func(c *forest.Caller) { c.NewConnections = true }},
		"credentials that are sent unasked": {forest.Exchange2013, "AUS Eastern Standard Time", func(c *forest.Caller) { c.PreAuthenticate = true }},
		"between two sites":                 {forest.Exchange2013, "India Standard Time", func(c *forest.Caller) { c.ProxyRequestType = "CrossSite" }},
		"a caller that nobody knows":        {forest.Exchange2007, "Tokyo Standard Time", func(c *forest.Caller) { c.UserAgent = "Mozilla/5.0" }},
		"a requester and the requester's groups": {forest.Exchange2010, "Eastern Standard Time", func(c *forest.Caller) {
			c.SecurityContext = &forest.SecurityContext{
				UserSID: "S-1-5-21-1-2-3-1104", GroupSIDs: []string{"S-1-1-0", "S-1-5-11"}, PrimarySMTPAddress: "li.na@contoso.example",
			}
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := p.caller(t, tt.generation)
			c.Zone, _ = forest.ZoneByID(tt.zone)
			if tt.change != nil {
				tt.change(c)
			}
			q := p.question(append(everybody(wingtip), everybody(fabrikam)...)...)
			isTrue(t, ask(t, c, q), q, tt.generation, fabrikam, wingtip)
			again := ask(t, c, q) // from the cache, and on the same connection
			isTrue(t, again, q, tt.generation, fabrikam, wingtip)
			shook := slices.ContainsFunc(again.Hops, func(h forest.Hop) bool { return h.Name == "tls" })
			if shook != c.NewConnections {
				t.Errorf("the second question came by %v", again.Hops)
			}
		})
	}
}

func TestAQuestionThatIsRepeatedAsksNobody(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	p := serve(t, []*forest.Forest{f})
	q := p.question(everybody(f)...)
	first := ask(t, p.caller(t, forest.Exchange2010), q)
	asked, discovered, tokens := f.EWS.Journal.Total(), len(f.Autodiscover.Requests()), len(f.ACS.Requests())
	if asked == 0 || discovered == 0 || tokens == 0 {
		t.Fatalf("the first question was answered with %d requests, %d look-ups and %d tokens", asked, discovered, tokens)
	}

	second := ask(t, p.caller(t, forest.Exchange2007), q)
	narrower := q
	narrower.From, narrower.To = q.From.Add(5*60e9), q.From.Add(7*60*60e9)
	ask(t, p.caller(t, forest.Exchange2013), narrower)
	if f.EWS.Journal.Total() != asked || len(f.Autodiscover.Requests()) != discovered || len(f.ACS.Requests()) != tokens {
		t.Errorf("repeated questions were sent on: %d, %d, %d requests after %d, %d, %d",
			f.EWS.Journal.Total(), len(f.Autodiscover.Requests()), len(f.ACS.Requests()), asked, discovered, tokens)
	}
	for i, m := range second.Mailboxes {
		if got, want := m.Merged, first.Mailboxes[i].Merged; got != want {
			t.Errorf("%s: got %s from the cache, %s before", m.Address, got, want)
		}
	}
}

// TestDuplicatesAndOrderAreKept also writes addresses in other ways than the
// forest does.
func TestDuplicatesAndOrderAreKept(t *testing.T) {
	t.Parallel()
	fabrikam, wingtip := twoForests(t)
	p := serve(t, []*forest.Forest{fabrikam, wingtip})
	q := p.question("hiro@wingtip.example", "alice@fabrikam.example", "HIRO@Wingtip.Example", "bob@wingtip.example", "hiro@wingtip.example", "someone@unrelated.example")
	r := ask(t, p.caller(t, forest.Exchange2010), q)
	for i, m := range r.Mailboxes {
		r.Mailboxes[i].Address = strings.ToLower(m.Address)
	}
	isTrue(t, r, q, forest.Exchange2010, fabrikam, wingtip)
	if last := r.Mailboxes[5]; last.Code != "ErrorAddressSpaceNotFound" || !strings.Contains(last.Text, "LID: 47932") {
		t.Errorf("got %s %q for a domain that nobody configured", last.Code, last.Text)
	}
	if n := wingtip.EWS.Journal.Asked("hiro@wingtip.example"); n != 1 {
		t.Errorf("the mailbox that stands in the question three times was asked for %d times", n)
	}
}
