package config

import (
	"fmt"
	"strings"
)

// entra checks an auth server of type AzureAD.
func (c *checker) entra(key string, s AuthServer) {
	c.required(below(key, "tenant"), s.Tenant, "the domain or id of the tenant")
	if s.Tenant != "" && !guid.MatchString(s.Tenant) && !(isName(s.Tenant) && strings.Contains(s.Tenant, ".")) {
		c.fail(below(key, "tenant"), fmt.Sprintf("%q is neither a domain nor the id of a tenant", s.Tenant), `write for example "contoso.com"`)
	}
	c.required(below(key, "application_identifier"), string(s.ApplicationIdentifier), "the id of the application that is registered in the tenant")
	if s.TokenIssuingEndpoint == "" && c.Cloud(s.Cloud).Login == "" {
		c.fail(below(key, "cloud"), "is required: it says where the tenant logs on", "or give token_issuing_endpoint")
	}
	for name, value := range map[string]string{
		"auth_metadata_url": string(s.AuthMetadataURL), "realm": s.Realm, "issuer_identifier": s.IssuerIdentifier,
	} {
		if value != "" {
			c.warn(below(key, name), "is not used by an auth server of type AzureAD", "")
		}
	}
}

// sameCloud checks that the tokens of an auth server mean something where the
// connector asks.
func (c *checker) sameCloud(key string, connector IntraOrganizationConnector, s AuthServer) {
	login, there := c.Cloud(s.Cloud).Login, c.Cloud(connector.Cloud).Login
	if login != "" && there != "" && login != there {
		c.fail(key, fmt.Sprintf("the auth server %q gives tokens of the %s cloud, and the connector is in %s", s.Name, s.Cloud, connector.Cloud),
			"an application must be registered in the cloud that holds the tenant")
	}
}
