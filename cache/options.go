package cache

import (
	"time"

	"availproxy/freebusy"
)

// Options are the lifetimes and limits of a [Cache].
type Options struct {
	Fresh    time.Duration // for how long a calendar is served without asking again
	Stale    time.Duration // for how long after AsOf it may stand in for a failure
	Negative time.Duration // for how long a failure is remembered
	NotFound time.Duration // the same for an unknown mailbox
	Padding  time.Duration // how much wider than asked, on either side, a window is fetched
	Abandon  time.Duration // how long a fetch may go on after its asker has left

	// Revalidate is for how long after Fresh a calendar is still served at once
	// while it is fetched anew. Zero fetches first.
	Revalidate time.Duration

	// Forest is the name of the connector that a mailbox belongs to, "" when none
	// leads to it. It must not block. Nil knows none.
	Forest func(freebusy.Mailbox) string

	// Widest is the longest window that the forest of a mailbox answers for at
	// once, which padding never exceeds. Nil is 62 days for all.
	Widest func(freebusy.Mailbox) time.Duration
}

// widest is the longest window that current Exchange servers accept
// (learn.microsoft.com sharing-exchange-2013-help: 62 days).
const widest = 62 * 24 * time.Hour

func (o Options) widest(m freebusy.Mailbox) time.Duration {
	if o.Widest == nil {
		return widest
	}
	return min(o.Widest(m), widest)
}
