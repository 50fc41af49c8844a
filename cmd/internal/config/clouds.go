package config

import (
	"cmp"

	"availproxy/discovery"
)

// CloudOverrides replace what the built-in table says of a cloud; what is empty
// stays as it is there.
type CloudOverrides struct {
	Login          Host     `yaml:"login"`           // Entra ID
	Graph          Host     `yaml:"graph"`           // Microsoft Graph
	Exchange       []Host   `yaml:"exchange"`        // EWS in Exchange Online, the usual one first
	Autodiscover   Host     `yaml:"autodiscover"`    // autodiscover in Exchange Online
	ACS            Host     `yaml:"acs"`             // Access Control Service
	ExchangeScope  URL      `yaml:"exchange_scope"`  // of tokens for Exchange; empty: by the first host of Exchange
	GraphScope     URL      `yaml:"graph_scope"`     // of tokens for Microsoft Graph; empty: by its host
	RoutingDomains []Domain `yaml:"routing_domains"` // of target addresses
	ACSEndDate     Date     `yaml:"acs_end_date"`    // since when tokens of ACS are refused
	EWSEndDate     Date     `yaml:"ews_end_date"`    // from when on EWS is off
}

// Cloud is what the built-in table says of a cloud, with what the configuration
// says instead.
func (c *Config) Cloud(name CloudName) discovery.Cloud {
	known := discovery.Clouds()[string(name)]
	o, ok := c.Clouds[name]
	if !ok {
		return known
	}
	by := discovery.Cloud{
		Login: string(o.Login), Graph: string(o.Graph), ACS: string(o.ACS),
		ExchangeScope: string(o.ExchangeScope), GraphScope: string(o.GraphScope),
		ACSEnded: o.ACSEndDate.Time, EWSEnds: o.EWSEndDate.Time,
	}
	for _, d := range o.RoutingDomains {
		by.RoutingDomains = append(by.RoutingDomains, string(d))
	}
	for _, host := range o.Exchange {
		by.Hosts = append(by.Hosts, string(host))
	}
	if len(o.Exchange) > 0 {
		by.EWS = "https://" + by.Hosts[0] + "/EWS/Exchange.asmx"
		by.ExchangeScope = cmp.Or(by.ExchangeScope, "https://"+by.Hosts[0]+"/.default")
	}
	if o.Autodiscover != "" {
		by.Discovery = "https://" + string(o.Autodiscover) + "/autodiscover/autodiscover.svc"
		by.Hosts = append(by.Hosts, string(o.Autodiscover))
	}
	return known.Override(by)
}
