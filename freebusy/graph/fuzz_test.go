package graph

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"

	"availproxy/freebusy"
)

// Whatever comes back, each mailbox has an answer, and a calendar is in order.
func FuzzAnswers(f *testing.F) {
	documented, err := os.ReadFile("testdata/documented.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(200, documented)
	f.Add(200, []byte(`{"value":[`+item("meganb@contoso.onmicrosoft.com", "")+`]}`))
	f.Add(404, []byte(`{"error":{"code":"ErrorInvalidUser"}}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		q := about("adelev@contoso.onmicrosoft.com", "meganb@contoso.onmicrosoft.com")
		r := reader{asked: newQuestion(q, q.Mailboxes)}
		response := httptest.NewRecorder()
		response.WriteHeader(100 + (status%500+500)%500)
		response.Body.Write(body)
		answers := make([]freebusy.Answer, len(q.Mailboxes))
		told := response.Result()
		told.Header = http.Header{"Content-Type": {"application/json"}}
		if failure := r.read(told, 1<<20, answers); failure != nil {
			if failure.Err == nil {
				t.Errorf("%v has no cause", failure)
			}
			return
		}
		for i, a := range answers {
			if (a.Calendar == nil) == (a.Err == nil) {
				t.Fatalf("answer %d is %+v, want either a calendar or an error", i, a)
			}
			if a.Calendar != nil {
				checkCalendar(t, q.Window, a.Calendar)
			}
		}
	})
}

func checkCalendar(t *testing.T, w freebusy.Window, c *freebusy.Calendar) {
	t.Helper()
	if !slices.IsSortedFunc(c.Events, func(a, b freebusy.Event) int { return a.Start.Compare(b.Start) }) {
		t.Error("the events are not sorted")
	}
	for _, e := range c.Events {
		if e.End.Before(e.Start) || !w.Holds(e) || e.Details != nil && c.Detail < freebusy.Detailed {
			t.Errorf("%+v is no event of %v at detail %s", e, w, c.Detail)
		}
		if d := e.Details; d != nil && d.IsPrivate && d.Subject+d.Location != "" {
			t.Errorf("%+v is private and tells", e)
		}
	}
	if h := c.WorkingHours; h != nil && h.Zone.Validate() != nil {
		t.Errorf("the working hours have zone %+v", h.Zone)
	}
}
