package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"availproxy/discovery"
)

func (c *checker) authConfig() {
	a := c.AuthConfig
	c.certificate("auth_config.certificate", a.Certificate)
	c.certificate("auth_config.next_certificate", a.NextCertificate.Certificate)
	c.certificate("auth_config.previous_certificate", a.PreviousCertificate)
	c.required("auth_config.service_name", a.ServiceName, "leave the key out for that of Exchange")
	switch next := a.NextCertificate; {
	case next.IsSet() && next.Effective.IsZero():
		c.fail("auth_config.next_certificate.effective", "is required", "say when the next certificate takes over")
	case !next.IsSet() && !next.Effective.IsZero():
		c.fail("auth_config.next_certificate.file", "is required: effective is given", "")
	case next.IsSet() && !a.Certificate.IsSet():
		c.fail("auth_config.certificate", "is required: next_certificate is given", "")
	}
}

// certificate checks the form of a certificate: a PFX, or PEM with its key.
func (c *checker) certificate(key string, cert Certificate) {
	if !cert.IsSet() || cert.Thumbprint != "" || cert.PKCS11 != "" {
		return
	}
	extension := strings.ToLower(filepath.Ext(string(cert.File)))
	switch {
	case cert.File == "":
		c.fail(below(key, "file"), "is required", "name a PFX, or a PEM certificate and its key")
	case cert.Key != "" && cert.Password.IsSet():
		c.fail(below(key, "password"), "belongs to a PFX, and key to a PEM certificate", "decrypt the key, or leave out one of the two")
	case cert.Key != "" && slices.Contains([]string{".pfx", ".p12"}, extension):
		c.fail(below(key, "key"), "is not needed: a PFX holds its own key", "")
	case cert.Key == "" && slices.Contains([]string{".pem", ".crt", ".cer", ".der"}, extension):
		c.fail(below(key, "key"), "is required: "+filepath.Base(string(cert.File))+" is no PFX", "")
	case cert.PFX():
		c.keyFile(below(key, "file"), cert.File)
	default:
		c.file(below(key, "file"), cert.File)
		c.keyFile(below(key, "key"), cert.Key)
	}
}

func (c *checker) authServers() {
	names := map[string]string{}
	for i, s := range c.AuthServers {
		key := element("auth_servers", i)
		c.name(key, s.Name, names)
		if s.Name == SelfIssued {
			c.fail(below(key, "name"), `"self" stands for tokens that we sign ourselves`, "choose another name")
		}
		c.secure(below(key, "auth_metadata_url"), s.AuthMetadataURL)
		c.secure(below(key, "token_issuing_endpoint"), s.TokenIssuingEndpoint)
		c.certificate(below(key, "certificate"), s.Certificate)
		c.file(below(key, "trusted_roots"), s.TrustedRoots)
		switch s.Type {
		case MicrosoftACS:
			c.accessControl(key, s)
		case AzureAD:
			c.entra(key, s)
		}
	}
}

func (c *checker) accessControl(key string, s AuthServer) {
	if s.AuthMetadataURL == "" && s.TokenIssuingEndpoint == "" {
		c.fail(below(key, "auth_metadata_url"), "is required", "or give token_issuing_endpoint and issuer_identifier")
	}
	if s.AuthMetadataURL == "" && s.TokenIssuingEndpoint != "" {
		c.required(below(key, "issuer_identifier"), s.IssuerIdentifier, "there is no auth_metadata_url to learn it from")
	}
	for name, u := range map[string]URL{"auth_metadata_url": s.AuthMetadataURL, "token_issuing_endpoint": s.TokenIssuingEndpoint} {
		if cloud := c.pastACS(u.Host()); s.Enabled && cloud != "" {
			c.warn(below(key, name), fmt.Sprintf("Exchange Online in the %s cloud no longer accepts tokens of this server", cloud), "ask with an application of your own in Entra ID")
		}
	}
}

// pastACS names the cloud of which host is the Access Control Service, where the
// days of that service are over.
func (c *checker) pastACS(host string) string {
	for _, name := range discovery.CloudNames() {
		cloud := c.Cloud(CloudName(name))
		if !cloud.ACSEnded.IsZero() && time.Now().After(cloud.ACSEnded) && strings.EqualFold(host, cloud.ACS) {
			return name
		}
	}
	return ""
}

// name checks that an element has a name of its own.
func (c *checker) name(key, name string, taken map[string]string) {
	at := below(key, "name")
	c.required(at, name, "")
	if before, found := taken[name]; found && name != "" {
		c.fail(at, fmt.Sprintf("%q is already the name of %s", name, before), fmt.Sprintf("the first is on line %d", c.line(below(before, "name"))))
		return
	}
	taken[name] = key
}

// tokens checks that a connector that speaks OAuth can get its tokens.
func (c *checker) tokens(key string, connector IntraOrganizationConnector) {
	at := below(key, "auth_server")
	if connector.AuthServer == "" {
		c.fail(at, "is required", `name one of auth_servers, or "self" for tokens that we sign ourselves`)
		return
	}
	certificate, server := c.AuthConfig.Certificate, AuthServer{}
	if name := connector.AuthServer; name != SelfIssued {
		i := slices.IndexFunc(c.AuthServers, func(s AuthServer) bool { return s.Name == name })
		if i < 0 {
			c.fail(at, fmt.Sprintf("there is no auth server %q", name), didYouMean(name, c.authServerNames()...))
			return
		}
		server = c.AuthServers[i]
		if !server.Enabled && connector.Enabled {
			c.fail(at, fmt.Sprintf("the auth server %q is not enabled", name), "")
		}
		if server.Certificate.IsSet() {
			certificate = server.Certificate
		}
		if c.isSpoiled(element("auth_servers", i)) {
			return // what it was meant to be is not known
		}
	}
	if !certificate.IsSet() {
		c.fail("auth_config.certificate", fmt.Sprintf("is required: connector %q signs its tokens with it", connector.Name), "")
	}
	if server.Type == AzureAD {
		c.sameCloud(at, connector, server)
	} else if !c.isSpoiled("accepted_domains") {
		c.required("auth_config.realm", c.AuthConfig.Realm, "or name the organisation in accepted_domains")
	}
}

func (c *checker) authServerNames() []string {
	names := []string{SelfIssued}
	for _, s := range c.AuthServers {
		names = append(names, s.Name)
	}
	return names
}
