package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

func (c *checker) clients() {
	c.kerberos()
	c.ntlm()
	c.file("clients.basic.users_file", c.Clients.Basic.UsersFile)
	c.clientCertificates()
	for i, n := range c.Clients.TrustedProxies {
		if n.Bits() == 0 {
			c.fail(element("clients.trusted_proxies", i), fmt.Sprintf("%q would let everyone choose an address", n), "name the addresses of your proxies")
		}
	}
	if len(c.Clients.Allow) == 0 && len(c.Clients.AnonymousNetworks) == 0 {
		c.warn("clients.allow", "nobody may ask: every question will be refused", "name the computer accounts of your Exchange servers")
	}
	for i, n := range c.Clients.AnonymousNetworks {
		key := element("clients.anonymous_networks", i)
		if n.Bits() == 0 {
			c.fail(key, fmt.Sprintf("%q would let everyone ask without logging on", n), "name the networks of your Exchange servers")
			continue
		}
		c.warn(key, fmt.Sprintf("everyone in %s may ask without logging on", n), "")
		for _, proxy := range c.Clients.TrustedProxies {
			if n.Overlaps(proxy.Prefix) {
				c.warn(key, fmt.Sprintf("everyone who comes through the proxies in %s may ask without logging on: the address of the connection is what counts", proxy),
					"leave the addresses of trusted_proxies out")
			}
		}
	}
	for i, p := range c.Clients.Allow {
		c.principal(element("clients.allow", i), p)
	}
	c.subset("clients.token_serialization", c.Clients.TokenSerialization)
}

// longestSkew is far beyond what domain members ever have among each other. How
// long logons have to be remembered grows with max_skew.
const longestSkew = Duration(time.Hour)

func (c *checker) kerberos() {
	k := c.Clients.Kerberos
	if k.Keytab != "" {
		c.keyFile("clients.kerberos.keytab", k.Keytab)
		c.positive("clients.kerberos.max_skew", k.MaxSkew)
		if k.MaxSkew > longestSkew {
			c.fail("clients.kerberos.max_skew", fmt.Sprintf("%s is more than %s", k.MaxSkew, longestSkew), "let the clocks follow a domain controller; 5m is what Windows allows")
		}
	}
	if c.Clients.KnowsKerberos() && k.ChannelBinding == BindingRequired && !c.TLS.Enabled() {
		c.fail("clients.kerberos.channel_binding", "required cannot be met without tls: nobody could log on", "give tls.certificate and tls.key, or write when-present")
	}
}

// mostHelpers take 16 MB each, and a domain controller answers in milliseconds.
const mostHelpers = 64

func (c *checker) ntlm() {
	n := c.Clients.NTLM
	switch n.Backend {
	case NTLMWinbind, NTLMSSPI:
		c.between("clients.ntlm.pool", n.Pool, 1, mostHelpers)
		c.positive("clients.ntlm.timeout", n.Timeout)
	case NTLMAccounts:
		c.required("clients.ntlm.accounts_file", string(n.AccountsFile), "backend is accounts")
		c.keyFile("clients.ntlm.accounts_file", n.AccountsFile)
	}
	if n.Backend == NTLMSSPI && c.options.System != "windows" {
		c.fail("clients.ntlm.backend", "sspi is for a proxy that runs on Windows", "on Linux, join the domain with Samba and write winbind")
	}
}

func (c *checker) clientCertificates() {
	certificates := c.Clients.Certificates
	c.file("clients.certificates.ca", certificates.CA)
	if len(certificates.Allow) > 0 {
		c.required("clients.certificates.ca", string(certificates.CA), "allow is given")
	}
	if certificates.CA != "" && !c.TLS.Enabled() {
		c.fail("clients.certificates", "needs tls: a certificate can be shown in a TLS handshake only", "give tls.certificate and tls.key")
	}
}

// principal warns of a principal that nobody can prove to be.
func (c *checker) principal(key string, p Principal) {
	if by := p.mechanism(); !c.configured(by) {
		c.warn(key, fmt.Sprintf("%s can never log on: clients has no %s", p, by), "")
	}
	if _, realm, found := strings.Cut(string(p), "@"); found && p.mechanism() == byKerberos && realm != strings.ToUpper(realm) {
		c.warn(key, fmt.Sprintf("%s will hardly match: the realms of Active Directory are in upper case", p), "")
	}
}

func (c *checker) configured(mechanism string) bool {
	kerberos := c.Clients.KnowsKerberos()
	switch mechanism {
	case byKerberos:
		return kerberos
	case byWindows:
		return kerberos || c.Clients.NTLM.Backend != NoNTLM
	case byBasic:
		return c.Clients.Basic.UsersFile != ""
	default:
		return c.Clients.Certificates.CA != ""
	}
}

// subset warns of principals that may use a connector but may not ask at all.
func (c *checker) subset(key string, principals []Principal) {
	for i, p := range principals {
		if !slices.Contains(c.Clients.Allow, p) {
			c.warn(element(key, i), fmt.Sprintf("%s is not in clients.allow and can never ask", p), "")
		}
	}
}
