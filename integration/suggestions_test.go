package integration

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
)

// invitation is a question for times at which people of two forests can meet.
type invitation struct {
	attendees []attendee
	from, to  time.Time
	length    time.Duration
}

type attendee struct {
	address, kind string
	exclude       bool
	forest        *forest.Forest
}

// suggestion is one time with what it says of each attendee; "?" is unknown.
type suggestion struct {
	Start     string
	WorkTime  bool
	Quality   string
	Conflicts []string
}

// TestSuggestionsForPeopleOfTwoForests compares the times that the proxy finds
// with those that the calendars of both forests leave, looked up minute by
// minute. No Exchange could tell them: neither forest knows the other.
func TestSuggestionsForPeopleOfTwoForests(t *testing.T) {
	t.Parallel()
	fabrikam, wingtip := twoForests(t)
	p := serve(t, []*forest.Forest{fabrikam, wingtip})
	monday := fabrikam.Truth.Week
	all := []attendee{
		{"alice@fabrikam.example", "Organizer", false, fabrikam}, {"chen@wingtip.example", "Required", false, wingtip},
		{"ceo@wingtip.example", "Required", true, wingtip}, {"hiro@wingtip.example", "Required", false, wingtip},
		{"bob@fabrikam.example", "Optional", false, fabrikam}, {"nobody@fabrikam.example", "Room", true, fabrikam},
		{"dana@fabrikam.example", "Required", true, fabrikam}, {"room-alder@wingtip.example", "Room", false, wingtip},
	}
	found := 0
	for _, length := range []time.Duration{30 * time.Minute, time.Hour, 4 * time.Hour} {
		for n := 1; n <= len(all); n++ {
			i := invitation{attendees: all[:n], from: monday, to: monday.AddDate(0, 0, 5), length: length}
			got := i.send(t, p)
			if d := cmp.Diff(i.truth(), got); d != "" {
				t.Errorf("%d people, %v: (-truth +got)\n%s", n, length, d)
			}
			found += len(got)
		}
	}
	if found == 0 {
		t.Error("there is no time at all")
	}
}

// TestAClientLearnsWhenToMeet has the same answer read by a client that others
// wrote, together with the view.
func TestAClientLearnsWhenToMeet(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs programs of others")
	}
	command := node("ewsjs_suggestions.js", "ews-javascript-api")(t)
	fabrikam, wingtip := twoForests(t)
	p := serve(t, []*forest.Forest{fabrikam, wingtip})
	monday := fabrikam.Truth.Week
	i := invitation{from: monday, to: monday.AddDate(0, 0, 5), length: time.Hour, attendees: []attendee{
		{"alice@fabrikam.example", "Organizer", false, fabrikam}, {"chen@wingtip.example", "Required", false, wingtip},
		{"dana@fabrikam.example", "Required", true, fabrikam}, {"bob@fabrikam.example", "Optional", false, fabrikam},
		{"nobody@fabrikam.example", "Required", false, fabrikam}, {"room-alder@wingtip.example", "Room", false, wingtip},
	}}
	command = append(command, p.url, fabrikam.Organization.User, passwordFile(t, fabrikam.Organization),
		i.from.Format(clock), i.to.Format(clock), fmt.Sprint(i.length.Minutes()))
	for _, a := range i.attendees {
		command = append(command, fmt.Sprintf("%s|%s|%t", a.address, a.kind, a.exclude))
	}
	var heard struct {
		Fault       string
		Suggestions []suggestion
	}
	out := run(t, filepath.Join(p.dir, "ca.pem"), command...)
	if err := json.Unmarshal(out, &heard); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	want := i.truth()
	for i := range want { // the library drops who is unknown
		want[i].Conflicts = slices.DeleteFunc(want[i].Conflicts, func(busy string) bool { return busy == "?" })
	}
	if diff := cmp.Diff(want, heard.Suggestions); diff != "" {
		t.Errorf("%s (-truth +got)\n%s", heard.Fault, diff)
	}
}

// send asks p, in UTC, for every time of the week that is not ruled out.
func (i invitation) send(t *testing.T, p *proxy) (found []suggestion) {
	t.Helper()
	const clear = `<Bias>0</Bias><Time>00:00:00</Time><DayOrder>0</DayOrder><Month>0</Month><DayOfWeek>Sunday</DayOfWeek>`
	var mailboxes strings.Builder
	for _, a := range i.attendees {
		fmt.Fprintf(&mailboxes, `<MailboxData xmlns="%s"><Email><Address>%s</Address></Email><AttendeeType>%s</AttendeeType><ExcludeConflicts>%t</ExcludeConflicts></MailboxData>`, typesNS, a.address, a.kind, a.exclude)
	}
	response, body := p.post(t, `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><GetUserAvailabilityRequest xmlns="http://schemas.microsoft.com/exchange/services/2006/messages">`+
		`<TimeZone xmlns="`+typesNS+`"><Bias>0</Bias><StandardTime>`+clear+`</StandardTime><DaylightTime>`+clear+`</DaylightTime></TimeZone>`+
		`<MailboxDataArray>`+mailboxes.String()+`</MailboxDataArray><SuggestionsViewOptions xmlns="`+typesNS+`"><MaximumResultsByDay>48</MaximumResultsByDay>`+
		`<MaximumNonWorkHourResultsByDay>48</MaximumNonWorkHourResultsByDay><MeetingDurationInMinutes>`+fmt.Sprint(i.length.Minutes())+`</MeetingDurationInMinutes>`+
		`<MinimumSuggestionQuality>Poor</MinimumSuggestionQuality><DetailedSuggestionsWindow><StartTime>`+i.from.Format(clock)+`</StartTime><EndTime>`+i.to.Format(clock)+`</EndTime></DetailedSuggestionsWindow>`+
		`</SuggestionsViewOptions></GetUserAvailabilityRequest></Body></Envelope>`, nil)
	var answer struct {
		Times []struct {
			Start     string `xml:"MeetingTime"`
			WorkTime  bool   `xml:"IsWorkTime"`
			Quality   string `xml:"SuggestionQuality"`
			Conflicts struct {
				All []struct {
					Busy string `xml:"BusyType"`
				} `xml:",any"`
			} `xml:"AttendeeConflictDataArray"`
		} `xml:"Body>GetUserAvailabilityResponse>SuggestionsResponse>SuggestionDayResultArray>SuggestionDayResult>SuggestionArray>Suggestion"`
	}
	if err := xml.Unmarshal([]byte(body), &answer); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("got %s, %v: %s", response.Status, err, body)
	}
	for _, s := range answer.Times {
		say := suggestion{Start: s.Start, WorkTime: s.WorkTime, Quality: s.Quality}
		for _, c := range s.Conflicts.All {
			say.Conflicts = append(say.Conflicts, map[bool]string{true: "?", false: c.Busy}[c.Busy == ""])
		}
		found = append(found, say)
	}
	return found
}

const typesNS = "http://schemas.microsoft.com/exchange/services/2006/types"

// truth looks for times as somebody would who has all calendars on the table.
func (i invitation) truth() (found []suggestion) {
	for day := i.from; day.Before(i.to); day = day.AddDate(0, 0, 1) {
		var times []suggestion
		for start := day; start.Before(day.AddDate(0, 0, 1)); start = start.Add(30 * time.Minute) {
			if s, possible := i.at(start); possible && !start.Add(i.length).After(i.to) {
				times = append(times, s)
			}
		}
		slices.SortStableFunc(times, func(a, b suggestion) int { return qualities[b.Quality] - qualities[a.Quality] })
		found = append(found, times...)
	}
	return found
}

var qualities = map[string]int{"Poor": 0, "Fair": 1, "Good": 2, "Excellent": 3}

func (i invitation) at(start time.Time) (s suggestion, possible bool) {
	s = suggestion{Start: start.Format(clock), WorkTime: true, Quality: "Excellent"}
	first, _ := i.attendees[0].forest.Truth.Mailbox(i.attendees[0].address)
	for at := start; at.Before(start.Add(i.length)); at = at.Add(time.Minute) {
		wall := first.Zone.Wall(at)
		minute := wall.Hour()*60 + wall.Minute()
		s.WorkTime = s.WorkTime && slices.Contains(first.WorkingHours.Days, wall.Weekday()) && first.WorkingHours.Start <= minute && minute < first.WorkingHours.End
	}
	known, taken := 0, 0
	for _, a := range i.attendees {
		busy := a.during(start, start.Add(i.length))
		s.Conflicts = append(s.Conflicts, busy)
		conflict := busy == "Tentative" || busy == "Busy" || busy == "OOF"
		if conflict && (a.exclude || a.kind == "Room") {
			return s, false
		}
		if busy != "?" && a.kind != "Optional" {
			known++
			if conflict {
				taken++
			}
		}
	}
	switch {
	case 2*taken >= known && taken > 0:
		s.Quality = "Poor"
	case 4*taken > known:
		s.Quality = "Fair"
	case taken > 0:
		s.Quality = "Good"
	}
	return s, true
}

// during is the busiest that the forest knows of those hours.
func (a attendee) during(from, to time.Time) string {
	m, known := a.forest.Truth.Mailbox(a.address)
	if !known || m.Access == forest.AccessNone {
		return "?"
	}
	order := []string{"Free", "NoData", "Tentative", "Busy", "OOF"}
	busiest := 0
	for _, e := range m.Events {
		if e.Start.Before(to) && e.End.After(from) {
			busiest = max(busiest, slices.Index(order, string(e.Busy)))
		}
	}
	return order[busiest]
}
