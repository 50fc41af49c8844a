package freebusy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

// planned is a meeting of an hour on the Wednesday of the other tests, with the
// defaults of the EWS Managed API and room for everything.
func planned(t *testing.T, from, to string, change ...func(*freebusy.Meeting)) *freebusy.Meeting {
	w := event(t, from, to, freebusy.Free)
	m := &freebusy.Meeting{
		Duration: time.Hour, Window: freebusy.Window{Start: w.Start, End: w.End},
		GoodThreshold: 25, MinimumSuggestionQuality: freebusy.Fair, MaximumResultsByDay: 48, MaximumNonWorkHourResultsByDay: 48,
	}
	for _, c := range change {
		c(m)
	}
	return m
}

func minimum(q freebusy.SuggestionQuality) func(*freebusy.Meeting) {
	return func(m *freebusy.Meeting) { m.MinimumSuggestionQuality = q }
}

func threshold(percent int) func(*freebusy.Meeting) {
	return func(m *freebusy.Meeting) { m.GoodThreshold = percent }
}

func atMost(all, afterHours int) func(*freebusy.Meeting) {
	return func(m *freebusy.Meeting) {
		m.MaximumResultsByDay, m.MaximumNonWorkHourResultsByDay = all, afterHours
	}
}

func lasting(d time.Duration) func(*freebusy.Meeting) {
	return func(m *freebusy.Meeting) { m.Duration = d }
}

func nowAt(t *testing.T, clock string) func(*freebusy.Meeting) {
	return func(m *freebusy.Meeting) { m.Current = event(t, clock, clock, freebusy.Free).Start }
}

// invited is one attendee of a meeting, with an answer.
type invited struct {
	freebusy.Attendee
	freebusy.Answer
}

// taken is a required attendee with these events.
func taken(events ...freebusy.Event) invited {
	return invited{freebusy.Attendee{Type: freebusy.Required}, freebusy.Answer{Calendar: &freebusy.Calendar{Detail: freebusy.FreeBusy, Known: day, Events: events}}}
}

func (i invited) as(kind freebusy.AttendeeType) invited {
	i.Type = kind
	return i
}

func (i invited) needed() invited {
	i.ExcludeConflicts = true
	return i
}

func (i invited) working(zone freebusy.TimeZone, periods ...freebusy.WorkingPeriod) invited {
	i.Calendar.WorkingHours = &freebusy.WorkingHours{Zone: zone, Periods: periods}
	return i
}

// digital has nothing but digits of half hours.
func digital(t *testing.T, from, digits string) invited {
	i := taken()
	i.Calendar.Detail = freebusy.MergedOnly
	i.Calendar.Merged = &freebusy.Merged{Start: event(t, from, from, freebusy.Free).Start, Interval: 30 * time.Minute, Digits: digits}
	return i
}

func silent() invited {
	return invited{freebusy.Attendee{Type: freebusy.Required}, freebusy.Answer{Err: freebusy.TimeoutExpired(nil)}}
}

// TestSuggest has the rules of the suggestions one by one.
func TestSuggest(t *testing.T) {
	busy := func(from, to string) invited { return taken(event(t, from, to, freebusy.Busy)) }
	is := func(b freebusy.BusyType) invited { return taken(event(t, "8:00", "9:00", b)) }
	wednesdays := func(from, to int) freebusy.WorkingPeriod {
		return freebusy.WorkingPeriod{Days: []time.Weekday{time.Wednesday}, Start: from * 60, End: to * 60}
	}
	tests := map[string]struct {
		meeting *freebusy.Meeting
		invited []invited
		want    string
	}{
		// Candidates: every half hour from midnight, the whole duration in DetailedSuggestionsWindow.
		"every half hour": {planned(t, "8:00", "10:00"), []invited{taken()}, "30 Excellent: 08:00 Excellent Free; 08:30 Excellent Free; 09:00 Excellent Free"},
		"half hours count from midnight, not from the window": {planned(t, "8:10", "9:40"), []invited{taken()}, "30 Excellent: 08:30 Excellent Free"},
		"no room for the meeting":                             {planned(t, "8:10", "9:29"), []invited{taken()}, "30 Poor"},
		"a window the wrong way round":                        {planned(t, "32:00", "8:00"), []invited{taken()}, ""},
		"no meeting at all":                                   {planned(t, "8:00", "24:00", lasting(0), nowAt(t, "24:00")), []invited{taken()}, "30 Poor"},
		"nobody is invited":                                   {planned(t, "8:00", "9:00"), nil, "30 Excellent: 08:00 Excellent"},

		// Days: one for each calendar day of the window, Poor when it has none.
		"one day after the other":        {planned(t, "23:00", "26:00", lasting(2*time.Hour)), []invited{taken()}, "30 Excellent: 23:00 after hours Excellent Free; 23:30 after hours Excellent Free\n31 Excellent: 00:00 after hours Excellent Free"},
		"a day has a small part":         {planned(t, "23:30", "48:10", lasting(24*time.Hour)), []invited{taken()}, "30 Excellent: 23:30 after hours Excellent Free\n31 Excellent: 00:00 after hours Excellent Free\n1 Poor"},
		"a window that ends at midnight": {planned(t, "23:00", "24:00"), []invited{taken()}, "30 Excellent: 23:00 after hours Excellent Free"},

		// Conflicts: any overlap with Tentative, Busy or OOF.
		"free is no conflict":              {planned(t, "8:00", "9:00"), []invited{is(freebusy.Free)}, "30 Excellent: 08:00 Excellent Free"},
		"working elsewhere is no conflict": {planned(t, "8:00", "9:00"), []invited{is(freebusy.WorkingElsewhere)}, "30 Excellent: 08:00 Excellent Free"},
		"no data is no conflict":           {planned(t, "8:00", "9:00"), []invited{is(freebusy.NoData)}, "30 Excellent: 08:00 Excellent NoData"},
		"tentative is a conflict":          {planned(t, "8:00", "9:00", minimum(freebusy.Poor)), []invited{is(freebusy.Tentative)}, "30 Poor: 08:00 Poor Tentative"},
		"busy is a conflict":               {planned(t, "8:00", "9:00", minimum(freebusy.Poor)), []invited{is(freebusy.Busy)}, "30 Poor: 08:00 Poor Busy"},
		"away is a conflict":               {planned(t, "8:00", "9:00", minimum(freebusy.Poor)), []invited{is(freebusy.OOF)}, "30 Poor: 08:00 Poor OOF"},
		"the busiest is shown": {planned(t, "8:00", "9:00", minimum(freebusy.Poor)),
			[]invited{taken(event(t, "8:00", "8:10", freebusy.Tentative), event(t, "8:05", "8:10", freebusy.OOF), event(t, "8:30", "9:00", freebusy.Busy))}, "30 Poor: 08:00 Poor OOF"},
		"what only touches is no conflict":  {planned(t, "8:00", "9:00"), []invited{taken(event(t, "7:00", "8:00", freebusy.Busy), event(t, "9:00", "10:00", freebusy.OOF))}, "30 Excellent: 08:00 Excellent Free"},
		"one minute is enough":              {planned(t, "8:00", "9:00", minimum(freebusy.Poor)), []invited{busy("8:59", "12:00")}, "30 Poor: 08:00 Poor Busy"},
		"no length, in the midst":           {planned(t, "8:00", "9:00", minimum(freebusy.Poor)), []invited{busy("8:30", "8:30")}, "30 Poor: 08:00 Poor Busy"},
		"no length, at the very start":      {planned(t, "8:00", "9:00"), []invited{busy("8:00", "8:00")}, "30 Excellent: 08:00 Excellent Free"},
		"long events hide no later ones":    {planned(t, "8:00", "9:30", minimum(freebusy.Poor)), []invited{taken(event(t, "0:00", "8:10", freebusy.Busy), event(t, "1:00", "2:00", freebusy.Busy), event(t, "9:15", "9:20", freebusy.Busy))}, "30 Poor: 08:00 Poor Busy; 08:30 Poor Busy"},
		"a meeting longer than many events": {planned(t, "8:00", "12:00", lasting(4*time.Hour), minimum(freebusy.Poor)), []invited{taken(event(t, "9:00", "9:05", freebusy.Free), event(t, "10:00", "10:05", freebusy.Tentative))}, "30 Poor: 08:00 Poor Tentative"},

		// Quality: [MS-OXWAVLS] 3.1.4.1.4.3 and 3.1.4.1.3.24.
		"at most GoodThreshold is good":   {planned(t, "8:00", "9:00"), []invited{busy("8:00", "9:00"), taken(), taken(), taken()}, "30 Good: 08:00 Good Busy Free Free Free"},
		"more than GoodThreshold is fair": {planned(t, "8:00", "9:00", threshold(24)), []invited{busy("8:00", "9:00"), taken(), taken(), taken()}, "30 Fair: 08:00 Fair Busy Free Free Free"},
		"less than half is fair":          {planned(t, "8:00", "9:00"), []invited{busy("8:00", "9:00"), taken(), taken()}, "30 Fair: 08:00 Fair Busy Free Free"},
		"half is poor":                    {planned(t, "8:00", "9:00", minimum(freebusy.Poor), threshold(49)), []invited{busy("8:00", "9:00"), taken()}, "30 Poor: 08:00 Poor Busy Free"},
		"half is good where 50 is":        {planned(t, "8:00", "9:00", threshold(50)), []invited{busy("8:00", "9:00"), taken()}, "30 Good: 08:00 Good Busy Free"},
		"nothing is good where 0 is":      {planned(t, "8:00", "9:00", threshold(0)), []invited{busy("8:00", "9:00"), taken(), taken()}, "30 Fair: 08:00 Fair Busy Free Free"},
		"worse than the minimum":          {planned(t, "8:00", "9:00", minimum(freebusy.Good)), []invited{busy("8:00", "9:00"), taken(), taken()}, "30 Poor"},
		"as good as the minimum":          {planned(t, "8:00", "9:00", minimum(freebusy.Excellent)), []invited{taken()}, "30 Excellent: 08:00 Excellent Free"},

		// Whom the percentages are about, and who forbids a time.
		"an organizer counts":                 {planned(t, "8:00", "9:00"), []invited{busy("8:00", "9:00").as(freebusy.Organizer)}, "30 Poor"},
		"a resource counts":                   {planned(t, "8:00", "9:00"), []invited{busy("8:00", "9:00").as(freebusy.Resource), taken(), taken()}, "30 Fair: 08:00 Fair Busy Free Free"},
		"a free room counts":                  {planned(t, "8:00", "9:00"), []invited{busy("8:00", "9:00"), taken().as(freebusy.Room), taken()}, "30 Fair: 08:00 Fair Busy Free Free"},
		"an optional one is only shown":       {planned(t, "8:00", "9:00"), []invited{busy("8:00", "9:00").as(freebusy.Optional), taken()}, "30 Excellent: 08:00 Excellent Busy Free"},
		"an optional free one does not help":  {planned(t, "8:00", "9:00"), []invited{busy("8:00", "9:00"), taken().as(freebusy.Optional), taken().as(freebusy.Optional)}, "30 Poor"},
		"a taken room forbids":                {planned(t, "8:00", "9:30", minimum(freebusy.Poor)), []invited{busy("8:00", "8:30").as(freebusy.Room), taken(), taken()}, "30 Excellent: 08:30 Excellent Free Free Free"},
		"ExcludeConflicts forbids":            {planned(t, "8:00", "9:30", minimum(freebusy.Poor)), []invited{busy("8:00", "8:30").needed(), taken(), taken()}, "30 Excellent: 08:30 Excellent Free Free Free"},
		"ExcludeConflicts of an optional one": {planned(t, "8:00", "9:30", minimum(freebusy.Poor)), []invited{busy("8:00", "8:30").needed().as(freebusy.Optional)}, "30 Excellent: 08:30 Excellent Free"},

		// Unknown attendees, and those of whom there are digits only.
		"who failed changes nothing":         {planned(t, "8:00", "9:00"), []invited{silent().needed(), busy("8:00", "9:00"), taken(), taken(), silent().as(freebusy.Room)}, "30 Fair: 08:00 Fair ? Busy Free Free ?"},
		"nobody is known":                    {planned(t, "8:00", "9:00"), []invited{silent(), silent()}, "30 Excellent: 08:00 Excellent ? ?"},
		"digits are conflicts":               {planned(t, "8:00", "11:00", minimum(freebusy.Poor)), []invited{digital(t, "8:00", "010230")}, "30 Poor: 08:00 Poor Tentative; 08:30 Poor Tentative; 09:00 Poor Busy; 09:30 Poor OOF; 10:00 Poor OOF"},
		"digits of a room forbid":            {planned(t, "8:00", "10:00", minimum(freebusy.Poor)), []invited{digital(t, "8:00", "2000").as(freebusy.Room)}, "30 Excellent: 08:30 Excellent Free; 09:00 Excellent Free"},
		"no data among digits is shown":      {planned(t, "8:00", "9:00"), []invited{digital(t, "8:00", "04")}, "30 Excellent: 08:00 Excellent NoData"},
		"digits say nothing of other hours":  {planned(t, "8:00", "9:30"), []invited{digital(t, "8:30", "00")}, "30 Excellent: 08:00 Excellent ?; 08:30 Excellent Free"},
		"a conflict among too few digits":    {planned(t, "8:00", "9:00", minimum(freebusy.Poor)), []invited{digital(t, "8:30", "3")}, "30 Poor: 08:00 Poor OOF"},
		"digits that are missing altogether": {planned(t, "8:00", "9:00"), []invited{{Answer: freebusy.Answer{Calendar: &freebusy.Calendar{}}}}, "30 Excellent: 08:00 Excellent ?"},

		// CurrentMeetingTime is always offered if it lies in the window.
		"the current time is between half hours": {planned(t, "8:00", "9:30", nowAt(t, "8:10")), []invited{taken()}, "30 Excellent: 08:00 Excellent Free; 08:10 Excellent Free; 08:30 Excellent Free"},
		"the current time is on a half hour":     {planned(t, "8:00", "9:30", nowAt(t, "8:30")), []invited{taken()}, "30 Excellent: 08:00 Excellent Free; 08:30 Excellent Free"},
		"the current time is poor":               {planned(t, "8:00", "9:30", nowAt(t, "8:30")), []invited{busy("8:00", "9:30")}, "30 Poor: 08:30 Poor Busy"},
		"the current time is forbidden":          {planned(t, "8:00", "9:30", nowAt(t, "8:30")), []invited{busy("8:00", "9:30").as(freebusy.Room), taken(), taken()}, "30 Fair: 08:30 Fair Busy Free Free"},
		"the current time takes one place":       {planned(t, "8:00", "10:00", nowAt(t, "9:00"), atMost(2, 48)), []invited{busy("9:00", "10:00")}, "30 Excellent: 08:00 Excellent Free; 09:00 Poor Busy"},
		"there is no other place":                {planned(t, "8:00", "10:00", nowAt(t, "9:00"), atMost(0, 0)), []invited{taken()}, "30 Excellent: 09:00 Excellent Free"},
		"the current time is after hours":        {planned(t, "18:00", "20:00", nowAt(t, "19:00"), atMost(48, 1)), []invited{taken()}, "30 Excellent: 19:00 after hours Excellent Free"},
		"the current time is not in the window":  {planned(t, "8:00", "9:00", nowAt(t, "8:10")), []invited{taken()}, "30 Excellent: 08:00 Excellent Free"},

		// IsWorkTime: the whole candidate in the WorkingHours of the first mailbox.
		"eight to five where none are known": {planned(t, "7:30", "9:00"), []invited{silent()}, "30 Excellent: 07:30 after hours Excellent ?; 08:00 Excellent ?"},
		"until five":                         {planned(t, "16:00", "17:30"), []invited{taken()}, "30 Excellent: 16:00 Excellent Free; 16:30 after hours Excellent Free"},
		"hours of the first mailbox":         {planned(t, "6:00", "7:30"), []invited{taken().working(freebusy.TimeZone{}, wednesdays(6, 7)), taken().working(freebusy.TimeZone{}, wednesdays(0, 24))}, "30 Excellent: 06:00 Excellent Free Free; 06:30 after hours Excellent Free Free"},
		"hours in the owner's zone":          {planned(t, "8:00", "9:30"), []invited{taken().working(berlin, wednesdays(9, 10))}, "30 Excellent: 08:00 Excellent Free; 08:30 after hours Excellent Free"},
		"hours that follow on each other":    {planned(t, "8:00", "10:00"), []invited{taken().working(freebusy.TimeZone{}, wednesdays(9, 10), wednesdays(8, 9))}, "30 Excellent: 08:00 Excellent Free; 08:30 Excellent Free; 09:00 Excellent Free"},
		"a break at noon":                    {planned(t, "11:00", "13:30"), []invited{taken().working(freebusy.TimeZone{}, wednesdays(8, 12), wednesdays(13, 17))}, "30 Excellent: 11:00 Excellent Free; 11:30 after hours Excellent Free; 12:00 after hours Excellent Free; 12:30 after hours Excellent Free"},
		"over midnight":                      {planned(t, "23:30", "24:30"), []invited{taken().working(freebusy.TimeZone{}, freebusy.WorkingPeriod{Days: []time.Weekday{3, 4}, Start: 0, End: 1440})}, "30 Excellent: 23:30 Excellent Free\n31 Poor"},
		"a day off":                          {planned(t, "32:00", "33:00"), []invited{taken().working(freebusy.TimeZone{}, wednesdays(0, 24))}, "31 Excellent: 08:00 after hours Excellent Free"},

		// Order: quality, then time; limits for each day.
		"the best come first":     {planned(t, "8:00", "11:00", minimum(freebusy.Poor)), []invited{busy("8:00", "8:30"), busy("8:15", "8:45"), taken(), busy("9:45", "10:00"), taken()}, "30 Excellent: 10:00 Excellent Free Free Free Free Free; 08:30 Good Free Busy Free Free Free; 09:00 Good Free Free Free Busy Free; 09:30 Good Free Free Free Busy Free; 08:00 Fair Busy Busy Free Free Free"},
		"so many and no more":     {planned(t, "8:00", "12:00", atMost(2, 48)), []invited{busy("8:00", "8:30"), taken(), taken()}, "30 Excellent: 08:30 Excellent Free Free Free; 09:00 Excellent Free Free Free"},
		"none at all":             {planned(t, "8:00", "12:00", atMost(0, 48)), []invited{taken()}, "30 Poor"},
		"so many after hours":     {planned(t, "6:30", "9:30", atMost(3, 1)), []invited{taken()}, "30 Excellent: 06:30 after hours Excellent Free; 08:00 Excellent Free; 08:30 Excellent Free"},
		"none after hours":        {planned(t, "17:00", "24:00", atMost(48, 0)), []invited{taken()}, "30 Poor"},
		"as many for another day": {planned(t, "22:00", "26:00", atMost(1, 1)), []invited{taken()}, "30 Excellent: 22:00 after hours Excellent Free\n31 Excellent: 00:00 after hours Excellent Free"},
		"better ones after hours": {planned(t, "16:00", "18:00", atMost(1, 1)), []invited{busy("16:00", "17:00"), taken(), taken()}, "30 Excellent: 17:00 after hours Excellent Free Free Free"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, suggested(tt.meeting, freebusy.TimeZone{}, tt.invited)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// suggested asks for suggestions and writes them down, a day in each line.
func suggested(m *freebusy.Meeting, zone freebusy.TimeZone, all []invited) string {
	var answers []freebusy.Answer
	for _, i := range all {
		m.Attendees, answers = append(m.Attendees, i.Attendee), append(answers, i.Answer)
	}
	var lines []string
	for _, day := range m.Suggest(zone, answers) {
		line := fmt.Sprintf("%d %s", day.Date.Day(), day.Quality)
		for k, s := range day.Suggestions {
			line += [...]string{": ", "; "}[min(k, 1)] + zone.Wall(s.Start).Format("15:04")
			if !s.IsWorkTime {
				line += " after hours"
			}
			line += " " + s.Quality.String()
			for _, c := range s.Conflicts {
				line += map[bool]string{true: " ?", false: " " + c.Busy.String()}[c.Unknown]
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// TestSuggestionsOnDaysOfOtherLengths counts the times of days on which clocks
// change: of those that are skipped there is none, and of those that occur
// twice the one that is read from a time without offset.
func TestSuggestionsOnDaysOfOtherLengths(t *testing.T) {
	tests := map[string]struct {
		place, date string
		half        int // hours that the day has, times 2
		want        int
		first, last string // in UTC
	}{
		"an hour less":              {"Europe/Berlin", "2026-03-29", 46, 46, "2026-03-28 23:00", "2026-03-29 21:30"},
		"an hour more":              {"Europe/Berlin", "2026-10-25", 50, 48, "2026-10-24 22:00", "2026-10-25 22:30"},
		"in the south":              {"Australia/Sydney", "2026-10-04", 46, 46, "2026-10-03 14:00", "2026-10-04 12:30"},
		"half an hour more":         {"Australia/Lord_Howe", "2026-04-05", 49, 48, "2026-04-04 13:00", "2026-04-05 13:00"},
		"a day without midnight":    {"Asia/Beirut", "2026-03-29", 46, 46, "2026-03-28 22:00", "2026-03-29 20:30"},
		"back over midnight":        {"America/Nuuk", "2026-10-24", 50, 48, "2026-10-24 01:00", "2026-10-25 01:30"},
		"off by three quarters":     {"Asia/Kathmandu", "2026-06-01", 48, 48, "2026-05-31 18:15", "2026-06-01 17:45"},
		"off and an hour less":      {"Pacific/Chatham", "2026-09-27", 46, 46, "2026-09-26 11:15", "2026-09-27 09:45"},
		"off and with an hour more": {"America/St_Johns", "2026-11-01", 50, 48, "2026-11-01 02:30", "2026-11-02 03:00"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			loc, err := time.LoadLocation(tt.place)
			if err != nil {
				t.Fatal(err)
			}
			date, err := time.ParseInLocation(time.DateOnly, tt.date, loc)
			if err != nil {
				t.Fatal(err)
			}
			m := planned(t, "0:00", "24:00", lasting(30*time.Minute))
			m.Window = freebusy.Window{Start: date.UTC(), End: date.Add(time.Duration(tt.half) * 30 * time.Minute).UTC()}
			days := m.Suggest(freebusy.ZoneOf(loc, date), nil)
			if len(days) != 1 || days[0].Date.Format(time.DateOnly) != tt.date {
				t.Fatalf("got %d days: %v", len(days), days)
			}
			const clock = "2006-01-02 15:04"
			times := days[0].Suggestions
			if first, last := times[0].Start.Format(clock), times[len(times)-1].Start.Format(clock); len(times) != tt.want || first != tt.first || last != tt.last {
				t.Errorf("got %d times from %s to %s, want %d from %s to %s", len(times), first, last, tt.want, tt.first, tt.last)
			}
		})
	}
}

// TestSuggestionsWhereClocksGoBackOverMidnight has a window that sees a day, the
// end of the day before once more, and the day again.
func TestSuggestionsWhereClocksGoBackOverMidnight(t *testing.T) {
	zone := freebusy.TimeZone{
		Standard: freebusy.Transition{Month: time.November, DayOrder: 1, DayOfWeek: time.Sunday, Time: hour / 2},
		Daylight: freebusy.Transition{Month: time.March, DayOrder: 1, DayOfWeek: time.Sunday, Bias: -60},
	}
	change := time.Date(2026, time.October, 31, 23, 30, 0, 0, time.UTC) // 00:30 on the first of November in summer time
	m := planned(t, "0:00", "24:00", lasting(30*time.Minute))
	m.Window = freebusy.Window{Start: change.Add(-30 * time.Minute), End: change.Add(time.Hour)}
	m.Current = change.Add(-30 * time.Minute)
	want := "31 Excellent: 23:30 after hours Excellent\n1 Excellent: 00:00 after hours Excellent; 00:00 after hours Excellent"
	if got := suggested(m, zone, nil); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWordsOfSuggestions(t *testing.T) {
	for _, word := range []string{"Excellent", "Good", "Fair", "Poor"} {
		if q, ok := freebusy.ParseSuggestionQuality(word); !ok || q.String() != word {
			t.Errorf("%s is read as %s, %t", word, q, ok)
		}
	}
	for word, want := range map[string]freebusy.AttendeeType{
		"Organizer": freebusy.Organizer, "Required": freebusy.Required, "Optional": freebusy.Optional, "Room": freebusy.Room, "Resource": freebusy.Resource,
	} {
		if got, ok := freebusy.ParseAttendeeType(word); !ok || got != want {
			t.Errorf("%s is read as %d, %t", word, got, ok)
		}
	}
	for _, word := range []string{"", "excellent", "required", "Best"} {
		_, quality := freebusy.ParseSuggestionQuality(word)
		if _, attendee := freebusy.ParseAttendeeType(word); quality || attendee {
			t.Errorf("%q is read as a word", word)
		}
	}
}
