package admin

import "time"

// Status is what the first page shows. It holds no mailbox addresses, no
// credentials and no tokens.
type Status struct {
	Version       string
	Started       time.Time
	Configuration string // path of the file
	Loaded        time.Time
	ReloadError   string // of the last reload, if it failed
	Warnings      []string
	Cache         CacheStatus
	Forests       []ForestStatus
	Shadows       []ShadowStatus // of the connectors that have one
	Certificates  []CertificateStatus
}

// CacheStatus is how full the cache is, and what has become of the mailboxes that
// it was asked for.
type CacheStatus struct {
	Mailboxes    int
	Bytes, Limit int64
	Forests      []CacheCounts
}

// CacheCounts are mailboxes of one forest, since the start but for the first two.
type CacheCounts struct {
	Forest           string
	Mailboxes, Bytes int64 // held now

	Requests, Hits, Negative, Stale, Misses, Partial, Coalesced, Renewed, Fetched, Evicted, Purged int64
}

// HitRatio is the part of the Requests that memory has answered, in percent.
func (c CacheCounts) HitRatio() int64 {
	if c.Requests == 0 {
		return 0
	}
	return 100 * (c.Requests - c.Misses) / c.Requests
}

// ForestStatus is what is known about one connector.
type ForestStatus struct {
	Connector, Backend string
	Domains            []string
	EWSEnd             string // when EWS ends for it, for people; "" where it does not
	Endpoint           string // "" until discovery has found one
	State              string // "up", "down until 12:03", ...
	LastError          string
}

// CertificateStatus is one auth certificate.
type CertificateStatus struct {
	Role, Thumbprint string
	NotAfter         time.Time
}

// DaysLeft counts whole days from now.
func (c CertificateStatus) DaysLeft() int { return int(time.Until(c.NotAfter).Hours() / 24) }
