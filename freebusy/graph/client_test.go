package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"availproxy/freebusy"
)

var (
	pacific = freebusy.TimeZone{
		Bias:     480,
		Standard: freebusy.Transition{Month: time.November, DayOrder: 1, DayOfWeek: time.Sunday, Time: 2 * 3600},
		Daylight: freebusy.Transition{Bias: -60, Month: time.March, DayOrder: 2, DayOfWeek: time.Sunday, Time: 2 * 3600},
	}
	weekday = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
)

// at is a moment of the day that the documents show.
func at(hour, minute int) time.Time { return time.Date(2026, 3, 16, hour, minute, 0, 0, time.UTC) }

func about(addresses ...string) freebusy.Query {
	q := freebusy.Query{
		Window: freebusy.Window{Start: at(0, 0), End: at(0, 0).AddDate(0, 0, 1)},
		Detail: freebusy.Detailed, Interval: 30 * time.Minute,
	}
	for _, address := range addresses {
		q.Mailboxes = append(q.Mailboxes, freebusy.SMTP(address))
	}
	return q
}

// served starts a Graph that answers as h does.
func served(t testing.TB, h http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &Client{HTTP: server.Client(), URL: server.URL + "/v1.0", Connector: "ToCloud"}
}

func answersOf(t testing.TB, c *Client, q freebusy.Query) []freebusy.Answer {
	t.Helper()
	answers, err := c.Availability(t.Context(), q)
	if err != nil || len(answers) != len(q.Mailboxes) {
		t.Fatalf("got %d answers for %d mailboxes, %v", len(answers), len(q.Mailboxes), err)
	}
	return answers
}

// asJSON answers with status and body.
func asJSON(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; odata.metadata=minimal")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func TestTheDocumentedAnswer(t *testing.T) {
	body, err := os.ReadFile("testdata/documented.json")
	if err != nil {
		t.Fatal(err)
	}
	c := served(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("request-id", "5b0b")
		asJSON(200, string(body))(w, r)
	})
	answers := answersOf(t, c, about("MeganB@contoso.onmicrosoft.com", "AdeleV@contoso.onmicrosoft.com"))
	hours := &freebusy.WorkingHours{Zone: pacific, Periods: []freebusy.WorkingPeriod{{Days: weekday, Start: 8 * 60, End: 17 * 60}}}
	origin := freebusy.Origin{Connector: "ToCloud", Backend: "graph", URL: c.URL, RequestID: "5b0b"}
	window := about().Window
	want := []freebusy.Answer{
		{Calendar: &freebusy.Calendar{
			Events: []freebusy.Event{
				{Start: at(14, 0), End: at(15, 0), Busy: freebusy.WorkingElsewhere},
				{Start: at(15, 30), End: at(16, 30), Busy: freebusy.Busy},
			},
			Detail: freebusy.FreeBusy, Known: window, WorkingHours: hours, Origin: origin,
		}},
		{Calendar: &freebusy.Calendar{
			Events: []freebusy.Event{{
				Start: at(19, 0), End: at(21, 0), Busy: freebusy.Busy,
				Details: &freebusy.Details{Subject: "Let's go for lunch", Location: "Harry's Bar"},
			}},
			Detail: freebusy.Detailed, Known: window, WorkingHours: hours, Origin: origin,
		}},
	}
	ignored := cmp.Options{cmpopts.IgnoreUnexported(freebusy.Calendar{}), cmpopts.IgnoreFields(freebusy.Calendar{}, "AsOf")}
	if diff := cmp.Diff(want, answers, ignored); diff != "" {
		t.Errorf("the answers differ (-want +got):\n%s", diff)
	}
}

func TestTheRequest(t *testing.T) {
	var path, body string
	var header http.Header
	c := served(t, func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		path, body, header = r.URL.EscapedPath(), string(data), r.Header.Clone()
		asJSON(200, `{"value":[]}`)(w, r)
	})
	c.Anchors = []string{"o'neil+anchor/x@contoso.com"}
	q := about("a@contoso.com", "A@contoso.com", "b@contoso.com")
	q.Window.Start = q.Window.Start.Add(time.Millisecond)
	answersOf(t, c, q)
	if want := "/v1.0/users/o%27neil+anchor%2Fx@contoso.com/calendar/getSchedule"; path != want {
		t.Errorf("the path is %s, want %s", path, want)
	}
	want := `{"schedules":["a@contoso.com","b@contoso.com"],"startTime":{"dateTime":"2026-03-16T00:00:00","timeZone":"UTC"},` +
		`"endTime":{"dateTime":"2026-03-17T00:00:00","timeZone":"UTC"},"availabilityViewInterval":1440}`
	if body != want {
		t.Errorf("the body is\n%s, want\n%s", body, want)
	}
	for name, want := range map[string]string{
		"Prefer": `outlook.timezone="UTC"`, "Content-Type": "application/json", "Accept": "application/json",
		"X-AnchorMailbox": "a@contoso.com", "return-client-request-id": "true",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if id := header.Get("client-request-id"); len(id) != 36 {
		t.Errorf("client-request-id is %q, want a GUID", id)
	}
}

// item is a schedule of one event, in JSON.
func item(id, more string) string {
	return fmt.Sprintf(`{"scheduleId":%q,"availabilityView":"2","scheduleItems":[{"status":"busy",`+
		`"start":{"dateTime":"2026-03-16T09:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-03-16T10:00:00.0000000","timeZone":"UTC"}%s}]}`, id, more)
}

func TestEveryScheduleBelongsToTheMailboxThatItNames(t *testing.T) {
	const none = "ErrorFreeBusyGenerationFailed"
	tests := map[string]struct {
		schedules []string
		want      [2]string // of a and b: "a" or "b" for that calendar, else a code
	}{
		"in order":             {[]string{item("a@contoso.com", `,"location":"a"`), item("b@contoso.com", `,"location":"b"`)}, [2]string{"a", "b"}},
		"in another order":     {[]string{item("b@contoso.com", `,"location":"b"`), item("a@contoso.com", `,"location":"a"`)}, [2]string{"a", "b"}},
		"in other cases":       {[]string{item("B@CONTOSO.com", `,"location":"b"`), item("A@contoso.COM", `,"location":"a"`)}, [2]string{"a", "b"}},
		"one is missing":       {[]string{item("b@contoso.com", `,"location":"b"`)}, [2]string{none, "b"}},
		"one was not asked":    {[]string{item("c@contoso.com", `,"location":"c"`), item("a@contoso.com", `,"location":"a"`)}, [2]string{"a", none}},
		"one comes twice":      {[]string{item("a@contoso.com", `,"location":"a"`), item("a@contoso.com", `,"location":"c"`), item("b@contoso.com", `,"location":"b"`)}, [2]string{none, "b"}},
		"one has no name":      {[]string{item("", `,"location":"a"`), item("b@contoso.com", `,"location":"b"`)}, [2]string{none, "b"}},
		"there are none":       {nil, [2]string{none, none}},
		"one is taken unseen":  {[]string{`{"scheduleId":"a@contoso.com","availabilityView":"0020","scheduleItems":[]}`, item("b@contoso.com", `,"location":"b"`)}, [2]string{none, "b"}},
		"one has a bad time":   {[]string{item("b@contoso.com", `,"location":"b"`), strings.Replace(item("a@contoso.com", ""), "T09", "T99", 1)}, [2]string{none, "b"}},
		"one has a bad zone":   {[]string{item("b@contoso.com", `,"location":"b"`), strings.Replace(item("a@contoso.com", ""), "UTC", "Local", 1)}, [2]string{none, "b"}},
		"one runs backwards":   {[]string{item("b@contoso.com", `,"location":"b"`), strings.Replace(item("a@contoso.com", ""), "T09", "T11", 1)}, [2]string{none, "b"}},
		"one says nothing":     {[]string{item("b@contoso.com", `,"location":"b"`), `{"scheduleId":"a@contoso.com"}`}, [2]string{none, "b"}},
		"one has a null items": {[]string{item("b@contoso.com", `,"location":"b"`), `{"scheduleId":"a@contoso.com","availabilityView":"4","scheduleItems":null}`}, [2]string{none, "b"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			body := `{"value":[` + strings.Join(tt.schedules, ",") + `]}`
			body = strings.ReplaceAll(body, `"location"`, `"isPrivate":false,"location"`)
			for i, a := range answersOf(t, served(t, asJSON(200, body)), about("a@contoso.com", "b@contoso.com")) {
				if got := told(a); got != tt.want[i] {
					t.Errorf("mailbox %d: got %s, want %s", i, got, tt.want[i])
				}
			}
		})
	}
}

// told is the location of the only event, or the code of the error.
func told(a freebusy.Answer) string {
	switch {
	case a.Err != nil:
		return string(a.Err.Code)
	case len(a.Calendar.Events) == 1 && a.Calendar.Events[0].Details != nil:
		return a.Calendar.Events[0].Details.Location
	}
	return fmt.Sprintf("%+v", a.Calendar.Events)
}

func TestErrorsOfOneMailbox(t *testing.T) {
	tests := map[string]struct {
		code, message string
		want          freebusy.Code
		text          string
	}{
		"unknown, as a number": {"5016", "x", freebusy.ErrorMailRecipientNotFound, "Unable to resolve e-mail address <>SMTP:a@contoso.com to an Active Directory object. LID: 57660"},
		"unknown, as a name":   {"ErrorMailRecipientNotFound", "x", freebusy.ErrorMailRecipientNotFound, "Unable to resolve e-mail address <>SMTP:a@contoso.com to an Active Directory object. LID: 57660"},
		"in camel case":        {"errorNoFreeBusyAccess", "x", freebusy.ErrorNoFreeBusyAccess, "The caller does not have access to free/busy data. LID: 47652"},
		"no access":            {"5037", "x", freebusy.ErrorNoFreeBusyAccess, "The caller does not have access to free/busy data. LID: 47652"},
		"no server":            {"5039", "It is not there.", freebusy.ErrorAutoDiscoverFailed, "It is not there."},
		"too many entries":     {"ErrorResultSetTooBig", "Too many.", freebusy.ErrorResultSetTooBig, "Too many."},
		"a new number":         {"6000", "Who knows.", freebusy.ErrorProxyRequestProcessingFailed, "Proxy web request failed. , inner exception: Who knows. LID: 43532"},
		"nothing at all":       {"", "", freebusy.ErrorProxyRequestProcessingFailed, "Proxy web request failed. , inner exception: The remote server gave no reason. LID: 43532"},
		"a page":               {"<html>", "<html><body>x", freebusy.ErrorProxyRequestProcessingFailed, "Proxy web request failed. , inner exception: The remote server gave no reason. LID: 43532"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			said, err := json.Marshal(scheduleError{Message: tt.message, ResponseCode: tt.code})
			if err != nil {
				t.Fatal(err)
			}
			body := `{"value":[` + item("b@contoso.com", "") + `,{"scheduleId":"a@contoso.com","scheduleItems":null,"error":` + string(said) + `}]}`
			answers := answersOf(t, served(t, asJSON(200, body)), about("a@contoso.com", "b@contoso.com"))
			got := answers[0].Err
			if got == nil || got.Code != tt.want || got.Text != tt.text || got.Err == nil || got.Source == "" {
				t.Errorf("got %+v, want %s %q", got, tt.want, tt.text)
			}
			if answers[1].Calendar == nil {
				t.Errorf("the other mailbox got %v", answers[1].Err)
			}
		})
	}
}

func TestFailuresOfAWholeRequest(t *testing.T) {
	coded := func(status int, code string) http.HandlerFunc {
		return asJSON(status, fmt.Sprintf(`{"error":{"code":%q,"message":"As the service says."}}`, code))
	}
	tests := map[string]struct {
		serve   http.HandlerFunc
		code    freebusy.Code
		text    string
		refused bool
		backOff time.Duration
	}{
		"no consent":       {serve: coded(403, "ErrorAccessDenied"), code: freebusy.ErrorProxyRequestProcessingFailed, text: "HTTP status 403: Forbidden", refused: true},
		"a token refused":  {serve: coded(401, "InvalidAuthenticationToken"), code: freebusy.ErrorProxyRequestProcessingFailed, text: "HTTP status 401: Unauthorized", refused: true},
		"a window too big": {serve: coded(400, "ErrorTimeIntervalTooBig"), code: freebusy.ErrorTimeIntervalTooBig, text: "As the service says."},
		"throttled": {serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "7")
			coded(429, "ApplicationThrottled")(w, r)
		}, code: freebusy.ErrorServerBusy, text: "HTTP status 429", backOff: 7 * time.Second},
		"unavailable for a while": {serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "30")
			coded(503, "ServiceUnavailable")(w, r)
		}, code: freebusy.ErrorServerBusy, text: "HTTP status 503", backOff: 30 * time.Second},
		"a page with an error": {serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(502)
			io.WriteString(w, "<html>secret")
		}, code: freebusy.ErrorProxyRequestProcessingFailed, text: "HTTP status 502: Bad Gateway"},
		"a page instead of an answer": {serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>log on")
		}, code: freebusy.ErrorProxyRequestProcessingFailed, text: "not well-formed JSON"},
		"cut short":       {serve: asJSON(200, `{"value":[{"scheduleId":"a@con`), code: freebusy.ErrorProxyRequestProcessingFailed, text: "not well-formed JSON"},
		"of other shape":  {serve: asJSON(200, `{"value":{"scheduleId":"a@contoso.com"}}`), code: freebusy.ErrorProxyRequestProcessingFailed, text: "not well-formed JSON"},
		"too much":        {serve: asJSON(200, `{"value":[],"x":"`+strings.Repeat("x", 5000)+`"}`), code: freebusy.ErrorProxyRequestProcessingFailed, text: "The response is too large"},
		"a wrong address": {serve: http.NotFound, code: freebusy.ErrorProxyRequestProcessingFailed, text: "HTTP status 404: Not Found"},
		"too late": {serve: func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, code: freebusy.ErrorTimeoutExpired, text: "Request could not be processed in time."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := served(t, tt.serve)
			c.MaxAnswer, c.Timeout = 4096, 5*time.Second
			if name == "too late" {
				c.Timeout = 50 * time.Millisecond
			}
			for i, a := range answersOf(t, c, about("a@contoso.com", "b@contoso.com")) {
				e := a.Err
				if e == nil || e.Code != tt.code || !strings.Contains(e.Text, tt.text) || e.Refusal() != tt.refused || e.BackOff != tt.backOff {
					t.Errorf("mailbox %d: got %+v, want %s with %q, refused %t, back-off %s", i, e, tt.code, tt.text, tt.refused, tt.backOff)
					continue
				}
				if strings.Contains(e.Text, "secret") || e.Source != c.URL && tt.code != freebusy.ErrorTimeoutExpired {
					t.Errorf("mailbox %d: text %q, source %q", i, e.Text, e.Source)
				}
			}
		})
	}
}

func TestNoAnswerIsLostWhenNobodyListens(t *testing.T) {
	c := &Client{URL: "http://127.0.0.1:1/v1.0"}
	for i, a := range answersOf(t, c, about("a@contoso.com", "b@contoso.com")) {
		if a.Err == nil || !strings.Contains(a.Err.Text, "Unable to connect") || errors.Is(a.Err, freebusy.ErrRefused) {
			t.Errorf("mailbox %d: got %+v, want that the service cannot be reached", i, a)
		}
	}
}
