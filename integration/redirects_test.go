package integration

import (
	"net/http"
	"strings"
	"testing"

	"availproxy/integration/forest"
	"availproxy/integration/forest/s2s"
)

// evil sends what is meant for evil.example to a wall, which counts.
func evil(t *testing.T, w *wall) edit {
	return replace(t, "connect_to:", "connect_to:\n  \"evil.example:443\": "+w.address+"\n  \"evil.example:80\": "+w.address)
}

// TestNothingIsSentWhereNobodyAllowedIt has the forest send us away, to where
// our token would be read by somebody else.
func TestNothingIsSentWhereNobodyAllowedIt(t *testing.T) {
	t.Parallel()
	autodiscover := func(b s2s.Behaviour) func(*forest.Forest) {
		return func(f *forest.Forest) {
			f.Autodiscover.Change(func() { f.Autodiscover.Behaviours = map[string]s2s.Behaviour{"*": b} })
		}
	}
	const path = "/autodiscover/autodiscover.svc"
	tests := map[string]struct {
		mislead func(*forest.Forest)
		want    refused
	}{
		"EWS redirects": {func(f *forest.Forest) {
			f.EWS.Faults.Set(forest.Faults{Redirect: "https://evil.example" + forest.Path})
		}, refused{"", "HTTP status 302: Object moved"}},
		"EWS redirects to itself without TLS": {func(f *forest.Forest) {
			f.EWS.Faults.Set(forest.Faults{Redirect: "http://mail.fabrikam.example" + forest.Path})
		}, refused{"", "HTTP status 302: Object moved"}},
		"autodiscover redirects the request":         {autodiscover(s2s.Behaviour{Status: http.StatusTemporaryRedirect, Location: "https://evil.example" + path}), refused{"ErrorAutoDiscoverFailed", "The redirection was refused"}},
		"autodiscover redirects it without TLS":      {autodiscover(s2s.Behaviour{Status: http.StatusFound, Location: "http://evil.example" + path}), refused{"ErrorAutoDiscoverFailed", "The redirection was refused"}},
		"autodiscover redirects each user":           {autodiscover(s2s.Behaviour{Code: "RedirectUrl", RedirectTarget: "https://evil.example" + path}), refused{"ErrorAutoDiscoverFailed", "The redirection was refused"}},
		"autodiscover redirects to another port":     {autodiscover(s2s.Behaviour{Code: "RedirectUrl", RedirectTarget: "https://autodiscover.fabrikam.example:8443" + path}), refused{"ErrorAutoDiscoverFailed", "The redirection was refused"}},
		"autodiscover names another host for EWS":    {autodiscover(s2s.Behaviour{Settings: map[string]string{"ExternalEwsUrl": "https://evil.example" + forest.Path}}), refused{"ErrorAutoDiscoverFailed", "refused"}},
		"autodiscover names a user in front of it":   {autodiscover(s2s.Behaviour{Settings: map[string]string{"ExternalEwsUrl": "https://mail.fabrikam.example@evil.example" + forest.Path}}), refused{"ErrorAutoDiscoverFailed", "refused"}},
		"autodiscover names EWS without TLS":         {autodiscover(s2s.Behaviour{Settings: map[string]string{"ExternalEwsUrl": "http://mail.fabrikam.example" + forest.Path}}), refused{"ErrorAutoDiscoverFailed", "refused"}},
		"autodiscover redirects in a circle":         {autodiscover(s2s.Behaviour{Code: "RedirectUrl", RedirectTarget: "https://autodiscover.fabrikam.example" + path}), refused{"ErrorAutoDiscoverFailed", "The redirection was refused"}},
		"autodiscover redirects on and on":           {autodiscover(s2s.Behaviour{Hops: 20}), refused{"ErrorAutoDiscoverFailed", "The redirection was refused"}},
		"autodiscover says that the mailbox is ours": {autodiscover(s2s.Behaviour{Code: "RedirectAddress", RedirectTarget: "alice@contoso.example"}), refused{"ErrorMailRecipientNotFound", "alice@fabrikam.example"}},
		"autodiscover names a domain of nobody":      {autodiscover(s2s.Behaviour{Code: "RedirectAddress", RedirectTarget: "alice@evil.example"}), refused{"ErrorAutoDiscoverFailed", "The redirection was refused"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, w := newForest(t, forest.Options{}), newWall(t, false)
			tt.mislead(f)
			p := serve(t, []*forest.Forest{f}, evil(t, w))
			for range 2 {
				tt.want.check(t, p.ask(t, "alice@fabrikam.example").Mailboxes[0])
			}
			if n := w.knocks.Load(); n > 0 {
				t.Errorf("somebody else was asked %d times", n)
			}
		})
	}
}

func TestAllowedRedirectsAreFollowed(t *testing.T) {
	t.Parallel()
	const path = "/autodiscover/alice@fabrikam.example/autodiscover.svc" // as Exchange Online has it
	tests := map[string]s2s.Behaviour{
		"of the request":         {Hops: 3},
		"with the mailbox in it": {Status: http.StatusTemporaryRedirect, Location: "https://autodiscover.fabrikam.example" + path, Times: 1},
		"of the user":            {Code: "RedirectUrl", RedirectTarget: "https://autodiscover.fabrikam.example" + path, Times: 1},
		"to another address":     {Code: "RedirectAddress", RedirectTarget: "hiro@wingtip.example"},
	}
	for name, behaviour := range tests {
		t.Run(name, func(t *testing.T) {
			fabrikam, wingtip := twoForests(t)
			fabrikam.Autodiscover.Change(func() {
				fabrikam.Autodiscover.Behaviours = map[string]s2s.Behaviour{"alice@fabrikam.example": behaviour}
			})
			p := serve(t, []*forest.Forest{fabrikam, wingtip})
			q := p.question("alice@fabrikam.example", "dana@fabrikam.example")
			r := ask(t, p.caller(t, forest.Exchange2010), q)
			if strings.HasPrefix(behaviour.RedirectTarget, "hiro@") { // lives in the other forest now, and answers under the old address
				moved, q := *r, q
				moved.Mailboxes = []forest.MailboxReply{r.Mailboxes[0]}
				moved.Mailboxes[0].Address = "hiro@wingtip.example"
				isTrue(t, &moved, q, forest.Exchange2010, wingtip)
				r.Mailboxes = r.Mailboxes[1:]
			}
			isTrue(t, r, q, forest.Exchange2010, fabrikam)
		})
	}
}
