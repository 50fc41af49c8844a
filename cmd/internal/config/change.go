package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// Changes are what a reload has to know about two configurations.
type Changes struct {
	// Restart names the keys that differ and take effect at the next start
	// only, in the order of the file.
	Restart []string
	// Dropped names the connectors of the old configuration whose answers no
	// longer count, because their fingerprint changed, they are gone, or more
	// is passed on now than was asked for then.
	Dropped []string
}

// Diff tells what a reload from old to new means. Whatever it does not name
// swaps at once.
func Diff(old, new *Config) Changes {
	var changes Changes
	for _, row := range []struct {
		key    string
		differ bool
	}{
		{"listen", old.Listen != new.Listen},
		{"tls", old.TLS.Enabled() != new.TLS.Enabled()},
		{"admin.listen", old.Admin.Listen != new.Admin.Listen},
		{"admin.probes", old.Admin.Probes != new.Admin.Probes},
		{"admin.tls", old.Admin.TLS.Enabled() != new.Admin.TLS.Enabled()},
		{"cache.size", old.Cache.Size != new.Cache.Size},
	} {
		if row.differ {
			changes.Restart = append(changes.Restart, row.key)
		}
	}
	for _, connector := range old.Connectors {
		if old.Fingerprint(connector.Name) != new.Fingerprint(connector.Name) || old.accessLevel(connector.Name).below(new.accessLevel(connector.Name)) {
			changes.Dropped = append(changes.Dropped, connector.Name)
		}
	}
	return changes
}

// Fingerprint stands for everything that decides what the other side of a
// connector answers: which forest it is, who we are there, and on whose behalf
// we ask. Equal fingerprints mean that answers may be kept. It is "" for a
// connector that is not there or not enabled. How much of an answer is passed
// on is not in it: that is decided anew for every answer, and less of what is
// held can always be given.
func (c *Config) Fingerprint(connector string) string {
	i := slices.IndexFunc(c.Connectors, func(o IntraOrganizationConnector) bool { return o.Name == connector })
	if i < 0 || !c.Connectors[i].Enabled {
		return ""
	}
	o := c.Connectors[i]
	data, err := json.Marshal([]any{
		o.TargetAddressDomains, o.Cloud, c.Clouds[o.Cloud], o.DiscoveryEndpoint, o.TargetSharingEPR, o.Backend, o.Graph, c.ConnectTo,
		o.Authentication, o.Credentials.UserName, o.TargetRealm, o.ActAs, o.AuthServer, c.issuer(o.AuthServer), c.issuer(o.Graph.AuthServer),
		c.AuthConfig.ServiceName, c.AuthConfig.Realm,
	})
	if err != nil {
		return "" // not reached: strings and numbers always marshal
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// accessLevel is that of a connector, the least when it is not there.
func (c *Config) accessLevel(connector string) AccessLevel {
	i := slices.IndexFunc(c.Connectors, func(o IntraOrganizationConnector) bool { return o.Name == connector })
	if i < 0 {
		return NoAccess
	}
	return c.Connectors[i].AccessLevel
}

// issuer is what an auth server puts into tokens; how it is reached and which
// key we show it do not count.
func (c *Config) issuer(name string) []any {
	i := slices.IndexFunc(c.AuthServers, func(s AuthServer) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	s := c.AuthServers[i]
	return []any{s.Type, s.AuthMetadataURL, s.Realm, s.IssuerIdentifier, s.TokenIssuingEndpoint, s.Tenant, s.ApplicationIdentifier, s.Cloud}
}
