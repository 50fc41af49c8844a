package integration

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"availproxy/integration/forest"
	"availproxy/integration/forest/s2s"
)

// straight goes to the EWS of f without asking autodiscover.
func straight(t *testing.T, f *forest.Forest) edit {
	return replace(t, "discovery_endpoint: "+f.DiscoveryEndpoint(), "target_sharing_epr: "+f.EWSURL())
}

// selfIssued has the proxy sign its tokens itself.
func selfIssued(t *testing.T, f *forest.Forest) edit {
	return replace(t, "auth_server: "+f.AuthServer(), "auth_server: self\n    target_realm: "+f.Domain())
}

// foreign has the proxy sign with the certificate of another organization.
func foreign(t *testing.T) edit {
	t.Helper()
	other, err := forest.NewOrganization("")
	if err != nil {
		t.Fatal(err)
	}
	pfx := filepath.Join(t.TempDir(), "other.pfx")
	for path, content := range map[string][]byte{pfx: other.PFX, pfx + ".password": []byte(other.Phrase)} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return replace(t, `certificate: {file: auth.pfx, password: "file:auth.pfx.password"}`, fmt.Sprintf("certificate: {file: %q, password: %q}", pfx, "file:"+pfx+".password"))
}

// trusting makes a forest that takes the tokens that organization signs itself.
func trusting(t *testing.T, certified *forest.Organization) *forest.Forest {
	t.Helper()
	f, err := forest.New(forest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if certified == nil {
		certified = f.Organization
	}
	us := s2s.ExchangePrincipal + "@" + f.Organization.Domain
	f.EWS.Challenge = s2s.OnPremisesChallenge(f.Host(), us)
	f.EWS.Verifier.Issuers = append(f.EWS.Verifier.Issuers, s2s.Issuer{
		Name: us, Certificates: []*x509.Certificate{certified.AuthCertificate()}, Partners: []string{us}, AudienceRealm: f.Domain(),
	})
	if err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestWhoIsNotBelievedIsToldWhy(t *testing.T) {
	t.Parallel()
	const noToken = "Unable to get token from Auth Server."
	acs := func(change func(*s2s.ACS)) func(*forest.Forest) {
		return func(f *forest.Forest) { f.ACS.Change(func() { change(f.ACS) }) }
	}
	verifier := func(change func(*s2s.Verifier)) func(*forest.Forest) {
		return func(f *forest.Forest) { f.EWS.Verifier.Change(func() { change(f.EWS.Verifier) }) }
	}
	tests := map[string]struct {
		spoil func(*forest.Forest)                  // what is other than it should be there
		edit  func(*testing.T, *forest.Forest) edit // and here
		text  string                                // for the caller
		cause string                                // in the log
	}{
		"an auth certificate that the ACS does not know":        {nil, func(t *testing.T, _ *forest.Forest) edit { return foreign(t) }, noToken, "AADSTS50012"},
		"an assertion that has expired by the clock of the ACS": {acs(func(a *s2s.ACS) { a.Ahead = time.Hour }), nil, noToken, "AADSTS700024"},
		"a realm that the ACS does not know": {nil, func(t *testing.T, f *forest.Forest) edit {
			return replace(t, f.AuthMetadataURL(), f.AuthMetadataURL()+"\n    realm: 11111111-2222-4333-8444-555555555555")
		}, noToken, "AADSTS"},
		"a domain that the ACS does not know": {nil, func(t *testing.T, f *forest.Forest) edit {
			return replace(t, "/contoso.example/metadata/", "/unrelated.example/metadata/")
		}, noToken, "unrelated.example"},
		"a host that the ACS gives no tokens for":   {acs(func(a *s2s.ACS) { a.Tenants[0].Resources = nil }), nil, noToken, "AADSTS500011"},
		"an ACS that is out of service":             {acs(func(a *s2s.ACS) { a.TokenFault = s2s.Fault{Status: 503} }), nil, noToken, "503"},
		"a token for another host":                  {verifier(func(v *s2s.Verifier) { v.Hosts = []string{"ews.fabrikam.example"} }), nil, `2000003;reason="`, "invalid_resource"},
		"a token of a realm that the forest is not": {verifier(func(v *s2s.Verifier) { v.Issuers[0].AudienceRealm = "wingtip.example" }), nil, "2000004", "invalid_tenant"},
		"a token that has expired":                  {verifier(func(v *s2s.Verifier) { v.Ahead = 48 * time.Hour }), nil, "2000001", "invalid_lifetime"},
		"a token signed by another ACS":             {verifier(func(v *s2s.Verifier) { v.Issuers[0].Certificates = nil }), nil, "2000000", "invalid_signature"},
		"a server that nobody vouches for": {nil, func(t *testing.T, _ *forest.Forest) edit {
			return replace(t, "trusted_roots: ca.pem\n    access_level", "trusted_roots: proxy.pem\n    access_level")
		}, "Could not establish trust relationship for the SSL/TLS secure channel", "certificate signed by unknown authority"},
		"an application that is blocked": {verifier(func(v *s2s.Verifier) {
			v.Blocked = v.Issuers[0].Partners
		}), nil, "HTTP status 403: Forbidden", "403"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newForest(t, forest.Options{})
			if tt.spoil != nil {
				tt.spoil(f)
			}
			edits := []edit{straight(t, f)}
			if tt.edit != nil {
				edits = append(edits, tt.edit(t, f))
			}
			p := serve(t, []*forest.Forest{f}, edits...)
			q := p.question("alice@fabrikam.example", "someone@unrelated.example")
			r := ask(t, p.caller(t, forest.Exchange2010), q)
			refused{"", tt.text}.check(t, r.Mailboxes[0])
			refused{"ErrorAddressSpaceNotFound", "LID: 47932"}.check(t, r.Mailboxes[1])
			p.log.awaitCause(t, tt.cause)
			for _, request := range f.EWS.Journal.Requests() {
				if request.Actor != "" || len(request.Mailboxes) > 0 {
					t.Errorf("the forest has let us in: %+v", request)
				}
			}
		})
	}
}

// TestDiscoveryIsToldWhyAsWell goes the way by autodiscover, which answers for
// the forest before its EWS is known.
func TestDiscoveryIsToldWhyAsWell(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*forest.Forest)
		text  string
		cause string
	}{
		"an ACS that does not know the certificate": {func(f *forest.Forest) {
			f.ACS.Change(func() { f.ACS.Tenants[0].Clients[0].Certificates = nil })
		}, "Autodiscover failed for email address alice@fabrikam.example", "AADSTS50012"},
		"a token that autodiscover does not believe": {func(f *forest.Forest) {
			f.Autodiscover.Verifier.Change(func() { f.Autodiscover.Verifier.Hosts = []string{"mail.fabrikam.example"} })
		}, "The remote server returned an error: (401) Unauthorized", "invalid_resource"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newForest(t, forest.Options{})
			tt.spoil(f)
			p := serve(t, []*forest.Forest{f})
			refused{"ErrorAutoDiscoverFailed", tt.text}.check(t, p.ask(t, "alice@fabrikam.example").Mailboxes[0])
			p.log.awaitCause(t, tt.cause)
			if n := f.EWS.Journal.Total(); n > 0 {
				t.Errorf("EWS was asked %d times", n)
			}
		})
	}
}

func TestAForestTakesTokensThatWeSignOurselves(t *testing.T) {
	t.Parallel()
	f := trusting(t, nil)
	p := serve(t, []*forest.Forest{f}, straight(t, f), selfIssued(t, f))
	q := p.question(everybody(f)...)
	isTrue(t, ask(t, p.caller(t, forest.Exchange2010), q), q, forest.Exchange2010, f)
	if n := len(f.ACS.Requests()) + f.ACS.MetadataRequests(); n > 0 {
		t.Errorf("the ACS was asked %d times", n)
	}
}

func TestAForestRefusesTokensOfAnotherKey(t *testing.T) {
	t.Parallel()
	other, err := forest.NewOrganization("")
	if err != nil {
		t.Fatal(err)
	}
	f := trusting(t, other)
	p := serve(t, []*forest.Forest{f}, straight(t, f), selfIssued(t, f))
	refused{"", `diagnostics: 2000000;reason="`}.check(t, p.ask(t, "alice@fabrikam.example").Mailboxes[0])
	p.log.awaitCause(t, "invalid_signature")
}

// TestNoTokenForAForestThatTrustsSomebodyElse is about a challenge that names
// no issuer of ours: there is nothing to send then.
func TestNoTokenForAForestThatTrustsSomebodyElse(t *testing.T) {
	t.Parallel()
	f := trusting(t, nil) // trusts us, and not the ACS that we are told to ask
	p := serve(t, []*forest.Forest{f}, straight(t, f))
	refused{"", "The server-to-server token could not be issued"}.check(t, p.ask(t, "alice@fabrikam.example").Mailboxes[0])
	p.log.awaitCause(t, "trusted")
	for _, request := range f.EWS.Journal.Requests() {
		if len(request.Mailboxes) > 0 {
			t.Errorf("the question was sent: %+v", request)
		}
	}
}

func TestTokensSpeakForWhomTheConnectorSays(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		actAs  string
		behalf string // whom the forest has answered
		want   refused
	}{
		"the application":                     {"application", "", refused{}},
		"a mailbox of ours":                   {"free.busy@contoso.example", "free.busy@contoso.example", refused{}},
		"a mailbox that the forest never saw": {"free.busy@unrelated.example", "", refused{"", "2000005"}},
		"the requester":                       {"requester", "li.na@contoso.example", refused{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newForest(t, forest.Options{})
			p := serve(t, []*forest.Forest{f}, straight(t, f), replace(t, "cloud: none", "cloud: none\n    act_as: "+tt.actAs))
			c, q := p.caller(t, forest.Exchange2010), p.question("alice@fabrikam.example")
			c.SecurityContext = &forest.SecurityContext{UserSID: "S-1-5-21-1-2-3-1104", PrimarySMTPAddress: "li.na@contoso.example"}
			r := ask(t, c, q)
			if tt.want != (refused{}) {
				tt.want.check(t, r.Mailboxes[0])
				return
			}
			isTrue(t, r, q, forest.Exchange2010, f)
			requests := f.EWS.Journal.Requests()
			if got := requests[len(requests)-1].OnBehalfOf; got != tt.behalf {
				t.Errorf("the forest answered %q, want %q", got, tt.behalf)
			}
		})
	}
}

// TestAnAnswerForOneRequesterIsForNobodyElse asks for the same hours in the name
// of one user, of another and of nobody.
func TestAnAnswerForOneRequesterIsForNobodyElse(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	p := serve(t, []*forest.Forest{f}, straight(t, f), replace(t, "cloud: none", "cloud: none\n    act_as: requester"))
	as := func(smtp string) *forest.Caller {
		c := p.caller(t, forest.Exchange2010)
		if smtp != "" {
			c.SecurityContext = &forest.SecurityContext{UserSID: "S-1-5-21-1-2-3-1104", PrimarySMTPAddress: smtp}
		}
		return c
	}
	q := p.question("alice@fabrikam.example")
	var asked []string
	for _, requester := range []string{"li.na@contoso.example", "LI.NA@contoso.example", "wang.wei@contoso.example"} {
		isTrue(t, ask(t, as(requester), q), q, forest.Exchange2010, f)
		requests := f.EWS.Journal.Requests()
		asked = append(asked, requests[len(requests)-1].OnBehalfOf)
	}
	if want := []string{"li.na@contoso.example", "li.na@contoso.example", "wang.wei@contoso.example"}; !slices.Equal(asked, want) || f.EWS.Journal.Asked("alice@fabrikam.example") != 2 {
		t.Errorf("the forest was asked %d times, in the end for %v", f.EWS.Journal.Asked("alice@fabrikam.example"), asked)
	}
	total := f.EWS.Journal.Total()
	for _, stranger := range []string{"", "eve@unrelated.example", "alice@fabrikam.example"} {
		refused{"ErrorNoFreeBusyAccess", ""}.check(t, ask(t, as(stranger), q).Mailboxes[0])
	}
	if n := f.EWS.Journal.Total(); n != total {
		t.Errorf("the forest was asked %d times for strangers", n-total)
	}
}
