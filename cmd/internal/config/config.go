package config

// Config is a whole configuration file. A tag "default" holds the value of a
// key that is absent, in the spelling of the file; without one it is the zero
// value. [Example] shows every key with its meaning for operators.
type Config struct {
	Listen Listen `yaml:"listen" default:":443"` // where Exchange asks
	TLS    TLS    `yaml:"tls"`                   // absent: plain HTTP, on loopback only
	Admin  Admin  `yaml:"admin"`

	StateDirectory      Path                         `yaml:"state_directory"` // for the files of ours that are named nowhere else; empty: none
	Timeouts            Timeouts                     `yaml:"timeouts"`
	InternetWebProxy    URL                          `yaml:"internet_web_proxy"` // for all outbound HTTP; empty: none
	NoProxy             []string                     `yaml:"no_proxy"`           // in the words of NO_PROXY: host, .domain, CIDR
	ConnectTo           map[HostPort]HostPort        `yaml:"connect_to"`         // dial another address under the same name
	Clouds              map[CloudName]CloudOverrides `yaml:"clouds"`             // what differs from the built-in table
	Clients             Clients                      `yaml:"clients"`
	AcceptedDomains     []Domain                     `yaml:"accepted_domains"` // our own: a redirect back into one is a loop
	AuthConfig          AuthConfig                   `yaml:"auth_config"`
	AuthServers         []AuthServer                 `yaml:"auth_servers"`
	PartnerApplications []PartnerApplication         `yaml:"partner_applications"`
	Connectors          []IntraOrganizationConnector `yaml:"intra_organization_connectors"`
	Cache               Cache                        `yaml:"cache"`
	Telemetry           Telemetry                    `yaml:"telemetry"`

	// Warnings are what the file may say but hardly means, in its order.
	Warnings []Problem `yaml:"-"`

	file  string              // its name, for Show
	given map[string]position // where each key of the file stands
}

// TLS is how a listener proves who it is.
type TLS struct {
	Certificate Path       `yaml:"certificate"` // PEM, the chain after the leaf
	Key         Path       `yaml:"key"`         // PEM, not encrypted
	Profile     TLSProfile `yaml:"profile" default:"modern"`
}

// Enabled reports whether the listener speaks TLS at all.
func (t TLS) Enabled() bool { return t.Certificate != "" || t.Key != "" }

// Admin is the listener for operators.
type Admin struct {
	Listen         Listen `yaml:"listen" default:"127.0.0.1:9910"`
	Probes         Listen `yaml:"probes"`     // a further listener without personal data; empty: none
	Hosts          []Host `yaml:"hosts"`      // Host header values besides the listener's own
	UsersFile      Path   `yaml:"users_file"` // lines of user:bcrypt
	TLS            TLS    `yaml:"tls"`
	AllowLookup    bool   `yaml:"allow_lookup" default:"true"`
	AllowMailboxes bool   `yaml:"allow_mailboxes"` // addresses on the pages instead of keyed hashes
}

// Timeouts bound one question.
type Timeouts struct {
	Answer  Duration `yaml:"answer" default:"8s"`   // the reply goes out, complete or not
	Abandon Duration `yaml:"abandon" default:"20s"` // what is still under way is given up
}

// Cache says for how long answers are kept, and how many.
type Cache struct {
	Size     ByteSize `yaml:"size" default:"256MiB"`
	Fresh    Duration `yaml:"fresh" default:"60s"`     // an answer is given again without asking
	Stale    Duration `yaml:"stale" default:"15m"`     // an answer may stand in for a forest that fails
	Negative Duration `yaml:"negative" default:"10s"`  // a failure is not tried again
	NotFound Duration `yaml:"not_found" default:"10m"` // an unknown mailbox stays unknown
	Padding  Duration `yaml:"padding" default:"7d"`    // asked for on both sides of a window
	Snapshot Snapshot `yaml:"snapshot"`
}

// Telemetry is what the OTEL_* variables do not say.
type Telemetry struct {
	HashKey Secret `yaml:"hash_key"` // HMAC key for mailbox hashes; unset: random for each process
}
