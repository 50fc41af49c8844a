package server

import (
	"cmp"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/check/conflicts"
	"availproxy/cmd/internal/check/exports"
	"availproxy/cmd/internal/config"
	"availproxy/ews"
)

// checkExports compares the configuration with what Exchange says of itself.
func (w *wiring) checkExports(paths []string) []check.Finding {
	if len(paths) == 0 {
		return nil
	}
	set, err := exports.Read(paths)
	var findings []check.Finding
	if err != nil {
		findings = append(findings, conflicts.Unreadable(err))
	}
	return append(findings, conflicts.Find(w.ours(), set)...)
}

// ours is what Exchange could contradict.
func (w *wiring) ours() conflicts.Ours {
	c := w.config
	ours := conflicts.Ours{
		Modern: c.TLS.Enabled() && c.TLS.Profile == config.Modern, Allowed: words(c.Clients.Allow), AcceptedDomains: words(c.AcceptedDomains),
		ServiceName: c.AuthConfig.ServiceName,
	}
	if names, err := certificateNames(c.TLS); err == nil {
		ours.ProxyHosts = names
	}
	if own := w.certificates.Current; own != nil {
		ours.Certificates.Current = own.Thumbprint()
	}
	if next := w.certificates.Next; next != nil {
		ours.Certificates.Next = next.Thumbprint()
	}
	if previous := w.certificates.Previous; previous != nil {
		ours.Certificates.Previous = previous.Thumbprint()
	}
	for _, connector := range c.Connectors {
		if connector.Enabled {
			ours.Connectors = append(ours.Connectors, w.ourConnector(connector))
		}
	}
	return ours
}

func (w *wiring) ourConnector(c config.IntraOrganizationConnector) conflicts.Connector {
	ours := conflicts.Connector{
		Name: c.Name, Domains: words(c.TargetAddressDomains), EWS: c.AsksEWS(), AuthConfig: c.AuthServer == config.SelfIssued,
		UserAgent: cmp.Or(c.UserAgent, ews.DefaultUserAgent(w.forests[c.Name].version)),
	}
	for _, s := range w.config.AuthServers {
		if s.Name != c.AuthServer {
			continue
		}
		ours.AuthConfig = !s.Certificate.IsSet()
		if s.Type == config.AzureAD {
			ours.Application = string(s.ApplicationIdentifier)
		} else {
			ours.ACSHost = s.AuthMetadataURL.Host()
		}
	}
	return ours
}
