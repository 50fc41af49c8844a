package forest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func seededGraph() *Graph { return &Graph{Truth: Seeded(1, Calendars{Week: week})} }

// TestGraphAndEWSTellTheSameTruth asks both for all mailboxes and compares what
// both can say, entry by entry.
func TestGraphAndEWSTellTheSameTruth(t *testing.T) {
	g := seededGraph()
	c := caller(t, serve(t, &EWS{Truth: g.Truth}), Exchange2013)
	var all []string
	for _, m := range g.Truth.Mailboxes {
		all = append(all, m.Address)
	}
	all = append(all, g.Truth.Unknown)
	from, to := week.Add(7*time.Hour), week.AddDate(0, 0, 6)
	said, err := c.Ask(t.Context(), Question{Mailboxes: all, From: from, To: to, View: "DetailedMerged"})
	if err != nil {
		t.Fatal(err)
	}
	_, answer := askGraph(t, g, getSchedule(anchored, from, to, all...))
	type entry struct{ Start, End, Busy, Subject, Location string }
	for i, s := range answer.Value {
		m := said.Mailboxes[i]
		if s.ScheduleID != m.Address {
			t.Fatalf("schedule %d is about %s, want %s", i, s.ScheduleID, m.Address)
		}
		if m.Code != "NoError" {
			if s.Error == nil || s.Error.ResponseCode != fmt.Sprint(m.ExceptionCode) || s.ScheduleItems != nil {
				t.Errorf("%s: Graph says %+v, EWS %s %d", s.ScheduleID, s, m.Code, m.ExceptionCode)
			}
			continue
		}
		var ews, graph []entry
		for _, e := range m.Entries {
			ews = append(ews, entry{e.Start.UTC().Format(sevenDigits), e.End.UTC().Format(sevenDigits), strings.ToLower(string(e.Busy)), e.Subject, e.Location})
		}
		for _, e := range s.ScheduleItems {
			busy := strings.ToLower(strings.Replace(e.Status, "unknown", "NoData", 1))
			seen := entry{Start: e.Start.DateTime, End: e.End.DateTime, Busy: busy}
			if e.Subject != nil {
				seen.Subject, seen.Location = *e.Subject, *e.Location
			}
			graph = append(graph, seen)
		}
		if diff := gocmp.Diff(ews, graph); diff != "" {
			t.Errorf("%s (-EWS +Graph):\n%s", s.ScheduleID, diff)
		}
		if got := strings.ReplaceAll(s.AvailabilityView, "4", "0"); !strings.Contains(s.AvailabilityView, "4") && got != m.Merged {
			t.Errorf("%s: the view is %s, EWS says %s", s.ScheduleID, got, m.Merged)
		}
	}
}

// one is a Truth with one busy Berlin morning, and a colleague who shows no more
// than times.
func one() *Truth {
	berlin, _ := ZoneByID("Europe/Berlin")
	pacific, _ := ZoneByID("America/Los_Angeles")
	hours := WorkingHours{Days: []time.Weekday{time.Monday, time.Friday}, Start: 8 * 60, End: 16*60 + 30}
	at := func(hour, minute int) time.Time { return week.Add(time.Duration(hour*60+minute) * time.Minute) }
	events := []Event{
		{Start: at(9, 0), End: at(9, 30), Busy: Busy, Subject: "Plan", Location: "Room 1"},
		{Start: at(9, 0), End: at(11, 0), Busy: WorkingElsewhere, Subject: "From home"},
		{Start: at(10, 30), End: at(11, 0), Busy: OOF, Subject: "Doctor", Private: true},
	}
	return &Truth{Domain: "fabrikam.example", Mailboxes: []Mailbox{
		{Address: "alice@fabrikam.example", Kind: User, Access: AccessDetails, Zone: berlin, WorkingHours: hours, Events: events},
		{Address: "bob@fabrikam.example", Kind: User, Access: AccessFreeBusy, Zone: pacific, WorkingHours: hours, Events: events[:1]},
		{Address: "team@fabrikam.example", Kind: Group, Access: AccessDetails, Zone: berlin, Events: events},
	}}
}

// TestGraphsForm compares whole answers with what the documents show of their
// form: seven digits, the two shapes of time zones, and details or none.
func TestGraphsForm(t *testing.T) {
	r := getSchedule(anchored, week.Add(9*time.Hour), week.Add(12*time.Hour), "Alice@fabrikam.example", "bob@fabrikam.example", "team@fabrikam.example", "who@fabrikam.example")
	r.Header.Set("Prefer", `outlook.timezone="W. Europe Standard Time"`)
	w, _ := askGraph(t, &Graph{Truth: one()}, r)
	if got := w.Header().Get("Preference-Applied"); got != `outlook.timezone="W. Europe Standard Time"` {
		t.Errorf("Preference-Applied is %q", got)
	}
	item := func(from, to, rest string) string {
		return `{` + rest + `"start": {"dateTime": "2026-11-23T` + from + `:00.0000000", "timeZone": "W. Europe Standard Time"},
			"end": {"dateTime": "2026-11-23T` + to + `:00.0000000", "timeZone": "W. Europe Standard Time"}}`
	}
	hours := func(zone string) string {
		return `{"daysOfWeek": ["monday", "friday"], "startTime": "08:00:00.0000000", "endTime": "16:30:00.0000000", "timeZone": ` + zone + `}`
	}
	want := `{"@odata.context": "https://graph.fabrikam.example/v1.0/$metadata#Collection(microsoft.graph.scheduleInformation)", "value": [
		{"scheduleId": "Alice@fabrikam.example", "availabilityView": "444400", "scheduleItems": [` +
		item("10:00", "10:30", `"isPrivate": false, "status": "busy", "subject": "Plan", "location": "Room 1", `) + `,` +
		item("10:00", "12:00", `"isPrivate": false, "status": "workingElsewhere", "subject": "From home", "location": "", `) + `,` +
		item("11:30", "12:00", `"isPrivate": true, "status": "oof", `) + `],
			"workingHours": ` + hours(`{"name": "W. Europe Standard Time"}`) + `},
		{"scheduleId": "bob@fabrikam.example", "availabilityView": "200000", "scheduleItems": [` + item("10:00", "10:30", `"status": "busy", `) + `],
			"workingHours": ` + hours(`{"@odata.type": "#microsoft.graph.customTimeZone", "bias": 480, "name": "Customized Time Zone",
				"standardOffset": {"time": "02:00:00.0000000", "dayOccurrence": 1, "dayOfWeek": "sunday", "month": 11, "year": 0},
				"daylightOffset": {"daylightBias": -60, "time": "02:00:00.0000000", "dayOccurrence": 2, "dayOfWeek": "sunday", "month": 3, "year": 0}}`) + `},
		{"scheduleId": "team@fabrikam.example", "availabilityView": "444400"},
		{"scheduleId": "who@fabrikam.example", "error": {"responseCode": "5009", "message": "Unable to resolve e-mail address <>SMTP:who@fabrikam.example to an Active Directory object."}}
	]}`
	if diff := gocmp.Diff(decodedJSON(t, want), decodedJSON(t, w.Body.String())); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func decodedJSON(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

func TestPagesThatContradictEachOther(t *testing.T) {
	ask := func(g *Graph, mailboxes ...string) []graphSchedule {
		g.Truth = one()
		_, answer := askGraph(t, g, getSchedule(anchored, week.Add(9*time.Hour), week.Add(12*time.Hour), mailboxes...))
		return answer.Value
	}
	if got := ask(&Graph{ElsewhereIsFree: true}, "alice@fabrikam.example")[0].AvailabilityView; got != "200300" {
		t.Errorf("with workingElsewhere as free, the view is %s", got)
	}
	if got := string(ask(&Graph{BiasAhead: true}, "bob@fabrikam.example")[0].WorkingHours); !strings.Contains(got, `"bias":-480`) || !strings.Contains(got, `"daylightBias":60`) {
		t.Errorf("with biases ahead, the hours are %s", got)
	}
	if got := ask(&Graph{ErrorNames: true}, "who@fabrikam.example")[0].Error.ResponseCode; got != "ErrorMailRecipientNotFound" {
		t.Errorf("with names for errors, the code is %s", got)
	}
}

// TestGraphReadsQuestions has each row change the one good body.
func TestGraphReadsQuestions(t *testing.T) {
	const schedules, start = `"schedules": ["alice@fabrikam.example"]`, `"startTime": {"dateTime": "2026-11-23T00:00:00", "timeZone": "UTC"}`
	const end, interval = `"endTime": {"dateTime": "2026-11-25T00:00:00", "timeZone": "UTC"}`, `"availabilityViewInterval": 60`
	body := func(members ...string) string { return "{" + strings.Join(members, ",") + "}" }
	until := func(day string) string {
		return body(schedules, start, `"endTime": {"dateTime": "`+day+`T00:00:00", "timeZone": "UTC"}`)
	}
	every := func(minutes string) string {
		return body(schedules, start, end, `"availabilityViewInterval": `+minutes)
	}
	many := func(n int) string {
		return body(`"schedules": [`+strings.TrimSuffix(strings.Repeat(`"alice@fabrikam.example",`, n), ",")+`]`, start, end)
	}
	tests := map[string]struct {
		body, code string
		status     int
	}{
		"good":                            {body(schedules, start, end, interval), "", 200},
		"without interval":                {body(schedules, start, end), "", 200},
		"names in another case":           {body(`"Schedules": ["alice@fabrikam.example"]`, strings.Replace(start, "s", "S", 1), end), "", 200},
		"an interval in quotes":           {every(`"15"`), "", 200},
		"an interval of null":             {every(`null`), "ErrorInternalServerError", 500},
		"an interval of words":            {every(`"hourly"`), "BadRequest", 400},
		"five minutes":                    {every(`5`), "", 200},
		"four minutes":                    {every(`4`), "ErrorInvalidMergedFreeBusyInterval", 400},
		"a day":                           {every(`1440`), "", 200},
		"a day and a minute":              {every(`1441`), "ErrorInvalidMergedFreeBusyInterval", 400},
		"62 days":                         {until("2027-01-24"), "", 200},
		"63 days":                         {until("2027-01-25"), "ErrorTimeIntervalTooBig", 400},
		"backwards":                       {until("2026-11-22"), "ErrorInvalidTimeInterval", 400},
		"no time at all":                  {until("2026-11-23"), "ErrorInvalidTimeInterval", 400},
		"twenty":                          {many(20), "", 200},
		"twenty-one":                      {many(21), "ErrorMailboxDataArrayTooBig", 400},
		"nobody":                          {body(`"schedules": []`, start, end), "ErrorMailboxDataArrayEmpty", 400},
		"no schedules":                    {body(start, end), "ErrorMailboxDataArrayEmpty", 400},
		"no start":                        {body(schedules, end), "ErrorInvalidParameter", 400},
		"no end":                          {body(schedules, start), "ErrorInvalidParameter", 400},
		"a time without zone":             {body(schedules, start, `"endTime": {"dateTime": "2026-11-25T00:00:00"}`), "ErrorInvalidParameter", 400},
		"a time that is none":             {body(schedules, start, `"endTime": {"dateTime": "noon", "timeZone": "UTC"}`), "ErrorInvalidParameter", 400},
		"a zone by its name in the tz db": {body(schedules, start, `"endTime": {"dateTime": "2026-11-25T00:00:00", "timeZone": "Asia/Tokyo"}`), "", 200},
		"a zone nobody knows":             {body(schedules, start, `"endTime": {"dateTime": "2026-11-25T00:00:00", "timeZone": "CET"}`), "TimeZoneNotSupportedException", 400},
		"a parameter nobody knows":        {body(schedules, start, end, `"view": "all"`), "BadRequest", 400},
		"two objects":                     {body(schedules, start, end) + "{}", "BadRequest", 400},
		"XML":                             {"<a/>", "BadRequest", 400},
		"nothing":                         {"", "BadRequest", 400},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w, answer := askGraph(t, seededGraph(), postJSON(anchored, tt.body))
			if w.Code != tt.status || answer.Error.Code != tt.code {
				t.Errorf("status %d, %+v; want %d %s", w.Code, answer.Error, tt.status, tt.code)
			}
			if tt.code != "" && answer.Error.InnerError.ID != w.Header().Get("request-id") {
				t.Errorf("the ids are %+v and %v", answer.Error.InnerError, w.Header())
			}
		})
	}
}

func TestGraphReadsPathsAndHeaders(t *testing.T) {
	const users = "https://graph.fabrikam.example/v1.0/users/"
	ask := func(change func(*http.Request)) *http.Request {
		r := getSchedule(anchored, week, week.AddDate(0, 0, 1), "alice@fabrikam.example")
		change(r)
		return r
	}
	path := func(url string) *http.Request {
		return getSchedule(url, week, week.AddDate(0, 0, 1), "alice@fabrikam.example")
	}
	header := func(name, value string) *http.Request {
		return ask(func(r *http.Request) { r.Header.Set(name, value) })
	}
	tests := map[string]struct {
		request *http.Request
		code    string
		status  int
	}{
		"in any case":            {path(strings.ToLower(anchored)), "", 200},
		"the name of the action": {path(users + "bob@fabrikam.example/calendar/microsoft.graph.getSchedule"), "", 200},
		"an anchor that is full": {path(users + "ceo@fabrikam.example/calendar/getSchedule"), "", 200},
		"me":                     {path("https://graph.fabrikam.example/v1.0/me/calendar/getSchedule"), "BadRequest", 400},
		"an anchor nobody knows": {path(users + "who@fabrikam.example/calendar/getSchedule"), "ErrorInvalidUser", 404},
		"another version":        {path("https://graph.fabrikam.example/beta/users/alice@fabrikam.example/calendar/getSchedule"), "UnknownError", 404},
		"another action":         {path(users + "alice@fabrikam.example/findMeetingTimes"), "UnknownError", 404},
		"GET":                    {ask(func(r *http.Request) { r.Method = http.MethodGet }), "Request_BadRequest", 405},
		"XML":                    {header("Content-Type", "text/xml"), "RequestBodyRead", 415},
		"JSON with parameters":   {header("Content-Type", "application/json; charset=utf-8"), "", 200},
		"a zone":                 {header("Prefer", `IdType="ImmutableId", outlook.timezone="Tokyo Standard Time"`), "", 200},
		"a zone nobody knows":    {header("Prefer", `outlook.timezone="Middle Earth"`), "TimeZoneNotSupportedException", 400},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w, answer := askGraph(t, seededGraph(), tt.request)
			if w.Code != tt.status || answer.Error.Code != tt.code {
				t.Errorf("status %d, %+v; want %d %s", w.Code, answer.Error, tt.status, tt.code)
			}
		})
	}
}

func TestGraphNamesRequests(t *testing.T) {
	g := seededGraph()
	for _, wanted := range []bool{false, true} {
		r := getSchedule(anchored, week, week.AddDate(0, 0, 1), "alice@fabrikam.example")
		r.Header.Set("client-request-id", "mine")
		if wanted {
			r.Header.Set("return-client-request-id", "true")
		}
		w, _ := askGraph(t, g, r)
		if got := w.Header().Get("client-request-id"); (got == "mine") != wanted || w.Header().Get("request-id") == "" {
			t.Errorf("with return-client-request-id %v, the headers are %v", wanted, w.Header())
		}
	}
	seen := g.Journal.Requests()
	if seen[0].ClientRequestID != "mine" || seen[0].RequestID == "" || seen[0].RequestID == seen[1].RequestID {
		t.Errorf("remembered %+v", seen)
	}
}

func TestTooManyEntriesForOneSchedule(t *testing.T) {
	truth := one()
	truth.Mailboxes[0].Events = nil
	for i := range maximumEntries + 1 {
		start := week.Add(time.Duration(i) * time.Minute)
		truth.Mailboxes[0].Events = append(truth.Mailboxes[0].Events, Event{Start: start, End: start, Busy: Busy})
	}
	w, answer := askGraph(t, &Graph{Truth: truth}, getSchedule(anchored, week, week.AddDate(0, 0, 2), "alice@fabrikam.example", "bob@fabrikam.example"))
	if w.Code != http.StatusOK || answer.Value[0].Error == nil || answer.Value[0].Error.ResponseCode != "ErrorResultSetTooBig" {
		t.Errorf("status %d, %+v", w.Code, answer)
	}
	if slices.ContainsFunc(answer.Value[1:], func(s graphSchedule) bool { return s.Error != nil }) {
		t.Errorf("the others are refused too: %+v", answer.Value)
	}
}
