package conflicts

// Ours is what the configuration says, as far as Exchange could contradict it.
type Ours struct {
	ProxyHosts      []string // names in the certificate of the listener; empty: not known
	Modern          bool     // callers need TLS 1.2
	Allowed         []string // clients.allow
	AcceptedDomains []string
	ServiceName     string
	Certificates    Thumbprints // of auth_config
	Connectors      []Connector
}

// Thumbprints are those of auth certificates, "" for one that is not configured.
type Thumbprints struct{ Current, Next, Previous string }

// Connector is an enabled connector.
type Connector struct {
	Name        string
	Domains     []string // exact, or *.suffix
	EWS         bool     // asks EWS, now or beside
	AuthConfig  bool     // with tokens that the certificate of auth_config signs for
	Application string   // or as this application of Entra ID
	UserAgent   string
	ACSHost     string // of the auth server, if it is one
}
