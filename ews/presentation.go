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

	// Suggestions tells that the request has SuggestionsViewOptions, so that
	// the answer must have a SuggestionsResponse.
	Suggestions bool
}

// memoKey names everything that a written FreeBusyResponse depends on besides
// its Calendar.
func (p Presentation) memoKey() any {
	p.Suggestions = false
	return p
}
