package config

// Clients says who may ask, and how they prove who they are.
type Clients struct {
	Kerberos     Kerberos           `yaml:"kerberos"`
	NTLM         NTLM               `yaml:"ntlm"`
	Basic        Basic              `yaml:"basic"`
	Certificates ClientCertificates `yaml:"certificates"`
	OAuth        map[string]any     `yaml:"oauth"` // its keys come with a later version

	Networks           Networks    `yaml:"networks"`            // who may connect at all; empty: everyone
	TrustedProxies     Networks    `yaml:"trusted_proxies"`     // whose X-Forwarded-For is believed
	AnonymousNetworks  Networks    `yaml:"anonymous_networks"`  // served without a challenge
	TokenSerialization []Principal `yaml:"token_serialization"` // who may name the end user
	Allow              []Principal `yaml:"allow"`               // empty: nobody
}

// KnowsKerberos reports whether anybody can log on by Kerberos: with a keytab of
// ours, or with the keys that Windows has.
func (c Clients) KnowsKerberos() bool { return c.Kerberos.Keytab != "" || c.NTLM.Backend == NTLMSSPI }

// Kerberos is in use when Keytab is set, or when Windows checks logons. The
// keytab goes first.
type Kerberos struct {
	Keytab         Path           `yaml:"keytab"`
	MaxSkew        Duration       `yaml:"max_skew" default:"5m"`
	ChannelBinding ChannelBinding `yaml:"channel_binding" default:"when-present"`
}

// NTLM is in use when Backend is not none.
type NTLM struct {
	Backend      NTLMBackend `yaml:"backend" default:"none"`
	Helper       []string    `yaml:"helper"`           // command line of ntlm_auth; empty: the usual one
	Pool         int         `yaml:"pool" default:"8"` // of helpers, or of logons that Windows checks at a time
	Timeout      Duration    `yaml:"timeout" default:"5s"`
	AccountsFile Path        `yaml:"accounts_file"`
}

// Basic is in use when UsersFile is set.
type Basic struct {
	UsersFile Path `yaml:"users_file"` // lines of user:bcrypt
}

// ClientCertificates is in use when CA is set.
type ClientCertificates struct {
	CA    Path     `yaml:"ca"`    // PEM
	Allow []string `yaml:"allow"` // subjects or alternative names; empty: whatever CA signed
}
