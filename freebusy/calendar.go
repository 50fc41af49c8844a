package freebusy

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"
)

// Calendar is what one source told us about one mailbox. It is shared between
// questions and never changed once it has been handed out.
type Calendar struct {
	// Events are complete for Known: in absolute time, whole even where they
	// reach beyond it, ordered by start and then end, overlaps kept, Free
	// events included. Empty when the other side gave only Merged.
	Events []Event

	Detail       Detail // how much the events hold; MergedOnly means there are none
	Known        Window // the hours for which Events (or Merged) is complete
	AsOf         time.Time
	WorkingHours *WorkingHours // nil when the other side gave none
	Merged       *Merged       // only where the other side gives no events
	Origin       Origin

	limited limited
	stale   atomic.Pointer[Calendar]
	memo    memo
}

// Event is one entry of a calendar. End is not before Start; equal for a
// reminder without length.
type Event struct {
	Start, End time.Time
	Busy       BusyType
	Details    *Details // nil where only the time was granted
}

// SortEvents puts events into the order of a Calendar. Those with equal times keep
// the order they have.
func SortEvents(events []Event) {
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End))
	})
}

// Details is what an event shows beyond its time ([MS-OXWAVLS] 3.1.4.1).
// Where IsPrivate is set, ID, Subject and Location are empty.
type Details struct {
	ID, Subject, Location string

	IsMeeting, IsRecurring, IsException, IsReminderSet, IsPrivate bool
}

// Merged is a digit stream as another side computed it, valid for exactly this
// start and interval.
type Merged struct {
	Start    time.Time
	Interval time.Duration
	Digits   string // "0" to "4", one for each slot
}

// Events reads the slots as events, as far as digits tell: whole slots, of which
// those that are free make none.
func (m Merged) Events() []Event {
	var events []Event
	for i, digit := range m.Digits {
		busy := BusyType(digit - '0')
		if digit == '4' { // [MS-OXWAVLS] 3.1.4.1.4.1: no data
			busy = NoData
		}
		if busy > Free && busy <= OOF || busy == NoData {
			at := m.Start.Add(time.Duration(i) * m.Interval)
			events = append(events, Event{Start: at, End: at.Add(m.Interval), Busy: busy})
		}
	}
	return events
}

// Origin says where a Calendar came from, for traces and for operators.
type Origin struct {
	Connector string // name of the IntraOrganizationConnector
	Backend   string // "ews" or "graph"
	URL       string // the endpoint that answered
	RequestID string // the other side's own id of the request, for support cases
	Stale     bool   // kept beyond its time because the other side failed
}

// BusyType is the state of one event ([MS-OXWAVLS] 3.1.4.1).
type BusyType int

// The busy types. WorkingElsewhere is known to Exchange 2013 and later only.
const (
	Free BusyType = iota
	Tentative
	Busy
	OOF
	WorkingElsewhere
	NoData
)

var busyNames = [...]string{"Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData"}

// String returns the word of the EWS schema.
func (b BusyType) String() string {
	if b < 0 || int(b) >= len(busyNames) {
		return "NoData"
	}
	return busyNames[b]
}

// ParseBusyType reads the word of the EWS schema. A word it does not know is
// not ok: the caller decides whether that spoils the event or the answer.
func ParseBusyType(word string) (b BusyType, ok bool) {
	for i, name := range busyNames {
		if name == word {
			return BusyType(i), true
		}
	}
	return NoData, false
}
