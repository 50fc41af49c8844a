package config

// IntraOrganizationConnector names another forest, how it is reached and how
// much of its calendars we pass on (New-IntraOrganizationConnector).
type IntraOrganizationConnector struct {
	Name                     string         `yaml:"name"`
	TargetAddressDomains     []Domain       `yaml:"target_address_domains"`
	Cloud                    CloudName      `yaml:"cloud" default:"none"`
	DiscoveryEndpoint        URL            `yaml:"discovery_endpoint"` // autodiscover.svc of the target
	TargetSharingEPR         URL            `yaml:"target_sharing_epr"` // a fixed EWS URL instead
	Authentication           Authentication `yaml:"authentication" default:"oauth"`
	Credentials              Credentials    `yaml:"credentials"` // for anything but oauth
	AuthServer               string         `yaml:"auth_server"` // a name of AuthServers, or [SelfIssued]
	TargetRealm              string         `yaml:"target_realm"`
	ActAs                    ActAs          `yaml:"act_as" default:"application"`
	Backend                  Backend        `yaml:"backend" default:"ews"`
	Shadow                   Shadow         `yaml:"shadow" default:"none"`
	Graph                    Graph          `yaml:"graph"`
	EWSEndDate               Date           `yaml:"ews_end_date"`
	AccessLevel              AccessLevel    `yaml:"access_level" default:"AvailabilityOnly"`
	ApplicationSeesDetails   Acceptance     `yaml:"application_sees_details"`
	MailTipsAccess           MailTipsAccess `yaml:"mail_tips_access" default:"None"`
	MaximumQueryIntervalDays int            `yaml:"maximum_query_interval_days" default:"62"`
	AllowedHosts             []Host         `yaml:"allowed_hosts"`    // for redirects and discovered URLs
	AllowedNetworks          Networks       `yaml:"allowed_networks"` // may be dialled although private or loopback
	TrustedRoots             Path           `yaml:"trusted_roots"`    // PEM; empty: the system's
	UserAgent                string         `yaml:"user_agent"`       // empty: that of an Exchange 2013 server, and ours
	Timeout                  Duration       `yaml:"timeout" default:"8s"`
	MaxConcurrency           int            `yaml:"max_concurrency" default:"16"`
	Clients                  []Principal    `yaml:"clients"` // who may use it; empty: all that are allowed
	Enabled                  bool           `yaml:"enabled" default:"true"`
}

// AsksGraph reports whether Graph is asked, now or some day, served or not.
func (c IntraOrganizationConnector) AsksGraph() bool {
	return c.Backend != EWSBackend || c.Shadow == ShadowGraph
}

// AsksEWS reports the same of EWS.
func (c IntraOrganizationConnector) AsksEWS() bool {
	return c.Backend != GraphBackend || c.Shadow == ShadowEWS
}

// SelfIssued in auth_server stands for tokens that we sign ourselves.
const SelfIssued = "self"

// Credentials log on where tokens are not spoken.
type Credentials struct {
	UserName string `yaml:"user_name"`
	Password Secret `yaml:"password"`
}

// Graph is how Microsoft Graph is asked.
type Graph struct {
	AuthServer           string   `yaml:"auth_server"`
	URL                  URL      `yaml:"url"` // with the version path; empty: that of the cloud
	AnchorMailboxes      []string `yaml:"anchor_mailboxes"`
	Batch                int      `yaml:"batch" default:"20"`
	ConcurrencyPerAnchor int      `yaml:"concurrency_per_anchor" default:"4"`
}
