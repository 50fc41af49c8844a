package admin

import (
	"net/url"
	"time"
)

// ShadowStatus is what comparing has found between the back end of a connector
// and its shadow.
type ShadowStatus struct {
	Connector, Backend string // the latter is what is asked beside

	Equal, Different, Skipped, Failed int // mailboxes, as often as they were asked for

	Kinds       []ShadowKind
	Compared    time.Time // the last one; zero when there was none
	LastFailure string
	Recent      []ShadowDifference // the newest first
}

// ID is the fragment of the shadow on the page.
func (s ShadowStatus) ID() string { return "shadow-" + url.QueryEscape(s.Connector) }

// Mailboxes is how many were compared.
func (s ShadowStatus) Mailboxes() int { return s.Equal + s.Different }

// ShadowKind counts the differences of one kind.
type ShadowKind struct {
	Kind  string // in words
	Count int
}

// ShadowDifference is one difference. Served and Other are times and busy types,
// "" for nothing.
type ShadowDifference struct {
	At            time.Time
	Mailbox       string // a pseudonym
	Kind          string
	Served, Other string
}
