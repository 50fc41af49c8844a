package config

import (
	"fmt"
	"strings"

	"golang.org/x/net/publicsuffix"
)

func (c *checker) connectors() {
	if len(c.Connectors) == 0 {
		c.warn("intra_organization_connectors", "there is none: no mailbox will be found", "")
	}
	names, domains := map[string]string{}, map[Domain]string{}
	for i, connector := range c.Connectors {
		key := element("intra_organization_connectors", i)
		c.name(key, connector.Name, names)
		c.targetDomains(below(key, "target_address_domains"), connector, domains)
		c.endpoint(key, connector)
		known := !c.isSpoiled(below(key, "backend")) && !c.isSpoiled(below(key, "shadow"))
		if connector.Authentication == OAuth && (!known || connector.AsksEWS()) {
			c.tokens(key, connector)
		}
		if known {
			c.graph(key, connector)
		}
		c.detail(key, connector)
		c.limits(key, connector)
		c.file(below(key, "trusted_roots"), connector.TrustedRoots)
		c.subset(below(key, "clients"), connector.Clients)
	}
}

func (c *checker) endpoint(key string, connector IntraOrganizationConnector) {
	c.secure(below(key, "discovery_endpoint"), connector.DiscoveryEndpoint)
	c.secure(below(key, "target_sharing_epr"), connector.TargetSharingEPR)
	if connector.Backend != GraphBackend && connector.DiscoveryEndpoint == "" && connector.TargetSharingEPR == "" && !c.isSpoiled(below(key, "target_sharing_epr")) {
		c.fail(below(key, "discovery_endpoint"), "is required", "or give target_sharing_epr, a fixed EWS URL")
	}
	for _, r := range connector.UserAgent {
		if r < ' ' || r > '~' {
			c.fail(below(key, "user_agent"), "holds a character that no HTTP header may hold", "")
		}
	}
}

// detail asks for a word where more is passed on than the owner of a calendar
// may have granted.
func (c *checker) detail(key string, connector IntraOrganizationConnector) {
	if connector.AccessLevel == LimitedDetails && connector.ActAs == ActAsApplication && connector.ApplicationSeesDetails != Accepted {
		c.fail(below(key, "access_level"), "LimitedDetails with act_as: application ignores the permissions of each calendar",
			"write application_sees_details: accepted, or act as an SMTP address")
	}
}

func (c *checker) limits(key string, connector IntraOrganizationConnector) {
	c.between(below(key, "maximum_query_interval_days"), connector.MaximumQueryIntervalDays, 1, 62)
	c.between(below(key, "max_concurrency"), connector.MaxConcurrency, 1, 1000)
	c.between(below(key, "graph.batch"), connector.Graph.Batch, 1, 100)
	c.between(below(key, "graph.concurrency_per_anchor"), connector.Graph.ConcurrencyPerAnchor, 1, 4)
	c.positive(below(key, "timeout"), connector.Timeout)
	if connector.Timeout > c.Timeouts.Abandon {
		c.warn(below(key, "timeout"), fmt.Sprintf("is never reached: a question is abandoned after %s", c.Timeouts.Abandon), "")
	}
}

func (c *checker) targetDomains(key string, connector IntraOrganizationConnector, taken map[Domain]string) {
	if len(connector.TargetAddressDomains) == 0 {
		c.fail(key, "is required", "name the SMTP domains whose mailboxes this forest holds")
	}
	for i, d := range connector.TargetAddressDomains {
		at := element(key, i)
		if before, found := taken[d]; found {
			c.fail(at, fmt.Sprintf("%q is already routed", d), fmt.Sprintf("the first is on line %d", c.line(before)))
			continue
		}
		taken[d] = at
		c.ours(at, d)
		c.publicSuffix(at, d)
		c.routing(at, d, connector.Cloud)
	}
}

// ours reports a target domain that is our own: a question for it would go in
// a circle.
func (c *checker) ours(key string, d Domain) {
	for i, accepted := range c.AcceptedDomains {
		switch suffix, pattern := d.Suffix(); {
		case d == accepted:
			c.fail(key, fmt.Sprintf("%q is one of our accepted_domains", d),
				fmt.Sprintf("line %d says that its mailboxes are ours; remove one of the two", c.line(element("accepted_domains", i))))
		case accepted.Matches(string(d)), pattern && (d.Matches(string(accepted)) || accepted.Matches(suffix)):
			c.warn(key, fmt.Sprintf("%q overlaps with %q in accepted_domains", d, accepted), "a redirect into an accepted domain ends as a loop")
		}
	}
}

// publicSuffix warns of a domain that is no organisation's own.
func (c *checker) publicSuffix(key string, d Domain) {
	domain, _ := strings.CutPrefix(string(d), "*.")
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain {
		c.warn(key, fmt.Sprintf("%q belongs to many organisations", domain), "name the domains of the one that this forest serves")
	}
}

func (c *checker) domains() {
	first := map[Domain]string{}
	for i, d := range c.AcceptedDomains {
		key := element("accepted_domains", i)
		if before, found := first[d]; found {
			c.fail(key, fmt.Sprintf("%q is given twice", d), fmt.Sprintf("the first is on line %d", c.line(before)))
			continue
		}
		first[d] = key
	}
}
