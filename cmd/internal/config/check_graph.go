package config

import (
	"fmt"
	"slices"
)

// graph checks what a connector needs that asks Microsoft Graph, and that
// nothing is set which has no effect without.
func (c *checker) graph(key string, connector IntraOrganizationConnector) {
	if !connector.EWSEndDate.IsZero() && connector.Backend != AutoBackend {
		c.warn(below(key, "ews_end_date"), "has no effect: it is for backend: auto", "")
	}
	if string(connector.Shadow) == string(connector.Backend) {
		c.fail(below(key, "shadow"), fmt.Sprintf("%s is asked already: it is the back end", connector.Shadow), "")
	}
	if !connector.AsksGraph() {
		return
	}
	c.graphTokens(below(key, "graph.auth_server"), connector)
	c.secure(below(key, "graph.url"), connector.Graph.URL)
	if connector.Graph.URL == "" && c.Cloud(connector.Cloud).Graph == "" && !c.isSpoiled(below(key, "cloud")) {
		c.fail(below(key, "graph.url"), "is required: no cloud says where Graph is", "write it with the version, as in https://graph.microsoft.com/v1.0")
	}
	if connector.ActAs != ActAsApplication {
		c.fail(below(key, "act_as"), fmt.Sprintf("%q cannot be: Graph is always asked by the application", connector.ActAs), "write application, or leave it out")
	}
	for i, anchor := range connector.Graph.AnchorMailboxes {
		if !isMailbox(anchor) {
			c.fail(element(below(key, "graph.anchor_mailboxes"), i), fmt.Sprintf("%q is no address", anchor), "name a user of the tenant with a mailbox")
		}
	}
	if connector.Backend == GraphBackend && connector.MailTipsAccess != NoMailTips {
		c.warn(below(key, "mail_tips_access"), "has no effect: Graph is not asked for mail tips", "")
	}
	if connector.Shadow == ShadowEWS && connector.TargetSharingEPR == "" && c.Cloud(connector.Cloud).EWS == "" {
		c.fail(below(key, "target_sharing_epr"), "is required: no cloud says where EWS is to be asked beside Graph", "")
	}
}

// graphTokens checks that there is an auth server of Entra ID for Graph.
func (c *checker) graphTokens(at string, connector IntraOrganizationConnector) {
	name := connector.Graph.AuthServer
	if name == "" {
		c.fail(at, "is required", "name one of auth_servers, of type AzureAD")
		return
	}
	i := slices.IndexFunc(c.AuthServers, func(s AuthServer) bool { return s.Name == name })
	if i < 0 {
		c.fail(at, fmt.Sprintf("there is no auth server %q", name), didYouMean(name, c.authServerNames()...))
		return
	}
	switch s := c.AuthServers[i]; {
	case s.Type != AzureAD:
		c.fail(at, fmt.Sprintf("the auth server %q is of type %s, and Graph takes tokens of AzureAD alone", name, s.Type), "")
	case !s.Enabled && connector.Enabled:
		c.fail(at, fmt.Sprintf("the auth server %q is not enabled", name), "")
	case !s.Certificate.IsSet() && !c.AuthConfig.Certificate.IsSet():
		c.fail(at, fmt.Sprintf("the auth server %q has no certificate to sign with", name), "")
	default:
		c.sameCloud(at, connector, s)
	}
}
