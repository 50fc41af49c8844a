package cli

import (
	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/exchange"
)

// trust is how the tenants are made to trust us, for each auth server in the order
// of the file that a connector uses.
func trust(c *config.Config, host string) []exchange.Step {
	var steps []exchange.Step
	for _, s := range c.AuthServers {
		if use := usesOf(c, s.Name); use.ews || use.graph {
			steps = append(steps, trustOf(s, use, host)...)
		}
	}
	return steps
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

func trustOf(s config.AuthServer, use uses, host string) []exchange.Step {
	if s.Type == config.AzureAD {
		return exchange.Application{
			Tenant: s.Tenant, ID: string(s.ApplicationIdentifier), Certificate: "app.cer", Cloud: string(s.Cloud),
			Graph: use.graph, EWS: use.ews, Details: use.details,
		}.Steps()
	}
	tenant := s.Realm
	if tenant == "" {
		tenant = "the domain or id of the tenant"
	}
	return exchange.SharedPrincipal{Tenant: tenant, Certificate: "auth.cer", Cloud: string(use.cloud), Hosts: []string{host}}.Steps()
}
