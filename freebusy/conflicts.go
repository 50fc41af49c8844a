package freebusy

import "time"

// AttendeeConflict is what is known of an attendee at one time
// (learn.microsoft.com attendeeconflictdataarray).
type AttendeeConflict struct {
	Unknown bool     // nobody can tell; else Busy says it
	Busy    BusyType // the busiest of that time: Free, NoData, Tentative, Busy or OOF
}

// conflicts reports whether the attendee is taken. WorkingElsewhere counts as
// free, as in a merged stream.
func (c AttendeeConflict) conflicts() bool {
	return !c.Unknown && (c.Busy == Tentative || c.Busy == Busy || c.Busy == OOF)
}

// conflictsIn returns, for each of the meetings, what is known of each attendee.
// The meetings must be equally long, in order and in w, for which answers with
// events are complete.
//
// It takes time in proportion to meetings and events together, whatever
// overlaps with what.
func conflictsIn(meetings []Window, w Window, answers []Answer) [][]AttendeeConflict {
	n := len(answers)
	all := make([]AttendeeConflict, len(meetings)*n)
	rows := make([][]AttendeeConflict, len(meetings))
	for k := range rows {
		rows[k] = all[k*n : (k+1)*n : (k+1)*n]
	}
	for i, a := range answers {
		events, told := a.eventsOf(w)
		for _, busy := range [...]BusyType{NoData, Tentative, Busy, OOF} { // the latter outdo the former
			spans := passing(spansOf(events, busy))
			for k, meeting := range meetings {
				if span, left := spans.at(meeting.Start); left && span.Start.Before(meeting.End) {
					rows[k][i].Busy = busy
				}
			}
		}
		for k, meeting := range meetings {
			if c := &rows[k][i]; !c.conflicts() && !told.Covers(meeting) {
				*c = AttendeeConflict{Unknown: true}
			}
		}
	}
	return rows
}

// eventsOf returns what is known about w, and the hours for which that is
// complete: none for an answer that failed, those of the digits where there is
// nothing else.
func (a Answer) eventsOf(w Window) (events []Event, told Window) {
	switch c := a.Calendar; {
	case c == nil:
		return nil, Window{}
	case c.Detail > MergedOnly:
		return c.Events, w
	case c.Merged == nil || c.Merged.Interval <= 0:
		return nil, Window{}
	default:
		return c.Merged.events(), Window{c.Merged.Start, c.Merged.end()}
	}
}

// events are the slots of m that are not free, each as an event. "4" is no
// data, as old callers have it ([MS-OXWAVLS] 4.3).
func (m *Merged) events() (events []Event) {
	for k, digit := range []byte(m.Digits) {
		busy := NoData
		if digit < '4' {
			busy = BusyType(digit - '0')
		}
		start := m.Start.Add(time.Duration(k) * m.Interval)
		if busy != Free {
			events = append(events, Event{Start: start, End: start.Add(m.Interval), Busy: busy})
		}
	}
	return events
}

// spansOf returns the hours of all events of that busy type, disjoint and in
// order.
func spansOf(events []Event, busy BusyType) (spans []Window) {
	for _, e := range events {
		if e.Busy == busy {
			spans = append(spans, Window{e.Start, e.End})
		}
	}
	return union(spans)
}

// passing are disjoint spans in order, of which one after the other passes.
type passing []Window

// at returns the first span that ends after t, if one is left. What ends before
// is forgotten, so that t may only grow from call to call.
func (p *passing) at(t time.Time) (span Window, left bool) {
	for len(*p) > 0 && !(*p)[0].End.After(t) {
		*p = (*p)[1:]
	}
	if len(*p) == 0 {
		return Window{}, false
	}
	return (*p)[0], true
}
