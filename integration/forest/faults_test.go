package forest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFaultsTakeThePlaceOfAnAnswer(t *testing.T) {
	tests := map[string]struct {
		faults Faults
		want   func(err error) bool
	}{
		"unauthorized": {Faults{Status: 401, Diagnostics: `2000008;reason="x";error_category="invalid_grant"`}, func(err error) bool {
			e, ok := errors.AsType[*HTTPError](err)
			return ok && e.Status == 401 && strings.HasPrefix(e.Diagnostics, "2000008;")
		}},
		"forbidden":   {Faults{Status: 403}, hasStatus(403)},
		"unavailable": {Faults{Status: 503, RetryAfter: time.Minute}, hasStatus(503)},
		"redirected":  {Faults{Redirect: "https://evil.example/"}, hasStatus(302)},
		"HTML":        {Faults{HTML: true}, hasStatus(200)},
		"busy": {Faults{Busy: true, BackOff: 297749 * time.Millisecond}, func(err error) bool {
			e, ok := errors.AsType[*FaultError](err)
			return ok && e.Code == "ErrorServerBusy" && e.BackOff == 297749*time.Millisecond
		}},
		"reset":     {Faults{Reset: true}, func(err error) bool { return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) }},
		"cut":       {Faults{Cut: true}, func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		"garbage":   {Faults{Garbage: true}, unreadable},
		"truncated": {Faults{Truncated: true}, unreadable},
		"missing":   {Faults{Missing: 1}, unreadable},
		"extra":     {Faults{Extra: 2}, unreadable},
		"changed":   {Faults{Override: func(b []byte) []byte { return append(b, "<x/>"...) }}, unreadable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := &EWS{Truth: Seeded(1, Calendars{Week: week})}
			c := caller(t, serve(t, e), Exchange2013)
			e.Faults.Set(tt.faults)
			r, err := c.Ask(t.Context(), aliceAndBob)
			if err == nil || !tt.want(err) {
				t.Errorf("answered %+v, %v", r, err)
			}
			e.Faults.Clear()
			if _, err := c.Ask(t.Context(), aliceAndBob); err != nil {
				t.Errorf("healthy again, it answered %v", err)
			}
		})
	}
}

var aliceAndBob = Question{
	Mailboxes: []string{"alice@fabrikam.example", "bob@fabrikam.example"}, From: week, To: week.AddDate(0, 0, 1),
}

func hasStatus(status int) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*HTTPError](err)
		return ok && e.Status == status
	}
}

func unreadable(err error) bool {
	_, ok := errors.AsType[*AnswerError](err)
	return ok
}

func TestFaultsOfSingleMailboxes(t *testing.T) {
	e := &EWS{Truth: Seeded(1, Calendars{Week: week})}
	c := caller(t, serve(t, e), Exchange2013)
	e.Faults.Set(Faults{
		Mailbox: map[string]MailboxFault{"bob@fabrikam.example": {Code: "ErrorMailboxMoveInProgress", Text: "moving", Source: "https://old.example/"}},
		Reverse: true,
	})
	r, err := c.Ask(t.Context(), aliceAndBob)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(r.Mailboxes[0].Code, " ", r.Mailboxes[0].ResponseSource, " ", r.Mailboxes[1].Code)
	if want := "ErrorMailboxMoveInProgress https://old.example/ NoError"; got != want {
		t.Errorf("answered %s, want %s, the wrong way round", got, want)
	}
}

func TestFaultsStrikeWhomAndAsOftenAsTheyShould(t *testing.T) {
	e := &EWS{Truth: Seeded(1, Calendars{Week: week})}
	c := caller(t, serve(t, e), Exchange2013)
	e.Faults.Set(Faults{Only: []string{"BOB@fabrikam.example"}, Times: 2, Status: 503})
	alice := aliceAndBob
	alice.Mailboxes = alice.Mailboxes[:1]
	var got []bool
	for _, q := range []Question{alice, aliceAndBob, alice, aliceAndBob, aliceAndBob} {
		_, err := c.Ask(t.Context(), q)
		got = append(got, err == nil)
	}
	if diff := cmp.Diff([]bool{true, false, true, false, true}, got); diff != "" {
		t.Errorf("questions were answered like this:\n%s", diff)
	}
}

func TestDelayEndsWhenTheCallerGivesUp(t *testing.T) {
	e := &EWS{Truth: Seeded(1, Calendars{Week: week})}
	c := caller(t, serve(t, e), Exchange2013)
	e.Faults.Set(Faults{Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Ask(ctx, aliceAndBob); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("answered %v, want the deadline to be over", err)
	}
}

func TestWholeRequestsAreRefused(t *testing.T) {
	whole := map[string]struct {
		change func(*Question)
		age    Generation
		code   string
		number int
	}{
		"nobody asked for":        {func(q *Question) { q.Mailboxes = nil }, ExchangeOnline, "ErrorMailboxDataArrayEmpty", unpublished},
		"101 mailboxes":           {func(q *Question) { q.Mailboxes = make([]string, 101) }, ExchangeOnline, "ErrorMailboxDataArrayTooBig", 5002},
		"63 days":                 {func(q *Question) { q.To = q.From.AddDate(0, 0, 63) }, ExchangeOnline, "ErrorTimeIntervalTooBig", unpublished},
		"43 days of 2010":         {func(q *Question) { q.To = q.From.AddDate(0, 0, 43) }, Exchange2010, "ErrorTimeIntervalTooBig", unpublished},
		"no time at all":          {func(q *Question) { q.To = q.From }, ExchangeOnline, "ErrorInvalidTimeInterval", unpublished},
		"slots of four minutes":   {func(q *Question) { q.Interval = 4 * time.Minute }, ExchangeOnline, "ErrorInvalidMergedFreeBusyInterval", unpublished},
		"slots above the window":  {func(q *Question) { q.To = q.From.Add(time.Minute) }, ExchangeOnline, "ErrorInvalidMergedFreeBusyInterval", unpublished},
		"no view":                 {func(q *Question) { q.View = "None" }, ExchangeOnline, "ErrorInvalidFreeBusyViewType", unpublished},
		"a view that nobody has":  {func(q *Question) { q.View = "Everything" }, ExchangeOnline, "ErrorSchemaValidation", 0},
		"too many for 2007's own": {func(q *Question) { q.Mailboxes = make([]string, 101) }, Exchange2007, "Client", 5002},
	}
	for name, tt := range whole {
		t.Run(name, func(t *testing.T) {
			c := caller(t, serve(t, &EWS{Truth: Seeded(1, Calendars{Week: week}), Generation: tt.age}), min(tt.age, Exchange2013))
			q := aliceAndBob
			tt.change(&q)
			r, err := c.Ask(t.Context(), q)
			fault, ok := errors.AsType[*FaultError](err)
			if !ok || fault.Code != tt.code || fault.Number != tt.number {
				t.Errorf("answered %+v, %v; want the fault %s, %d", r, err, tt.code, tt.number)
			}
		})
	}
}

func TestRequestsThatAreNone(t *testing.T) {
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	url := serve(t, &EWS{Truth: Seeded(1, Calendars{Week: week})})
	tests := map[string]struct {
		method, path, contentType, body string
		status                          int
		holds                           string
	}{
		"GET":               {"GET", Path, "", "", 405, ""},
		"JSON":              {"POST", Path, "application/json", "{}", 415, ""},
		"another path":      {"POST", "/owa", "text/xml", "", 404, ""},
		"an empty body":     {"POST", "/ews/exchange.asmx", "text/xml;charset=UTF-8", "", 500, "ErrorInvalidRequest"},
		"half a document":   {"POST", Path, "text/xml", "<a><b>", 500, "ErrorInvalidRequest"},
		"another operation": {"POST", Path, "text/xml", `<e:Envelope xmlns:e="` + nsSOAP + `"><e:Body><x/></e:Body></e:Envelope>`, 500, "ErrorInvalidRequest"},
		"half a megabyte":   {"POST", Path, "text/xml", strings.Repeat(" ", 500_000), 500, "ErrorRequestStreamTooBig"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), tt.method, strings.TrimSuffix(url, Path)+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", tt.contentType)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err != nil || response.StatusCode != tt.status || !strings.Contains(string(body), tt.holds) {
				t.Errorf("answered %d %s, %v; want %d with %q", response.StatusCode, body, err, tt.status, tt.holds)
			}
		})
	}
}

func TestJournalHoldsWhatWasAsked(t *testing.T) {
	e := &EWS{Truth: Seeded(1, Calendars{Week: week})}
	c := caller(t, serve(t, e), Exchange2007)
	q := aliceAndBob
	q.Mailboxes = append(q.Mailboxes, "Bob@Fabrikam.example")
	q.View = "MergedOnly" // 2007 cannot read everything that alice does
	for range 2 {
		if _, err := c.Ask(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	requests := e.Journal.Requests()
	if len(requests) != 2 || e.Journal.Total() != 2 || e.Journal.Asked("BOB@fabrikam.example") != 4 || e.Journal.Asked("ceo@fabrikam.example") != 0 {
		t.Fatalf("the journal holds %+v", requests)
	}
	got := requests[1]
	if got.Remote != requests[0].Remote {
		t.Errorf("the second question came on a connection of its own")
	}
	got.Time, got.Host, got.Remote, got.RequestID = time.Time{}, "", "", ""
	want := Request{
		Method: "POST", Path: Path, Status: 200, Operation: "GetUserAvailabilityRequest", Mailboxes: q.Mailboxes,
		UserAgent: "ASProxy/CrossForest/EmailDomain/EXCH/08.03.0083.000",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	e.Journal.Clear()
	if e.Journal.Total() != 0 || len(e.Journal.Requests()) != 0 || e.Journal.Asked("bob@fabrikam.example") != 0 {
		t.Error("the journal is not clear")
	}
}
