package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/discovery"
)

func TestCloudsAreTheTableWithWhatTheFileSaysInstead(t *testing.T) {
	tests := map[string]struct {
		file   string
		change func(*discovery.Cloud)
	}{
		"nothing said":   {"{}", func(*discovery.Cloud) {}},
		"another cloud":  {"{dod: {login: login.example.org}}", func(*discovery.Cloud) {}},
		"the login host": {"{china: {login: login.example.org}}", func(c *discovery.Cloud) { c.Login = "login.example.org" }},
		"hosts of Exchange bring their URL and their scope": {"{china: {exchange: [a.example.org, b.example.org]}}", func(c *discovery.Cloud) {
			c.Hosts = []string{"a.example.org", "b.example.org"}
			c.EWS, c.ExchangeScope = "https://a.example.org/EWS/Exchange.asmx", "https://a.example.org/.default"
		}},
		"a scope of its own": {"{china: {exchange: [a.example.org], exchange_scope: https://x.example.org/.default}}", func(c *discovery.Cloud) {
			c.Hosts = []string{"a.example.org"}
			c.EWS, c.ExchangeScope = "https://a.example.org/EWS/Exchange.asmx", "https://x.example.org/.default"
		}},
		"everything else": {`{china: {graph: g.example.org, graph_scope: https://g.example.org/.default, autodiscover: d.example.org, acs: acs.example.org,
  routing_domains: ["*.mail.example.org"], acs_end_date: 2026-01-01, ews_end_date: 2027-04-01}}`, func(c *discovery.Cloud) {
			c.Graph, c.GraphScope, c.ACS = "g.example.org", "https://g.example.org/.default", "acs.example.org"
			c.Discovery, c.Hosts = "https://d.example.org/autodiscover/autodiscover.svc", []string{"d.example.org"}
			c.RoutingDomains = []string{"*.mail.example.org"}
			c.ACSEnded, c.EWSEnds = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			want := discovery.Clouds()["china"]
			tt.change(&want)
			got := parse(t, "listen: 127.0.0.1:0\nclouds: "+tt.file).Cloud("china")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the cloud (-want +got):\n%s", diff)
			}
		})
	}
}
