package ews

import (
	"time"

	"availproxy/freebusy"
)

// Presentation is how one caller wants to be told what is found out: all of a
// request that is not the question itself. It is comparable, since its times
// are UTC.
type Presentation struct {
	Zone       freebusy.TimeZone // in which events are written
	Window     freebusy.Window   // of the FreeBusyViewOptions, in absolute time
	View       View              // the most that is wanted; None when FreeBusyViewOptions is absent
	Interval   time.Duration     // slot length of MergedFreeBusy, 5 minutes to 24 hours
	Generation Generation

	// Suggestions is what to suggest times for, in a SuggestionsResponse; nil
	// when SuggestionsViewOptions is absent. It is never changed.
	Suggestions *freebusy.Meeting
}

// memoKey names everything that a written FreeBusyResponse depends on besides
// its Calendar.
func (p Presentation) memoKey() any { return p.alone() }

func (p Presentation) alone() Presentation {
	p.Suggestions = nil
	return p
}
