package freebusy

import (
	"cmp"
	"slices"
	"time"
)

// Meeting is what a time is sought for: SuggestionsViewOptions ([MS-OXWAVLS]
// 3.1.4.1.3.24) with the attendees.
type Meeting struct {
	Attendees []Attendee    // one for each mailbox of the Query, in its order
	Duration  time.Duration // more than 0
	Window    Window        // DetailedSuggestionsWindow, in which the whole meeting has to lie
	Current   time.Time     // CurrentMeetingTime: when it is now; zero for a new meeting

	GoodThreshold                  int // percent of the attendees who may have a conflict at a good time, 0 to 50
	MinimumSuggestionQuality       SuggestionQuality
	MaximumResultsByDay            int
	MaximumNonWorkHourResultsByDay int // of those
}

// SuggestionDay is a SuggestionDayResult: the times of one calendar day of the
// zone that suggestions were asked for in.
type SuggestionDay struct {
	Date        time.Time         // midnight on the wall clock, labelled UTC
	Quality     SuggestionQuality // of the best suggestion, Poor when there is none
	Suggestions []Suggestion      // best first, then earliest first
}

// Suggestion is a time for a meeting.
type Suggestion struct {
	Start      time.Time
	IsWorkTime bool
	Quality    SuggestionQuality
	Conflicts  []AttendeeConflict // one for each attendee, in order; not to be changed
}

// SuggestionQuality says how many attendees are free ([MS-OXWAVLS] 3.1.4.1.4.3).
type SuggestionQuality int

// The qualities, worst first, so that they compare with < and max.
const (
	Poor      SuggestionQuality = iota // half of the attendees or more have a conflict
	Fair                               // more than GoodThreshold, less than half
	Good                               // at most GoodThreshold percent
	Excellent                          // nobody
)

var qualityNames = []string{"Poor", "Fair", "Good", "Excellent"}

// String returns the word of the EWS schema.
func (q SuggestionQuality) String() string { return qualityNames[min(max(q, Poor), Excellent)] }

// ParseSuggestionQuality reads the word of the EWS schema.
func ParseSuggestionQuality(word string) (q SuggestionQuality, ok bool) {
	i := slices.Index(qualityNames, word)
	return SuggestionQuality(i), i >= 0
}

// Suggest finds times for m in the calendars of its attendees. answers are one
// for each attendee, in order, complete for m.Window. Days and times of day are
// those of zone. There is one SuggestionDay for each calendar day of m.Window,
// also where it has no suggestion, as Exchange 2007 has it.
//
// A time is a candidate every half hour of the day. It is never suggested when
// somebody has a conflict who must not have one, or when it is worse than
// MinimumSuggestionQuality, with one exception: the current time of the meeting
// is always among the suggestions when it lies in m.Window, and takes the first
// place of those that its day has.
//
// An attendee whose answer failed is unknown and changes nothing. Nothing in an
// answer tells that a mailbox is a group; one that has digits counts like
// anybody else.
func (m *Meeting) Suggest(zone TimeZone, answers []Answer) []SuggestionDay {
	days := daysOf(m.Window, zone)
	if len(days) == 0 || m.Duration <= 0 {
		return days
	}
	candidates := m.candidates(zone, days)
	conflicts := conflictsIn(candidates, m.Window, answers)
	work := passing(hoursOfFirst(answers, zone).Within(m.Window))
	for k, candidate := range candidates {
		quality, forbidden := m.judge(conflicts[k])
		s := Suggestion{Start: candidate.Start, Quality: quality, Conflicts: conflicts[k]}
		if (forbidden || quality < m.MinimumSuggestionQuality) && !m.isCurrent(s) {
			continue
		}
		span, left := work.at(s.Start)
		s.IsWorkTime = left && span.Covers(candidate)
		day := &days[int(midnight(zone.Wall(s.Start)).Sub(days[0].Date)/(24*time.Hour))]
		day.Suggestions = append(day.Suggestions, s)
	}
	for i := range days {
		m.choose(&days[i])
	}
	return days
}

// daysOf returns each calendar day of which w has a part, without suggestions.
func daysOf(w Window, zone TimeZone) (days []SuggestionDay) {
	first, last := midnight(zone.Wall(w.Start)), midnight(zone.Wall(w.End.Add(-1)))
	for _, part := range zone.steady(w) { // clocks that are put back over midnight show an earlier day later
		first = earlier(first, midnight(zone.Wall(part.Start)))
		last = later(last, midnight(zone.Wall(part.End.Add(-1))))
	}
	for ; !first.After(last); first = first.AddDate(0, 0, 1) {
		days = append(days, SuggestionDay{Date: first})
	}
	return days
}

// candidates returns, in order, the meeting at every half hour of the wall clock
// and at the current time, as far as it lies in the window. Of an hour that
// occurs twice it takes the one that a time without an offset stands for, since
// that is how suggestions are written.
func (m *Meeting) candidates(zone TimeZone, days []SuggestionDay) (candidates []Window) {
	for _, day := range days {
		for wall := day.Date; wall.Before(day.Date.AddDate(0, 0, 1)); wall = wall.Add(30 * time.Minute) {
			start := zone.Instant(wall)
			meeting := Window{start, start.Add(m.Duration)}
			if m.Window.Covers(meeting) && zone.Wall(start).Equal(wall) {
				candidates = append(candidates, meeting)
			}
		}
	}
	current := Window{m.Current, m.Current.Add(m.Duration)}
	i, found := slices.BinarySearchFunc(candidates, m.Current, func(c Window, t time.Time) int { return c.Start.Compare(t) })
	if !found && m.Window.Covers(current) {
		candidates = slices.Insert(candidates, i, current)
	}
	return candidates
}

func (m *Meeting) isCurrent(s Suggestion) bool { return s.Start.Equal(m.Current) }

// hoursOfFirst are the working hours by which work time is told: those of the
// first mailbox, if they are known.
func hoursOfFirst(answers []Answer, zone TimeZone) *WorkingHours {
	if len(answers) > 0 && answers[0].Calendar != nil && answers[0].Calendar.WorkingHours != nil {
		return answers[0].Calendar.WorkingHours
	}
	return usualHours(zone)
}

// judge tells how good a time is by the attendees who count and are known, and
// whether one must be free who is not.
func (m *Meeting) judge(conflicts []AttendeeConflict) (q SuggestionQuality, forbidden bool) {
	known, conflicting := 0, 0
	for i, c := range conflicts {
		attendee := m.Attendees[i]
		forbidden = forbidden || c.conflicts() && attendee.mustBeFree()
		if c.Unknown || !attendee.counts() {
			continue
		}
		known++
		if c.conflicts() {
			conflicting++
		}
	}
	switch {
	case conflicting == 0:
		return Excellent, forbidden
	case 100*conflicting <= m.GoodThreshold*known:
		return Good, forbidden
	case 2*conflicting < known:
		return Fair, forbidden
	}
	return Poor, forbidden
}

// choose leaves as many suggestions of a day as were asked for, the best.
func (m *Meeting) choose(day *SuggestionDay) {
	places, afterHours := m.MaximumResultsByDay, m.MaximumNonWorkHourResultsByDay
	take := func(s Suggestion) {
		places--
		if !s.IsWorkTime {
			afterHours--
		}
	}
	if i := slices.IndexFunc(day.Suggestions, m.isCurrent); i >= 0 {
		take(day.Suggestions[i])
	}
	slices.SortStableFunc(day.Suggestions, func(a, b Suggestion) int { return cmp.Compare(b.Quality, a.Quality) })
	day.Suggestions = slices.DeleteFunc(day.Suggestions, func(s Suggestion) bool {
		if m.isCurrent(s) {
			return false
		}
		if places <= 0 || !s.IsWorkTime && afterHours <= 0 {
			return true
		}
		take(s)
		return false
	})
	if len(day.Suggestions) > 0 {
		day.Quality = day.Suggestions[0].Quality
	}
}
