package admin

import (
	"net/http"
	"time"

	"availproxy/cmd/internal/history"
)

// Status is what the first page shows. It holds no credentials and no tokens,
// and no mailbox addresses unless admin.allow_mailboxes says so.
type Status struct {
	Started       time.Time
	Configuration string // path of the file
	Loaded        time.Time
	ReloadError   string // of the last reload, if it failed
	NotReady      []string
	Warnings      []string
	Cache         CacheStatus
	Forests       []ForestStatus
	Shadows       []ShadowStatus // of the connectors that have one
	Certificates  []CertificateStatus
	Tokens        []TokenStatus
	Deadlines     []Deadline // the nearest first
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

// statusView is the Status with the last questions, and with the form of a look-up
// unless they are not allowed.
type statusView struct {
	Status
	Lookup *lookupView
	Recent history.Document
}

var statusPage = newPage("/", "Status", "status.html")

func (a *Admin) status(w http.ResponseWriter, _ *http.Request) {
	v := statusView{Status: a.Status()}
	if a.mayLookUp() {
		v.Lookup = &lookupView{Form: newForm(time.Now()), Zones: commonZones}
	}
	if a.Queries != nil {
		v.Recent = a.Queries()
	}
	a.write(w, http.StatusOK, statusPage, v)
}
