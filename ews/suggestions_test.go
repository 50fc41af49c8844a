package ews

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"availproxy/freebusy"
)

const (
	optionsClause = "[MS-OXWAVLS] 3.1.4.1.3.24, SuggestionsViewOptions"
	rangeClause   = "ews-managed-api AvailabilityOptions; learn.microsoft.com goodthreshold"
	mailboxClause = "the published types.xsd, MailboxData"
)

// badSuggestions are all ways to ask wrongly for suggestions.
var badSuggestions = map[string]badRequest{
	"no window": {optionsClause, ask().suggest().document(), availabilityDialect, freebusy.ErrorMissingArgument, "The required argument SuggestionsViewOptions.DetailedSuggestionsWindow is missing."},
	"no end": {typesClause, ask().suggest(option("DetailedSuggestionsWindow", option("StartTime", "2026-11-23T00:00:00"))).document(), ewsDialect, freebusy.ErrorSchemaValidation,
		badSchema + "The element 'DetailedSuggestionsWindow'" + inTypes + " has incomplete content. List of possible elements expected: 'EndTime'" + inTypes + "."},
	"a window that is no time": {typesClause, ask().suggest(suggestionsWindow("2026-11-23T00:00:00", "soon")).document(), ewsDialect, freebusy.ErrorSchemaValidation, notOf("EndTime", "soon", xsd+"dateTime")},
	"a window that ends before": {optionsClause, ask().suggest(suggestionsWindow("2026-11-23T00:00:00", "2026-11-23T00:00:00")).document(), availabilityDialect, freebusy.ErrorInvalidTimeInterval,
		"The time duration specified for SuggestionsViewOptions.DetailedSuggestionsWindow is invalid."},
	"a window of 63 days": {optionsClause, ask().suggest(suggestionsWindow("2026-11-23T00:00:00", "2027-01-25T00:00:00")).document(), availabilityDialect, freebusy.ErrorTimeIntervalTooBig,
		"The requested time duration specified for SuggestionsViewOptions.DetailedSuggestionsWindow is too long. The allowed limit = 62 days; the actual limit = 63 days."},
	"windows that are years apart": {"ours: twice 62 days", ask().suggest(suggestionsWindow("2028-11-22T00:00:00", "2028-11-23T00:00:00")).document(), availabilityDialect, freebusy.ErrorTimeIntervalTooBig,
		"The requested time duration specified for FreeBusyViewOptions.TimeWindow and SuggestionsViewOptions.DetailedSuggestionsWindow together is too long. The allowed limit = 124 days; the actual limit = 731 days."},
	"a zone is missing": {zoneClause, ask().without("TimeZone").without("FreeBusyViewOptions").suggestions().document(), availabilityDialect, freebusy.ErrorTimeZone, badZone},

	"a threshold of 51":                     wrongNumber("GoodThreshold", 51, 0, 50),
	"a negative threshold":                  wrongNumber("GoodThreshold", -1, 0, 50),
	"49 results":                            wrongNumber("MaximumResultsByDay", 49, 0, 48),
	"a negative number of results":          wrongNumber("MaximumResultsByDay", -1, 0, 48),
	"49 results after hours":                wrongNumber("MaximumNonWorkHourResultsByDay", 49, 0, 48),
	"a negative number of them after hours": wrongNumber("MaximumNonWorkHourResultsByDay", -1, 0, 48),
	"a meeting of 29 minutes":               wrongNumber("MeetingDurationInMinutes", 29, 30, 1440),
	"a meeting of more than a day":          wrongNumber("MeetingDurationInMinutes", 1441, 30, 1440),
	"a number that is none":                 {typesClause, suggesting("GoodThreshold", "half").document(), ewsDialect, freebusy.ErrorSchemaValidation, notOf("GoodThreshold", "half", xsd+"int")},
	"an endless number":                     {typesClause, suggesting("MaximumResultsByDay", "99999999999").document(), ewsDialect, freebusy.ErrorSchemaValidation, notOf("MaximumResultsByDay", "99999999999", xsd+"int")},
	"a quality of nobody":                   {typesClause, suggesting("MinimumSuggestionQuality", "Perfect").document(), ewsDialect, freebusy.ErrorSchemaValidation, notOf("MinimumSuggestionQuality", "Perfect", nsTypes+":SuggestionQuality")},
	"a current time that is none":           {typesClause, suggesting("CurrentMeetingTime", "now").document(), ewsDialect, freebusy.ErrorSchemaValidation, notOf("CurrentMeetingTime", "now", xsd+"dateTime")},

	"no AttendeeType": {mailboxClause, ask().without("AttendeeType").suggestions().document(), ewsDialect, freebusy.ErrorSchemaValidation,
		badSchema + "The element 'MailboxData'" + inTypes + " has incomplete content. List of possible elements expected: 'AttendeeType'" + inTypes + "."},
	"an AttendeeType of nobody":          {mailboxClause, ask().element("AttendeeType", "Guest").document(), ewsDialect, freebusy.ErrorSchemaValidation, notOf("AttendeeType", "Guest", nsTypes+":MeetingAttendeeType")},
	"an AttendeeType in lower case":      {mailboxClause, ask().element("AttendeeType", "required").document(), ewsDialect, freebusy.ErrorSchemaValidation, notOf("AttendeeType", "required", nsTypes+":MeetingAttendeeType")},
	"ExcludeConflicts is no word of XML": {mailboxClause, attending("Room", "True").document(), ewsDialect, freebusy.ErrorSchemaValidation, notOf("ExcludeConflicts", "True", xsd+"boolean")},
}

func TestBadSuggestions(t *testing.T) {
	for name, bad := range badSuggestions {
		t.Run(name, bad.isRefused)
	}
}

func suggesting(name, content string) asked {
	return ask().suggest(option(name, content), suggestionsWindow("2026-11-23T00:00:00", "2026-11-24T00:00:00"))
}

func attending(kind, exclude string) asked {
	return ask().suggestions().replace(option("AttendeeType", "Required"), option("AttendeeType", kind)+option("ExcludeConflicts", exclude))
}

func wrongNumber(name string, n, least, most int) badRequest {
	return badRequest{rangeClause, suggesting(name, itoa(n)).document(), ewsDialect, freebusy.ErrorInvalidRequest,
		fmt.Sprintf("The request is invalid: SuggestionsViewOptions.%s must be between %d and %d.", name, least, most)}
}

func notOf(name, value, kind string) string {
	return badSchema + "The '" + nsTypes + ":" + name + "' element is invalid - The value '" + value + "' " + notOfType + kind + "'"
}

// TestSuggestionsViewOptionsAreRead compares what is asked for with what is left
// when nothing is said: the defaults of the EWS Managed API.
func TestSuggestionsViewOptionsAreRead(t *testing.T) {
	usual := freebusy.Meeting{
		Attendees: []freebusy.Attendee{{Type: freebusy.Required}}, Duration: time.Hour, Window: freebusy.Window{Start: monday, End: at(24)},
		GoodThreshold: 25, MinimumSuggestionQuality: freebusy.Fair, MaximumResultsByDay: 10, MaximumNonWorkHourResultsByDay: 0,
	}
	tests := map[string]struct {
		asked  asked
		change func(*freebusy.Meeting)
	}{
		"nothing is said":     {ask().suggestions(), func(*freebusy.Meeting) {}},
		"everything is empty": {ask().suggest(option("GoodThreshold", ""), option("MeetingDurationInMinutes", " "), option("MinimumSuggestionQuality", ""), suggestionsWindow("2026-11-23T00:00:00", "2026-11-24T00:00:00"), option("CurrentMeetingTime", ""), "<t:GlobalObjectId/>"), func(*freebusy.Meeting) {}},
		"the least": {ask().suggest(option("GoodThreshold", "0"), option("MaximumResultsByDay", "0"), option("MaximumNonWorkHourResultsByDay", "0"), option("MeetingDurationInMinutes", "30"), option("MinimumSuggestionQuality", "Poor"), suggestionsWindow("2026-11-23T00:00:00", "2026-11-24T00:00:00")), func(m *freebusy.Meeting) {
			m.GoodThreshold, m.MaximumResultsByDay, m.Duration, m.MinimumSuggestionQuality = 0, 0, 30*time.Minute, freebusy.Poor
		}},
		"the most": {ask().suggest(option("GoodThreshold", "50"), option("MaximumResultsByDay", "48"), option("MaximumNonWorkHourResultsByDay", " 48\n"), option("MeetingDurationInMinutes", "1440"), option("MinimumSuggestionQuality", "Excellent"), suggestionsWindow("2026-11-23T00:00:00", "2026-11-24T00:00:00")), func(m *freebusy.Meeting) {
			m.GoodThreshold, m.MaximumResultsByDay, m.MaximumNonWorkHourResultsByDay, m.Duration, m.MinimumSuggestionQuality = 50, 48, 48, 24*time.Hour, freebusy.Excellent
		}},
		"62 days":                    {ask().suggest(suggestionsWindow("2026-11-23T00:00:00", "2027-01-24T00:00:00")), func(m *freebusy.Meeting) { m.Window.End = at(62 * 24) }},
		"a window on another clock":  {ask().element("Bias", "-480").suggest(suggestionsWindow("2026-11-23T08:00:00", "2026-11-24T00:00:00Z")), func(*freebusy.Meeting) {}},
		"a current time":             {suggesting("CurrentMeetingTime", "2026-11-23T10:15:00"), func(m *freebusy.Meeting) { m.Current = at(10.25) }},
		"a current time with offset": {suggesting("CurrentMeetingTime", "2026-11-23T10:15:00+08:00"), func(m *freebusy.Meeting) { m.Current = at(2.25) }},
		"an organizer":               {attending("Organizer", "false"), func(m *freebusy.Meeting) { m.Attendees[0] = freebusy.Attendee{Type: freebusy.Organizer} }},
		"an optional attendee":       {attending("Optional", "0"), func(m *freebusy.Meeting) { m.Attendees[0] = freebusy.Attendee{Type: freebusy.Optional} }},
		"a room": {attending("Room", "1"), func(m *freebusy.Meeting) {
			m.Attendees[0] = freebusy.Attendee{Type: freebusy.Room, ExcludeConflicts: true}
		}},
		"a resource": {attending("\n Resource ", " true "), func(m *freebusy.Meeting) {
			m.Attendees[0] = freebusy.Attendee{Type: freebusy.Resource, ExcludeConflicts: true}
		}},
		"an empty ExcludeConflicts": {attending("Required", ""), func(*freebusy.Meeting) {}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			want := usual
			want.Attendees = []freebusy.Attendee{usual.Attendees[0]}
			tt.change(&want)
			if d := cmp.Diff(&want, readAsked(t, tt.asked.document(), "").Presentation.Suggestions); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// TestOneQuestionServesViewAndSuggestions looks at what the Source is asked.
func TestOneQuestionServesViewAndSuggestions(t *testing.T) {
	alone := ask().without("FreeBusyViewOptions")
	hours := func(from, to float64) freebusy.Window { return freebusy.Window{Start: at(from), End: at(to)} }
	tests := map[string]struct {
		asked asked
		want  freebusy.Query // its Window, Detail and Interval
	}{
		"the view alone":                       {ask().view("MergedOnly"), freebusy.Query{Window: hours(0, 24), Detail: freebusy.MergedOnly, Interval: 30 * time.Minute}},
		"suggestions alone":                    {alone.suggestions(), freebusy.Query{Window: hours(0, 24), Detail: freebusy.FreeBusy, Interval: 30 * time.Minute}},
		"both for the same hours":              {ask().suggestions(), freebusy.Query{Window: hours(0, 24), Detail: freebusy.Detailed, Interval: 30 * time.Minute}},
		"digits are not enough":                {ask().view("MergedOnly").suggestions(), freebusy.Query{Window: hours(0, 24), Detail: freebusy.FreeBusy, Interval: 30 * time.Minute}},
		"suggestions for later hours":          {ask().suggest(suggestionsWindow("2026-11-25T00:00:00", "2026-11-26T00:00:00")), freebusy.Query{Window: hours(0, 72), Detail: freebusy.Detailed, Interval: 30 * time.Minute}},
		"suggestions for earlier hours":        {ask().suggest(suggestionsWindow("2026-11-22T00:00:00", "2026-11-23T12:00:00")), freebusy.Query{Window: hours(-24, 24), Detail: freebusy.Detailed, Interval: 30 * time.Minute}},
		"suggestions in the midst":             {ask().suggest(suggestionsWindow("2026-11-23T08:00:00", "2026-11-23T17:00:00")), freebusy.Query{Window: hours(0, 24), Detail: freebusy.Detailed, Interval: 30 * time.Minute}},
		"windows of 62 days that meet":         {ask().window("2026-11-23T00:00:00", "2027-01-24T00:00:00").suggest(suggestionsWindow("2027-01-24T00:00:00", "2027-03-27T00:00:00")), freebusy.Query{Window: hours(0, 124*24), Detail: freebusy.Detailed, Interval: 30 * time.Minute}},
		"slots of an hour hold two candidates": {ask().element("MergedFreeBusyIntervalInMinutes", "60").suggestions(), freebusy.Query{Window: hours(0, 24), Detail: freebusy.Detailed, Interval: 30 * time.Minute}},
		"shorter slots stay":                   {ask().element("MergedFreeBusyIntervalInMinutes", "15").suggestions(), freebusy.Query{Window: hours(0, 24), Detail: freebusy.Detailed, Interval: 15 * time.Minute}},
		"three quarters of an hour":            {alone.suggest(option("MeetingDurationInMinutes", "45"), suggestionsWindow("2026-11-23T00:00:00", "2026-11-24T00:00:00")), freebusy.Query{Window: hours(0, 24), Detail: freebusy.FreeBusy, Interval: 15 * time.Minute}},
		"a window beside the half hours":       {alone.suggest(suggestionsWindow("2026-11-23T00:10:00", "2026-11-24T00:00:00")), freebusy.Query{Window: hours(1./6, 24), Detail: freebusy.FreeBusy, Interval: 10 * time.Minute}},
		"a meeting that is at ten past":        {alone.suggest(suggestionsWindow("2026-11-23T00:00:00", "2026-11-24T00:00:00"), option("CurrentMeetingTime", "2026-11-23T10:10:00")), freebusy.Query{Window: hours(0, 24), Detail: freebusy.FreeBusy, Interval: 10 * time.Minute}},
		"a meeting that is on another day":     {alone.suggest(suggestionsWindow("2026-11-23T00:00:00", "2026-11-24T00:00:00"), option("CurrentMeetingTime", "2026-11-25T10:10:00")), freebusy.Query{Window: hours(0, 24), Detail: freebusy.FreeBusy, Interval: 30 * time.Minute}},
		"a zone of three quarters":             {alone.element("Bias", "-345").suggest(suggestionsWindow("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z")), freebusy.Query{Window: hours(0, 24), Detail: freebusy.FreeBusy, Interval: 15 * time.Minute}},
		"slots that fit nothing":               {ask().element("MergedFreeBusyIntervalInMinutes", "7").suggestions(), freebusy.Query{Window: hours(0, 24), Detail: freebusy.Detailed, Interval: 7 * time.Minute}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got freebusy.Query
			h := &Handler{Log: quiet, Source: source(func(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
				got = q
				return people{}.Availability(context.Background(), q)
			})}
			if w := post(h, tt.asked.document()); w.Code != http.StatusOK {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			tt.want.Mailboxes = got.Mailboxes
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// TestTheViewKeepsItsWindow asks for suggestions on other days than those of
// the view.
func TestTheViewKeepsItsWindow(t *testing.T) {
	h := &Handler{Source: people{"anna@contoso.com": annas()}, Log: quiet}
	alone := read(t, post(h, ask().document()).Body)
	both := read(t, post(h, ask().suggest(suggestionsWindow("2026-11-21T00:00:00", "2026-11-25T00:00:00")).document()).Body)
	if d := cmp.Diff(alone.Responses, both.Responses); d != "" {
		t.Errorf("the view has changed (-alone +with suggestions)\n%s", d)
	}
	if both.Suggestions == nil || len(both.Suggestions.Days) != 4 {
		t.Errorf("got %+v, want suggestions for four days", both.Suggestions)
	}
}

// outlooks is a question of Outlook, as an Exchange 2007 was asked (openchange,
// ocsmanager/controllers/as.py): suggestions alone, little said, and an empty
// GlobalObjectId.
const outlooks = `<?xml version="1.0"?>
<q:Envelope xmlns:q="http://schemas.xmlsoap.org/soap/envelope/"><q:Body><ex12m:GetUserAvailabilityRequest xmlns:ex12m="` + nsMessages + `"><ex12t:TimeZone xmlns:ex12t="` + nsTypes + `"><ex12t:Bias>300</ex12t:Bias><ex12t:StandardTime><ex12t:Bias>0</ex12t:Bias><ex12t:Time>02:00:00</ex12t:Time><ex12t:DayOrder>1</ex12t:DayOrder><ex12t:Month>11</ex12t:Month><ex12t:DayOfWeek>Sunday</ex12t:DayOfWeek></ex12t:StandardTime><ex12t:DaylightTime><ex12t:Bias>-60</ex12t:Bias><ex12t:Time>02:00:00</ex12t:Time><ex12t:DayOrder>2</ex12t:DayOrder><ex12t:Month>3</ex12t:Month><ex12t:DayOfWeek>Sunday</ex12t:DayOfWeek></ex12t:DaylightTime></ex12t:TimeZone><ex12m:MailboxDataArray><ex12t:MailboxData xmlns:ex12t="` + nsTypes + `"><ex12t:Email><ex12t:Address>anna@contoso.com</ex12t:Address><ex12t:RoutingType>SMTP</ex12t:RoutingType></ex12t:Email><ex12t:AttendeeType>Organizer</ex12t:AttendeeType><ex12t:ExcludeConflicts>false</ex12t:ExcludeConflicts></ex12t:MailboxData></ex12m:MailboxDataArray><ex12t:SuggestionsViewOptions xmlns:ex12t="` + nsTypes + `"><ex12t:MaximumNonWorkHourResultsByDay>0</ex12t:MaximumNonWorkHourResultsByDay><ex12t:MeetingDurationInMinutes>30</ex12t:MeetingDurationInMinutes><ex12t:DetailedSuggestionsWindow><ex12t:StartTime>2026-10-25T00:00:00</ex12t:StartTime><ex12t:EndTime>2026-12-06T00:00:00</ex12t:EndTime></ex12t:DetailedSuggestionsWindow><ex12t:GlobalObjectId/></ex12t:SuggestionsViewOptions></ex12m:GetUserAvailabilityRequest></q:Body></q:Envelope>`

// TestSuggestionsAlone answers Outlook without a view, with every day of the
// six weeks, and on each of them what it would have shown.
func TestSuggestionsAlone(t *testing.T) {
	w := post(&Handler{Source: people{"anna@contoso.com": {Detail: freebusy.FreeBusy}}, Log: quiet}, outlooks)
	answer := read(t, strings.NewReader(w.Body.String()))
	if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "FreeBusyResponseArray") || answer.Suggestions == nil {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	validated(t).add(t, w.Body.Bytes())
	if m := answer.Suggestions.Message; m.Class != "Success" || m.Code != "NoError" || len(answer.Suggestions.Days) != 42 {
		t.Errorf("got %+v with %d days", m, len(answer.Suggestions.Days))
	}
	for i, day := range answer.Suggestions.Days {
		date := time.Date(2026, time.October, 25+i, 0, 0, 0, 0, time.UTC)
		quality, times := "Excellent", 10
		if date.Weekday() == time.Saturday || date.Weekday() == time.Sunday {
			quality, times = "Poor", 0
		}
		if day.Date != date.Format(wallClock) || day.Quality != quality || len(day.Suggestions) != times {
			t.Errorf("got %s, %s with %d times, want %s, %s with %d", day.Date, day.Quality, len(day.Suggestions), date, quality, times)
		}
		for k, s := range day.Suggestions {
			if want := date.Add(8*time.Hour + time.Duration(k)*30*time.Minute).Format(wallClock); s.Time != want || !s.WorkTime {
				t.Errorf("got %+v, want %s", s, want)
			}
		}
	}
}

// TestRecordedSuggestions reads what the request of ews-javascript-api gets that
// asks for suggestions: about somebody, nobody and a room.
func TestRecordedSuggestions(t *testing.T) {
	alice := &freebusy.Calendar{Detail: freebusy.FreeBusy, Events: []freebusy.Event{{Start: at(8), End: at(15), Busy: freebusy.Busy}, {Start: at(24), End: at(48), Busy: freebusy.OOF}}}
	room := &freebusy.Calendar{Detail: freebusy.FreeBusy, Events: []freebusy.Event{{Start: at(15.5), End: at(16), Busy: freebusy.Tentative}}}
	server := httptest.NewServer(&Handler{Source: people{"alice@contoso.example": alice, "room1@contoso.example": room}, Log: quiet})
	defer server.Close()
	_, body := exchange(t, server.Listener.Addr().String(), recordings(t)["ews-javascript-api-basic-freebusy-and-suggestions-01"])
	got := read(t, bytes.NewReader(body))
	var times []string
	for _, day := range got.Suggestions.Days {
		times = append(times, day.Date+" "+day.Quality)
		for _, s := range day.Suggestions {
			times = append(times, fmt.Sprintf("%s %t %s %s", s.Time, s.WorkTime, s.Quality, conflictsOf(s.Conflicts.All)))
		}
	}
	want := []string{
		"2026-11-23T00:00:00 Excellent",
		"2026-11-23T16:00:00 true Excellent Free ? Free",
		"2026-11-24T00:00:00 Poor",
		"2026-11-25T00:00:00 Excellent",
	}
	for k := range 10 {
		want = append(want, at(48+8+float64(k)/2).Format(wallClock)+" true Excellent Free ? Free")
	}
	if d := cmp.Diff(want, times); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func conflictsOf(all []readConflict) string {
	var words []string
	for _, c := range all {
		switch c.XMLName.Local {
		case "UnknownAttendeeConflictData":
			words = append(words, "?")
		case "IndividualAttendeeConflictData":
			words = append(words, c.Busy)
		}
	}
	return strings.Join(words, " ")
}

// TestSuggestionsAreWrittenAsTheyAre writes any suggestions and reads them back
// with another reader.
func TestSuggestionsAreWrittenAsTheyAre(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := drawPresentation(r)
		p.Suggestions = &freebusy.Meeting{
			Duration: time.Hour, Window: p.Window, MinimumSuggestionQuality: freebusy.Poor,
			MaximumResultsByDay: rapid.IntRange(0, 9).Draw(r, "results"), MaximumNonWorkHourResultsByDay: 9,
		}
		var answers []freebusy.Answer
		for range rapid.IntRange(0, 4).Draw(r, "attendees") {
			a := freebusy.Answer{Err: notFound("x@contoso.com")}
			if rapid.Bool().Draw(r, "known") {
				a = freebusy.Answer{Calendar: drawCalendar(r)}
			}
			answers = append(answers, a)
			p.Suggestions.Attendees = append(p.Suggestions.Attendees, freebusy.Attendee{Type: freebusy.Required})
		}
		want := p.Suggestions.Suggest(p.Zone, answers)
		got := read(r, strings.NewReader(whole(writeAnswer(new(paper), answers, &p, "fb")))).Suggestions
		if got == nil || len(got.Days) != len(want) {
			r.Fatalf("got %+v, want %d days", got, len(want))
		}
		for i, day := range want {
			read := got.Days[i]
			if read.Date != day.Date.Format(wallClock) || read.Quality != day.Quality.String() || len(read.Suggestions) != len(day.Suggestions) {
				r.Fatalf("got %+v, want %+v", read, day)
			}
			for k, s := range day.Suggestions {
				var words []string
				for _, c := range s.Conflicts {
					words = append(words, map[bool]string{true: "?", false: c.Busy.String()}[c.Unknown])
				}
				read := read.Suggestions[k]
				if !instant(t, p.Zone, read.Time).Equal(s.Start) || read.WorkTime != s.IsWorkTime || read.Quality != s.Quality.String() || conflictsOf(read.Conflicts.All) != strings.Join(words, " ") {
					r.Fatalf("got %+v, want %+v", read, s)
				}
			}
		}
	})
}

// BenchmarkWriteSuggestions writes as many suggestions as there can be, for a
// hundred attendees.
func BenchmarkWriteSuggestions(b *testing.B) {
	m := &freebusy.Meeting{
		Attendees: make([]freebusy.Attendee, 100), Duration: 30 * time.Minute, Window: freebusy.Window{Start: monday, End: at(62 * 24)},
		MaximumResultsByDay: 48, MaximumNonWorkHourResultsByDay: 48,
	}
	days := m.Suggest(pacific, make([]freebusy.Answer, 100))
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(writeSuggestions(nil, days, pacific).Len()))
	}
}
