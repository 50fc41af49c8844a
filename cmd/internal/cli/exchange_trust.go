package cli

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/exchange"
)

// trust is how the other sides are made to trust us: with the auth certificate,
// where anybody gets to know that, the tenants, for each auth server in the order
// of the file that a connector uses, and the forests that take tokens of our own.
func trust(c *config.Config, proxy *url.URL) []exchange.Step {
	var steps []exchange.Step
	if signsWithAuthCertificate(c) {
		steps = exchange.AuthCertificate{Public: publicHalf, Private: "auth.pfx"}.Steps()
	}
	for _, s := range c.AuthServers {
		if use := usesOf(c, s.Name); use.ews || use.graph {
			steps = append(steps, trustOf(c, s, use, proxy.Hostname())...)
		}
	}
	return append(steps, partners(c, proxy)...)
}

// signsWithAuthCertificate reports whether a connector asks with a token that
// Exchange itself could have asked with.
func signsWithAuthCertificate(c *config.Config) bool {
	return slices.ContainsFunc(c.Connectors, func(o config.IntraOrganizationConnector) bool {
		application := func(s config.AuthServer) bool { return s.Name == o.AuthServer && s.Type == config.AzureAD }
		return o.Enabled && o.AsksEWS() && !slices.ContainsFunc(c.AuthServers, application)
	})
}

// uses is what connectors want of an auth server.
type uses struct {
	ews, graph, details bool
	cloud               config.CloudName // of the first of them
}

func usesOf(c *config.Config, server string) (u uses) {
	for _, o := range c.Connectors {
		ews, graph := o.AsksEWS() && o.AuthServer == server, o.AsksGraph() && o.Graph.AuthServer == server
		if !o.Enabled || !ews && !graph {
			continue
		}
		if !u.ews && !u.graph {
			u.cloud = o.Cloud
		}
		u.ews, u.graph = u.ews || ews, u.graph || graph
		u.details = u.details || graph && o.AccessLevel == config.LimitedDetails
	}
	return u
}

func trustOf(c *config.Config, s config.AuthServer, use uses, host string) []exchange.Step {
	if s.Type == config.AzureAD {
		return exchange.Application{
			Tenant: s.Tenant, ID: string(s.ApplicationIdentifier), Certificate: "app.cer", Cloud: string(s.Cloud),
			Graph: use.graph, EWS: use.ews, Details: use.details,
		}.Steps()
	}
	steps := exchange.AuthServer{Name: s.Name, MetadataURL: string(s.AuthMetadataURL)}.Steps()
	steps = append(steps, exchange.SharedPrincipal{
		Tenant: tenantOf(s), Certificate: publicHalf, Cloud: string(use.cloud), Hosts: []string{host},
	}.Steps()...)
	return append(steps, connectors(c, s.Name, use.cloud)...)
}

const publicHalf = "auth.cer" // of the auth certificate, for the other sides

// tenantOf is the tenant that tokens of the Access Control Service are for: its
// metadata lie below it.
func tenantOf(s config.AuthServer) string {
	if s.Realm != "" {
		return s.Realm
	}
	if u, err := url.Parse(string(s.AuthMetadataURL)); err == nil {
		if tenant, _, below := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); below {
			return tenant
		}
	}
	return "the domain or id of the tenant"
}

// connectors are those of Exchange itself beside ours, one way and the other.
func connectors(c *config.Config, server string, cloud config.CloudName) (steps []exchange.Step) {
	for _, o := range c.Connectors {
		if domains := exactDomains(o); o.Enabled && o.AsksEWS() && o.AuthServer == server && len(domains) > 0 {
			steps = append(steps, exchange.Connector{
				Name: o.Name, TargetAddressDomains: domains,
				DiscoveryEndpoint: cmp.Or(string(o.DiscoveryEndpoint), c.Cloud(o.Cloud).Discovery),
			}.ToOnline())
		}
	}
	if len(c.AcceptedDomains) == 0 {
		return steps
	}
	back := exchange.Connector{
		Name:              "ExchangeHybridOnlineToOnPremises",
		DiscoveryEndpoint: "https://autodiscover." + string(c.AcceptedDomains[0]) + "/autodiscover/autodiscover.svc",
	}
	for _, d := range c.AcceptedDomains {
		back.TargetAddressDomains = append(back.TargetAddressDomains, string(d))
	}
	return append(steps, back.ToPremises(string(cloud)))
}

// exactDomains leaves out patterns, which stand for domains that we do not know.
func exactDomains(o config.IntraOrganizationConnector) (domains []string) {
	for _, d := range o.TargetAddressDomains {
		if !strings.HasPrefix(string(d), "*") {
			domains = append(domains, string(d))
		}
	}
	return domains
}

// partners is how forests are made to trust tokens that we sign ourselves.
func partners(c *config.Config, proxy *url.URL) (steps []exchange.Step) {
	metadata := url.URL{Scheme: proxy.Scheme, Host: proxy.Host, Path: "/autodiscover/metadata/json/1"}
	for _, o := range c.Connectors {
		if o.Enabled && o.AsksEWS() && o.AuthServer == "self" {
			steps = append(steps, exchange.Partner{Connector: o.Name, MetadataURL: metadata.String()}.Steps()...)
		}
	}
	return steps
}

// verification looks at each forest by the EWS URL that is known beforehand.
func verification(c *config.Config, path, proxyURL string) []exchange.Step {
	v := exchange.Verification{Config: path, ProxyURL: proxyURL}
	for _, o := range c.Connectors {
		if target := cmp.Or(string(o.TargetSharingEPR), c.Cloud(o.Cloud).EWS); o.Enabled && o.AsksEWS() && target != "" && !slices.Contains(v.Targets, target) {
			v.Targets = append(v.Targets, target)
		}
	}
	return v.Steps()
}
