package config

import (
	"fmt"
	"maps"
	"slices"

	"availproxy/discovery"
)

func (c *checker) clouds() {
	for _, name := range slices.Sorted(maps.Keys(c.Clouds)) {
		key := below("clouds", string(name))
		if name == NoCloud {
			c.fail(key, "has no hosts to replace", "")
			continue
		}
		c.secure(below(key, "exchange_scope"), c.Clouds[name].ExchangeScope)
		c.secure(below(key, "graph_scope"), c.Clouds[name].GraphScope)
	}
}

// routing warns of a target domain that Microsoft gives to tenants of another
// cloud than that of the connector.
func (c *checker) routing(key string, d Domain, cloud CloudName) {
	if cloud == NoCloud || c.routes(cloud, d) {
		return
	}
	for _, name := range discovery.CloudNames() {
		if other := CloudName(name); c.routes(other, d) {
			c.warn(key, fmt.Sprintf("%q is a domain of the %s cloud, and the connector is in %s", d, other, cloud), "see cloud: tokens of one cloud mean nothing in another")
			return
		}
	}
}

// routes reports whether d is a routing domain of a tenant in that cloud.
func (c *checker) routes(cloud CloudName, d Domain) bool {
	return slices.ContainsFunc(c.Cloud(cloud).RoutingDomains, func(pattern string) bool { return Domain(pattern).Matches(string(d)) })
}
