package cache

import (
	"time"

	"availproxy/freebusy"
)

// Snapshot says how the calendars of a Store are kept from one process for the
// next. Which mailbox they are of, for which scope and as of when is kept with
// them.
//
// Failures are not kept: a restart is often what mends them, and to ask once
// more costs little. Nor is what can be made anew: memos, how often somebody
// was asked for, and who had better be asked for no more than the question.
type Snapshot struct {
	Key SnapshotKey

	// Longest is the age at which a calendar is of no more use.
	Longest time.Duration

	// Fingerprint stands for everything that decides what a connector answers.
	// A calendar is only loaded where it is what it was when the calendar was
	// saved, and neither saved nor loaded where it is "": there is no such
	// connector.
	Fingerprint func(connector string) string

	// Belongs reports whether the mailbox is answered by the connector that the
	// calendar is from. Nil accepts all.
	Belongs func(mailbox string, c *freebusy.Calendar) bool
}

// useful reports whether h is worth keeping, by its age.
func (s Snapshot) useful(age time.Duration) bool { return age >= 0 && age < s.Longest }

// The kinds of records of a snapshot.
const (
	recordBegin   = iota // when it was written; the first one
	recordOrigin         // where calendars of later records are from
	recordMailbox        // what is held under one key
)

// place is what the origins of many calendars have in common.
type place struct{ connector, backend, url string }

func placeOf(o freebusy.Origin) place { return place{o.Connector, o.Backend, o.URL} }
