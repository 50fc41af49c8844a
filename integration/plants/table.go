package plants

import (
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"availproxy/integration/forest"
	"availproxy/integration/forest/s2s"
)

// All is the whole table, in the order of the path of a question.
func All() []Plant {
	var all []Plant
	for _, group := range [][]Plant{exported(), network(), trust(), clocks(), tokens(), discovered(), answered(), throughGraph()} {
		all = append(all, group...)
	}
	return all
}

// exported are conflicts with what Exchange says of itself; no question meets
// them, or none comes.
func exported() []Plant {
	const relationship = `[{"Name": "Fabrikam", "DomainNames": ["fabrikam.example"], "Enabled": true, "FreeBusyAccessEnabled": true}]`
	const space = `[{"ForestName": "fabrikam.example", "AccessMethod": "InternalProxy", "ProxyUrl": "https://mail.contoso.example/EWS/Exchange.asmx", "UseServiceAccount": true}]`
	return []Plant{
		{Name: "an organization relationship comes first", Cause: "exchange.relationship-shadows",
			exports: map[string]string{"onpremises-Get-OrganizationRelationship.json": relationship}},
		{Name: "there is no address space", Cause: "exchange.address-space",
			exports: map[string]string{"onpremises-Get-AvailabilityAddressSpace.json": `[]`}},
		{Name: "ProxyUrl is that of another server", Cause: "exchange.proxy-url",
			exports: map[string]string{"onpremises-Get-AvailabilityAddressSpace.json": space}},
		{Name: "the domain is not one of the other side", Cause: "exchange.target-domain",
			exports: map[string]string{"online-Get-AcceptedDomain.json": `[{"DomainName": "fabrikam.onmicrosoft.example"}]`}},
		{Name: "an allow list of EWS keeps us out", Cause: "ews.allow-list",
			exports: map[string]string{"online-Get-OrganizationConfig.json": `{"EwsApplicationAccessPolicy": "EnforceAllowList", "EwsAllowList": ["OWA/*"]}`}},
	}
}

func network() []Plant {
	return []Plant{
		{Name: "a name that DNS does not know", Cause: "network.name-unknown", Question: true, config: leadTo(nameless, autodiscover)},
		{Name: "nobody listens where autodiscover was", Cause: "network.no-connection", Question: true, config: leadTo(nowhere, autodiscover)},
		{Name: "nobody listens where EWS was", Cause: "network.no-connection", Question: true, config: leadTo(nowhere, ews)},
		{Name: "nobody listens where the auth server was", Cause: "authserver.unreachable", Question: true, config: leadTo(nowhere, acs)},
		{Name: "the web proxy wants a logon", Cause: "webproxy.logon", Question: true, webProxy: http.StatusProxyAuthRequired},
		{Name: "the web proxy lets nobody through", Cause: "webproxy.refused", Question: true, webProxy: http.StatusForbidden},
		{Name: "the web proxy is not there", Cause: "webproxy.unreachable", Question: true,
			config: func(_ *forest.Forest, e edit) edit { return e.with(`internet_web_proxy: "http://` + nowhere + `"`) }},
		{Name: "TLS 1.2 is off on the other side", Cause: "network.tls-failed", Question: true,
			options: func(o *forest.Options) { o.MostTLS = oldTLS }},
		{Name: "the root certificate is missing", Cause: "network.certificate-untrusted", Question: true, files: func(_ *forest.Forest, dir string) error {
			other, err := forest.New(forest.Options{})
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, "other.pem"), other.Root(), 0o600)
		}, config: func(_ *forest.Forest, e edit) edit {
			return e.replace("    trusted_roots: ca.pem\n    access_level", "    trusted_roots: other.pem\n    access_level")
		}},
		{Name: "the connection is reset", Cause: "network.broken-off", Question: true, made: fault(forest.Faults{Reset: true})},
	}
}

// trust is what the auth server knows of us.
func trust() []Plant {
	return []Plant{
		{Name: "the auth certificate has expired", Cause: "certificate.unusable", Question: true,
			organization: func(o *forest.Organization) error { return o.RenewAuthCertificate(time.Now().AddDate(-5, 0, -1)) }},
		{Name: "the auth certificate is not registered", Cause: "certificate.not-registered", Question: true,
			made: func(f *forest.Forest) { f.ACS.Tenants[0].Clients[0].Certificates = []*x509.Certificate{} }},
		{Name: "the auth certificate is not registered, as newer endpoints say it", Cause: "certificate.not-registered", Question: true,
			made: func(f *forest.Forest) {
				f.ACS.Tenants[0].Clients[0].Certificates, f.ACS.NewerCodes = []*x509.Certificate{}, true
			}},
		{Name: "the service name is wrong", Cause: "servicename.wrong", Question: true, config: func(_ *forest.Forest, e edit) edit {
			return e.replace("auth_config:\n", "auth_config:\n  service_name: 00000003-0000-0ff1-ce00-000000000000\n")
		}},
		{Name: "the tenant does not know our host names", Cause: "resource.unknown", Question: true,
			made: func(f *forest.Forest) { f.ACS.Tenants[0].Resources = nil }},
		{Name: "the auth server is in trouble", Cause: "authserver.trouble", Question: true,
			made: func(f *forest.Forest) {
				f.ACS.TokenFault = s2s.Fault{Status: http.StatusServiceUnavailable, Body: "busy"}
			}},
	}
}

func clocks() []Plant {
	return []Plant{
		{Name: "our clock is wrong", Cause: "clock.skew", Question: true, made: func(f *forest.Forest) {
			f.ACS.Ahead, f.Entra.Ahead, f.EWS.Verifier.Ahead = hours, hours, hours
		}},
		{Name: "the clock of the other side is wrong", Cause: "clock.skew-there", Question: true, made: func(f *forest.Forest) {
			f.EWS.Verifier.Ahead = -hours
		}},
	}
}

// tokens are those that the other side does not take.
func tokens() []Plant {
	verifier := func(change func(*s2s.Verifier)) func(*forest.Forest) {
		return func(f *forest.Forest) { change(f.EWS.Verifier) }
	}
	challenge := func(c s2s.Challenge) func(*forest.Forest) {
		return func(f *forest.Forest) { f.EWS.Challenge, f.Autodiscover.Challenge = c, c }
	}
	return []Plant{
		{Name: "the other side trusts another auth server", Cause: "challenge.issuer-not-trusted", Question: true,
			made: challenge(s2s.Challenge{TrustedIssuers: []string{"00000001-0002-0000-c000-000000000000@*"}})},
		{Name: "OAuth is switched off on the virtual directories", Cause: "token.not-offered", Question: true, made: challenge(s2s.Challenge{NoBearer: true})},
		{Name: "a device before autodiscover wants a password", Cause: "token.not-offered", Question: true, made: behave(s2s.Behaviour{BasicOnly: true})},
		{Name: "the other side has stale keys of the auth server", Cause: "token.signature-stale", Question: true, made: func(f *forest.Forest) {
			key, err := s2s.NewKeyPair("rolled", time.Now().Add(-time.Hour))
			if err != nil {
				panic(err) // there are no random numbers
			}
			f.ACS.Signing = []s2s.KeyPair{key}
			issuer := &f.EWS.Verifier.Issuers[0]
			forged := *key.Certificate // the other side finds a key by that name, and it does not fit
			forged.PublicKey = issuer.Certificates[0].PublicKey
			issuer.Certificates = []*x509.Certificate{&forged}
		}},
		{Name: "a load balancer has another name", Cause: "token.audience-wrong", Question: true,
			made: verifier(func(v *s2s.Verifier) { v.Hosts = []string{"inside.fabrikam.example"} })},
		{Name: "the principal is blocked", Cause: "application.blocked", Question: true,
			made: func(f *forest.Forest) {
				f.EWS.Verifier.Blocked = []string{s2s.ExchangePrincipal + "@" + f.Organization.Tenant}
			}},
		{Name: "whoever we act as is not synchronised", Cause: "user.unknown", Question: true, config: actingAs("svc@contoso.example"),
			made: verifier(func(v *s2s.Verifier) { v.Users = func(string) []string { return nil } })},
		{Name: "two objects share the address of whoever we act as", Cause: "user.ambiguous", Question: true, config: actingAs("svc@contoso.example"),
			made: verifier(func(v *s2s.Verifier) {
				v.Users = func(string) []string { return []string{"a@contoso.example", "b@contoso.example"} }
			})},
	}
}

func discovered() []Plant {
	settings := func(url string) func(*forest.Forest) {
		return behave(s2s.Behaviour{Settings: map[string]string{"ExternalEwsUrl": url}})
	}
	return []Plant{
		{Name: "no connector has the domain", Cause: "domain.not-configured", Question: true, Mailbox: "somebody@unrelated.example"},
		{Name: "ExternalUrl is empty", Cause: "discovery.no-url", Question: true, made: settings("")},
		{Name: "autodiscover does not know the mailbox", Cause: "discovery.user-unknown", Question: true, made: behave(s2s.Behaviour{Code: "InvalidUser"})},
		{Name: "the mail user has no routing address", Cause: "discovery.sent-back", Question: true,
			made: behave(s2s.Behaviour{Code: "RedirectAddress", RedirectTarget: "alice@contoso.example"})},
		{Name: "autodiscover leads to a stranger", Cause: "discovery.redirect-refused", Question: true, made: settings("https://mail.stranger.example/EWS/Exchange.asmx")},
		{Name: "autodiscover is busy", Cause: "discovery.busy", Question: true, made: behave(s2s.Behaviour{ResponseCode: "ServerBusy"})},
		{Name: "the svc handler is not mapped", Cause: "endpoint.handler-missing", Question: true, made: behave(s2s.Behaviour{Status: http.StatusMethodNotAllowed})},
		{Name: "ExternalUrl is not that of EWS", Cause: "discovery.redirect-refused", Question: true, made: settings("https://mail.fabrikam.example/owa/")},
		{Name: "the fixed URL is wrong", Cause: "endpoint.not-found", Question: true, config: func(f *forest.Forest, e edit) edit {
			return e.replace("    cloud: none\n", "    cloud: none\n    target_sharing_epr: https://"+f.Host()+"/owa/\n")
		}},
	}
}

// answered are failures of EWS itself.
func answered() []Plant {
	return []Plant{
		{Name: "the application pool is stopped", Cause: "endpoint.unavailable", Question: true, made: fault(forest.Faults{Status: http.StatusServiceUnavailable})},
		{Name: "nothing is behind the load balancer", Cause: "endpoint.gateway", Question: true, made: fault(forest.Faults{Status: http.StatusBadGateway})},
		{Name: "a login page comes instead of XML", Cause: "firewall.page", Question: true, made: fault(forest.Faults{HTML: true})},
		{Name: "a firewall lets nobody pass", Cause: "firewall.page", Question: true, made: fault(forest.Faults{Status: http.StatusForbidden, Page: forest.FirewallPage})},
		{Name: "the object has moved", Cause: "endpoint.redirects", Question: true, made: fault(forest.Faults{Redirect: "https://login.fabrikam.example/"})},
		{Name: "the answer is no XML", Cause: "answer.not-xml", Question: true, made: fault(forest.Faults{Garbage: true})},
		{Name: "the other side throttles us", Cause: "endpoint.busy", Question: true, made: fault(forest.Faults{Busy: true, BackOff: time.Minute})},
		{Name: "the other side takes too long", Cause: "answer.too-late", Question: true, made: fault(forest.Faults{Delay: time.Hour}),
			config: func(_ *forest.Forest, e edit) edit {
				return e.replace("    cloud: none\n", "    cloud: none\n    timeout: 2s\n")
			}},
		{Name: "EWS is switched off for the organization", Cause: "ews.switched-off", Question: true,
			made: func(f *forest.Forest) { f.EWS.SetOrganizationConfig(forest.OrganizationConfig{EWSDisabled: true}) }},
		{Name: "EWS is for other applications", Cause: "ews.switched-off", Question: true,
			made: func(f *forest.Forest) {
				f.EWS.SetOrganizationConfig(forest.OrganizationConfig{EWSAllowedAppIDs: []string{"another"}})
			}},
		{Name: "the calendar shows nothing to the default user", Cause: "mailbox.no-access", Question: true, Mailbox: "ceo@fabrikam.example"},
		{Name: "the calendar has too many entries", Cause: "mailbox.calendar-too-full", Question: true,
			made: forMailbox("ErrorResultSetTooBig", "The result set contains too many calendar entries. The allowed size = 1000; the actual size = 1001.")},
		{Name: "the mailbox is being moved", Cause: "mailbox.being-moved", Question: true,
			made: forMailbox("ErrorMailboxMoveInProgress", "Mailbox move in progress.")},
	}
}

// throughGraph are failures of Entra ID and of Microsoft Graph.
func throughGraph() []Plant {
	refuse := func(e s2s.EntraError) func(*forest.Forest) { return func(f *forest.Forest) { f.Entra.Refuse = e } }
	return []Plant{
		{Name: "the application has no permission for Graph", Cause: "graph.forbidden", Question: true, config: onGraph,
			made: application(func(a *s2s.Application) { a.Roles = nil })},
		{Name: "the certificate of the application is not registered", Cause: "certificate.not-registered", Question: true, config: onGraph,
			made: application(func(a *s2s.Application) { a.Keys = nil })},
		{Name: "the application is disabled", Cause: "application.disabled", Question: true, config: onGraph,
			made: application(func(a *s2s.Application) { a.Disabled = true })},
		{Name: "the application is not registered in the tenant", Cause: "application.unknown", Question: true, config: onGraph,
			made: application(func(a *s2s.Application) { a.ID = "00000000-0000-4000-8000-000000000000" })},
		{Name: "the tenant is another", Cause: "tenant.wrong", Question: true, config: func(_ *forest.Forest, e edit) edit {
			return e.graph().replace("    tenant: contoso.example\n", "    tenant: elsewhere.example\n")
		}},
		{Name: "Conditional Access blocks the application", Cause: "entra.conditional-access", Question: true, config: onGraph, made: refuse(s2s.EntraBlocked())},
		{Name: "Entra ID throttles us", Cause: "authserver.throttled", Question: true, config: onGraph, made: refuse(s2s.EntraThrottled(time.Minute))},
		{Name: "our clock is wrong for Entra ID", Cause: "clock.skew", Question: true, config: onGraph,
			made: func(f *forest.Forest) { f.Entra.Ahead, f.Graph.Ahead = hours, hours }},
		{Name: "Graph throttles us", Cause: "graph.throttled", Question: true, config: onGraph, made: graphFault(forest.Faults{Busy: true, BackOff: time.Minute})},
		{Name: "Graph is out of service", Cause: "endpoint.unavailable", Question: true, config: onGraph, made: graphFault(forest.Faults{Status: http.StatusServiceUnavailable})},
	}
}
