package freebusy_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"availproxy/freebusy"
)

// places have clocks that never change, that change in either hemisphere, by
// half an hour, at midnight and back over midnight, and that are off by half
// hours and by quarters.
var places = []string{
	"UTC", "Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "Europe/Dublin", "America/Los_Angeles",
	"America/St_Johns", "America/Havana", "America/Santiago", "America/Nuuk", "Asia/Beirut", "Africa/Cairo",
	"Australia/Sydney", "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Chatham", "Pacific/Marquesas",
}

// TestSuggestionsAreWhatEachMinuteSays compares Suggest with a computation that
// looks at every minute of every attendee, by the clocks of time.Location and
// not by those of TimeZone.
func TestSuggestionsAreWhatEachMinuteSays(t *testing.T) {
	for _, place := range places {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				s := drawScene(t, place)
				for range 3 {
					s.drawOptions(t)
					got := s.meeting.Suggest(freebusy.ZoneOf(s.zone, s.meeting.Window.Start), s.answers)
					if want := s.minuteByMinute(); !slices.EqualFunc(want, got, sameDay) {
						t.Fatalf("(-minute by minute +got)\n%s\n%+v", cmp.Diff(want, got), s.meeting)
					}
				}
			})
		})
	}
}

func sameDay(a, b freebusy.SuggestionDay) bool {
	return a.Date.Equal(b.Date) && a.Quality == b.Quality && slices.EqualFunc(a.Suggestions, b.Suggestions, func(a, b freebusy.Suggestion) bool {
		return a.Start.Equal(b.Start) && a.IsWorkTime == b.IsWorkTime && a.Quality == b.Quality && slices.Equal(a.Conflicts, b.Conflicts)
	})
}

// scene is a meeting with the calendars of all who are to come.
type scene struct {
	zone, owners *time.Location // of whoever asks, and of the first attendee
	meeting      freebusy.Meeting
	answers      []freebusy.Answer

	minutes [][]int // of each attendee, one of ranks or unknown for each minute of the window
	working []bool  // for each minute of the window
}

func drawScene(t *rapid.T, place string) *scene {
	s := &scene{zone: location(t, place), owners: location(t, rapid.SampledFrom(places).Draw(t, "owner's place"))}
	start := s.drawStart(t)
	length := time.Duration(rapid.OneOf(rapid.IntRange(1, 600), rapid.IntRange(1, 4*24*60), rapid.Just(24*60)).Draw(t, "window minutes")) * time.Minute
	s.meeting.Window = freebusy.Window{Start: start, End: start.Add(length)}
	for range rapid.IntRange(0, 6).Draw(t, "attendees") {
		s.meeting.Attendees = append(s.meeting.Attendees, freebusy.Attendee{
			Type:             freebusy.AttendeeType(rapid.IntRange(0, 4).Draw(t, "type")),
			ExcludeConflicts: rapid.IntRange(0, 5).Draw(t, "exclude") == 0,
		})
		s.answers = append(s.answers, s.drawAnswer(t))
	}
	s.working = make([]bool, length/time.Minute)
	for i := range s.working {
		s.working[i] = s.isWorkTime(start.Add(time.Duration(i) * time.Minute))
	}
	for _, a := range s.answers {
		s.minutes = append(s.minutes, s.minutesOf(a))
	}
	return s
}

// drawStart draws a moment of 2026, often one around which the clocks change.
func (s *scene) drawStart(t *rapid.T) time.Time {
	day := rapid.IntRange(20, 340).Draw(t, "day")
	start := time.Date(2026, time.January, day, 0, 0, 0, 0, s.zone)
	if _, change := start.ZoneBounds(); !change.IsZero() && change.Year() == 2026 && rapid.Bool().Draw(t, "near a change") {
		start = time.Date(2026, change.Month(), change.Day()-rapid.IntRange(0, 2).Draw(t, "days before"), 0, 0, 0, 0, s.zone)
	}
	if rapid.Bool().Draw(t, "in the day") {
		start = start.Add(time.Duration(rapid.IntRange(0, 1440).Draw(t, "minute")) * time.Minute)
	}
	return start.UTC()
}

func (s *scene) drawAnswer(t *rapid.T) freebusy.Answer {
	w := s.meeting.Window
	c := &freebusy.Calendar{Detail: freebusy.FreeBusy, Known: w}
	switch rapid.IntRange(0, 5).Draw(t, "kind of answer") {
	case 0:
		return freebusy.Answer{Err: freebusy.TimeoutExpired(nil)}
	case 1:
		c.Detail = freebusy.MergedOnly
		c.Merged = &freebusy.Merged{
			Start:    w.Start.Add(time.Duration(rapid.IntRange(-30, 30).Draw(t, "digits from")) * time.Minute),
			Interval: time.Duration(rapid.SampledFrom([]int{5, 15, 30, 60, 47}).Draw(t, "interval")) * time.Minute,
			Digits:   rapid.StringMatching(`[0-4]{0,80}0{100}`).Draw(t, "digits"),
		}
	default:
		c.Events = s.drawEvents(t)
	}
	if rapid.Bool().Draw(t, "hours") {
		c.WorkingHours = s.drawHours(t)
	}
	return freebusy.Answer{Calendar: c}
}

func (s *scene) drawEvents(t *rapid.T) []freebusy.Event {
	w := s.meeting.Window
	events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) freebusy.Event {
		start := w.Start.Add(time.Duration(rapid.IntRange(-120, int(w.Duration()/time.Minute)+60).Draw(t, "start")) * time.Minute)
		length := time.Duration(rapid.OneOf(rapid.IntRange(1, 90), rapid.IntRange(1, 3000)).Draw(t, "length")) * time.Minute
		return freebusy.Event{Start: start, End: start.Add(length), Busy: freebusy.BusyType(rapid.IntRange(0, 5).Draw(t, "busy"))}
	}), 0, 15).Draw(t, "events")
	slices.SortStableFunc(events, func(a, b freebusy.Event) int { return a.Start.Compare(b.Start) })
	return events
}

func (s *scene) drawHours(t *rapid.T) *freebusy.WorkingHours {
	h := &freebusy.WorkingHours{Zone: freebusy.ZoneOf(s.owners, s.meeting.Window.Start)}
	for range rapid.IntRange(1, 3).Draw(t, "periods") {
		p := freebusy.WorkingPeriod{Start: 15 * rapid.IntRange(0, 80).Draw(t, "work from")}
		p.End = min(1440, p.Start+15*rapid.IntRange(0, 96).Draw(t, "work for"))
		for day := range 7 {
			if rapid.IntRange(0, 3).Draw(t, "works") > 0 {
				p.Days = append(p.Days, time.Weekday(day))
			}
		}
		h.Periods = append(h.Periods, p)
	}
	return h
}

func (s *scene) drawOptions(t *rapid.T) {
	m := &s.meeting
	m.Duration = time.Duration(rapid.OneOf(rapid.SampledFrom([]int{30, 60, 1440}), rapid.IntRange(30, 300)).Draw(t, "duration")) * time.Minute
	m.Current = time.Time{}
	if rapid.Bool().Draw(t, "exists already") {
		m.Current = m.Window.Start.Add(time.Duration(rapid.IntRange(-10, int(m.Window.Duration()/time.Minute)).Draw(t, "current")) * time.Minute)
	}
	m.GoodThreshold = rapid.IntRange(0, 50).Draw(t, "threshold")
	m.MinimumSuggestionQuality = freebusy.SuggestionQuality(rapid.IntRange(0, 3).Draw(t, "minimum"))
	m.MaximumResultsByDay = rapid.OneOf(rapid.Just(48), rapid.IntRange(0, 48)).Draw(t, "results")
	m.MaximumNonWorkHourResultsByDay = rapid.OneOf(rapid.Just(48), rapid.IntRange(0, 48)).Draw(t, "after hours")
}

func location(t *rapid.T, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// ranks order the busy types: of several that meet in one minute the greatest
// is seen. 0 and 1 are no conflicts.
var ranks = map[freebusy.BusyType]int{
	freebusy.Free: 0, freebusy.WorkingElsewhere: 0, freebusy.NoData: 1, freebusy.Tentative: 2, freebusy.Busy: 3, freebusy.OOF: 4,
}

const unknown = -1

// shown are the ranks as a suggestion has them.
var shown = map[int]freebusy.AttendeeConflict{
	unknown: {Unknown: true}, 0: {Busy: freebusy.Free}, 1: {Busy: freebusy.NoData}, 2: {Busy: freebusy.Tentative}, 3: {Busy: freebusy.Busy}, 4: {Busy: freebusy.OOF},
}

// minutesOf writes an answer down minute by minute.
func (s *scene) minutesOf(a freebusy.Answer) []int {
	minutes := make([]int, len(s.working))
	switch {
	case a.Calendar == nil:
		return slices.Repeat([]int{unknown}, len(minutes))
	case a.Calendar.Merged != nil:
		m := a.Calendar.Merged
		for i := range minutes {
			since := s.meeting.Window.Start.Add(time.Duration(i) * time.Minute).Sub(m.Start)
			minutes[i] = unknown
			if slot := int(since / m.Interval); since >= 0 && slot < len(m.Digits) {
				minutes[i] = map[byte]int{'0': 0, '1': 2, '2': 3, '3': 4, '4': 1}[m.Digits[slot]]
			}
		}
		return minutes
	}
	for _, e := range a.Calendar.Events {
		from, to := s.minute(e.Start), s.minute(e.End)
		for i := max(0, from); i < min(to, len(minutes)); i++ {
			minutes[i] = max(minutes[i], ranks[e.Busy])
		}
	}
	return minutes
}

// minute is the place of a moment in the window.
func (s *scene) minute(at time.Time) int { return int(at.Sub(s.meeting.Window.Start) / time.Minute) }

// minuteByMinute computes the suggestions as one would do it on paper.
func (s *scene) minuteByMinute() []freebusy.SuggestionDay {
	w := s.meeting.Window
	offered := map[time.Time][]freebusy.Suggestion{}
	for at := w.Start; at.Before(w.End); at = at.Add(time.Minute) {
		date := s.date(at)
		if _, ok := offered[date]; !ok {
			offered[date] = nil
		}
		current := at.Equal(s.meeting.Current)
		if end := at.Add(s.meeting.Duration); end.After(w.End) || !current && !s.isCandidate(at) {
			continue
		}
		if suggestion, good := s.lookAt(at); good || current {
			offered[date] = append(offered[date], suggestion)
		}
	}
	var days []freebusy.SuggestionDay
	for _, date := range slices.SortedFunc(maps.Keys(offered), time.Time.Compare) {
		day := freebusy.SuggestionDay{Date: date, Suggestions: s.best(offered[date])}
		for _, suggestion := range day.Suggestions {
			day.Quality = max(day.Quality, suggestion.Quality)
		}
		days = append(days, day)
	}
	return days
}

func (s *scene) date(at time.Time) time.Time {
	local := at.In(s.zone)
	return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
}

// isCandidate looks at the clock, and for a later moment of the same day at
// which it shows the same.
func (s *scene) isCandidate(at time.Time) bool {
	if at.In(s.zone).Minute()%30 != 0 {
		return false
	}
	const clock = "2006-01-02 15:04"
	shown := at.In(s.zone).Format(clock)
	for again := at.Add(15 * time.Minute); again.Before(at.Add(3 * time.Hour)); again = again.Add(15 * time.Minute) {
		if again.In(s.zone).Format(clock) == shown {
			return false
		}
	}
	return true
}

// lookAt goes through the minutes of a meeting.
func (s *scene) lookAt(start time.Time) (suggestion freebusy.Suggestion, good bool) {
	from := s.minute(start)
	to := from + int(s.meeting.Duration/time.Minute)
	suggestion = freebusy.Suggestion{Start: start, IsWorkTime: !slices.Contains(s.working[from:to], false)}
	var conflicting, known float64
	good = true
	for i, attendee := range s.meeting.Attendees {
		minutes := s.minutes[i][from:to]
		rank := slices.Max(minutes)
		if rank < 2 && slices.Contains(minutes, unknown) {
			rank = unknown
		}
		suggestion.Conflicts = append(suggestion.Conflicts, shown[rank])
		if rank >= 2 && (attendee.ExcludeConflicts || attendee.Type == freebusy.Room) {
			good = false
		}
		if rank != unknown && attendee.Type != freebusy.Optional {
			known++
		}
		if rank >= 2 && attendee.Type != freebusy.Optional {
			conflicting++
		}
	}
	percent := 100 * conflicting / max(known, 1)
	switch {
	case percent == 0:
		suggestion.Quality = freebusy.Excellent
	case percent <= float64(s.meeting.GoodThreshold):
		suggestion.Quality = freebusy.Good
	case percent < 50:
		suggestion.Quality = freebusy.Fair
	}
	return suggestion, good && suggestion.Quality >= s.meeting.MinimumSuggestionQuality
}

func (s *scene) isWorkTime(at time.Time) bool {
	local, periods := at.In(s.zone), []freebusy.WorkingPeriod{{Days: []time.Weekday{1, 2, 3, 4, 5}, Start: 8 * 60, End: 17 * 60}}
	if len(s.answers) > 0 && s.answers[0].Calendar != nil && s.answers[0].Calendar.WorkingHours != nil {
		local, periods = at.In(s.owners), s.answers[0].Calendar.WorkingHours.Periods
	}
	minute := local.Hour()*60 + local.Minute()
	return slices.ContainsFunc(periods, func(p freebusy.WorkingPeriod) bool {
		return slices.Contains(p.Days, local.Weekday()) && p.Start <= minute && minute < p.End
	})
}

// best takes the best of what is left, time after time, as long as there is
// room. The current time has its room before all others.
func (s *scene) best(left []freebusy.Suggestion) (taken []freebusy.Suggestion) {
	count := func(counts func(freebusy.Suggestion) bool) (n int) {
		for _, suggestion := range taken {
			if counts(suggestion) {
				n++
			}
		}
		return n
	}
	for _, suggestion := range left {
		if suggestion.Start.Equal(s.meeting.Current) {
			taken = append(taken, suggestion)
		}
	}
	for quality := freebusy.Excellent; quality >= freebusy.Poor; quality-- {
		for _, suggestion := range left {
			all, afterHours := len(taken), count(func(t freebusy.Suggestion) bool { return !t.IsWorkTime })
			room := all < s.meeting.MaximumResultsByDay && (suggestion.IsWorkTime || afterHours < s.meeting.MaximumNonWorkHourResultsByDay)
			if suggestion.Quality == quality && room && !suggestion.Start.Equal(s.meeting.Current) {
				taken = append(taken, suggestion)
			}
		}
	}
	slices.SortFunc(taken, func(a, b freebusy.Suggestion) int {
		if a.Quality != b.Quality {
			return int(b.Quality - a.Quality)
		}
		return a.Start.Compare(b.Start)
	})
	return taken
}

// BenchmarkSuggest seeks a time in the longest window for a hundred people
// whose days are full.
func BenchmarkSuggest(b *testing.B) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	start := time.Date(2026, time.October, 1, 0, 0, 0, 0, berlin).UTC()
	m := freebusy.Meeting{
		Window: freebusy.Window{Start: start, End: start.Add(62 * 24 * time.Hour)}, Duration: time.Hour,
		GoodThreshold: 25, MaximumResultsByDay: 48, MaximumNonWorkHourResultsByDay: 48,
	}
	for _, length := range []time.Duration{20 * time.Minute, 62 * 24 * time.Hour} {
		var answers []freebusy.Answer
		m.Attendees = make([]freebusy.Attendee, 100)
		for range m.Attendees {
			c := &freebusy.Calendar{Detail: freebusy.FreeBusy, Known: m.Window}
			for k := range 1000 {
				at := start.Add(time.Duration(k) * 89 * time.Minute)
				c.Events = append(c.Events, freebusy.Event{Start: at, End: at.Add(length), Busy: freebusy.BusyType(k % 6)})
			}
			answers = append(answers, freebusy.Answer{Calendar: c})
		}
		b.Run(fmt.Sprintf("events of %v", length), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Suggest(freebusy.ZoneOf(berlin, start), answers)
			}
		})
	}
}
