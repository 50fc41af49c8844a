package config

// AuthConfig is what our organisation signs its tokens with (Set-AuthConfig).
type AuthConfig struct {
	Certificate         Certificate     `yaml:"certificate"`
	NextCertificate     NextCertificate `yaml:"next_certificate"`
	PreviousCertificate Certificate     `yaml:"previous_certificate"`
	ServiceName         string          `yaml:"service_name" default:"00000002-0000-0ff1-ce00-000000000000"`
	Realm               string          `yaml:"realm"` // absent: the first of accepted_domains
}

// Certificate is a certificate with its private key: a PFX in File, or PEM in
// File and Key. The zero value is none.
type Certificate struct {
	File       Path   `yaml:"file"`
	Password   Secret `yaml:"password"` // of the PFX
	Key        Path   `yaml:"key"`      // of the PEM form, not encrypted
	Thumbprint string `yaml:"thumbprint"`
	PKCS11     string `yaml:"pkcs11"`
}

// IsSet reports whether there is a certificate.
func (c Certificate) IsSet() bool { return c != Certificate{} }

// PFX reports whether File is a PKCS #12 store rather than PEM.
func (c Certificate) PFX() bool { return c.File != "" && c.Key == "" }

// NextCertificate takes over from Certificate at a set time.
type NextCertificate struct {
	Certificate
	Effective Time `yaml:"effective"`
}

// AuthServer gives out tokens for other organisations (New-AuthServer).
type AuthServer struct {
	Name                  string         `yaml:"name"`
	Type                  AuthServerType `yaml:"type" default:"MicrosoftACS"`
	AuthMetadataURL       URL            `yaml:"auth_metadata_url"`
	Realm                 string         `yaml:"realm"`                  // tenant id; empty: from the metadata or the challenge
	IssuerIdentifier      string         `yaml:"issuer_identifier"`      // empty: from the metadata
	TokenIssuingEndpoint  URL            `yaml:"token_issuing_endpoint"` // empty: from the metadata
	Tenant                string         `yaml:"tenant"`                 // of an AzureAD server
	ApplicationIdentifier GUID           `yaml:"application_identifier"` // of an AzureAD server
	Cloud                 CloudName      `yaml:"cloud" default:"none"`
	TrustedRoots          Path           `yaml:"trusted_roots"`    // PEM; empty: the system's
	AllowedNetworks       Networks       `yaml:"allowed_networks"` // may be dialled although private or loopback
	Certificate           Certificate    `yaml:"certificate"`      // unset: that of AuthConfig
	Enabled               bool           `yaml:"enabled" default:"true"`
}

// PartnerApplication may present bearer tokens to us (New-PartnerApplication).
type PartnerApplication struct {
	ApplicationIdentifier GUID `yaml:"application_identifier"`
	Enabled               bool `yaml:"enabled" default:"true"`
}
