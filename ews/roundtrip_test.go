package ews

import (
	"cmp"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"availproxy/freebusy"
)

// direct is a way to a handler without a network.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result(), nil
}

// TestTheClientReadsWhatTheHandlerKnows lets our Client ask our Handler. In the
// order that was asked, each mailbox has the events of its own calendar that
// belong to the window, whole, and no others.
func TestTheClientReadsWhatTheHandlerKnows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truth := people{}
		for _, name := range []string{"a@contoso.com", "b@contoso.com"} {
			truth[name] = drawCalendar(t)
			for i := range truth[name].Events {
				if d := truth[name].Events[i].Details; d != nil {
					d.IsPrivate = rapid.Bool().Draw(t, "private")
				}
			}
		}
		start := at(float64(rapid.IntRange(-60, 60).Draw(t, "from")))
		q := freebusy.Query{
			Window:   freebusy.Window{Start: start, End: start.Add(time.Duration(rapid.IntRange(5, 6000).Draw(t, "minutes")) * time.Minute)},
			Detail:   freebusy.Detail(rapid.IntRange(0, 2).Draw(t, "detail")),
			Interval: time.Duration(rapid.IntRange(5, 1440).Draw(t, "interval")) * time.Minute,
		}
		for _, address := range rapid.SliceOfN(rapid.SampledFrom([]string{"a@contoso.com", "A@Contoso.com", "b@contoso.com", "nobody@contoso.com"}), 1, 6).Draw(t, "mailboxes") {
			q.Mailboxes = append(q.Mailboxes, freebusy.SMTP(address))
		}
		c := &Client{URL: "https://fb.contoso.com/EWS/Exchange.asmx", HTTP: &http.Client{Transport: direct{&Handler{Source: truth, Log: quiet}}}}
		answers, err := c.Availability(context.Background(), q)
		if err != nil || len(answers) != len(q.Mailboxes) {
			t.Fatalf("%d answers for %d mailboxes, %v", len(answers), len(q.Mailboxes), err)
		}
		for i, a := range answers {
			want, got := readable2010(truth, q.Mailboxes[i], q), a
			if a.Calendar != nil {
				got.Calendar = &freebusy.Calendar{Detail: a.Calendar.Detail, Events: a.Calendar.Events, WorkingHours: a.Calendar.WorkingHours}
			} else {
				got.Err = &freebusy.Error{Code: a.Err.Code}
			}
			if diff := gocmp.Diff(want, got, cmpopts.IgnoreUnexported(freebusy.Calendar{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("mailbox %d (-handler +client):\n%s", i, diff)
			}
		}
	})
}

// readable2010 is what truth says about m to a caller with the schema of 2010,
// which the Client is.
func readable2010(truth people, m freebusy.Mailbox, q freebusy.Query) freebusy.Answer {
	c, known := truth[strings.ToLower(m.Address)]
	if !known {
		return freebusy.Answer{Err: &freebusy.Error{Code: freebusy.ErrorMailRecipientNotFound}}
	}
	detail := min(c.Detail, max(q.Detail, freebusy.FreeBusy))
	told := &freebusy.Calendar{Detail: detail, WorkingHours: c.WorkingHours}
	for _, e := range c.Limited(detail).Events {
		if e.Busy == freebusy.WorkingElsewhere {
			e.Busy = freebusy.Free
		}
		if q.Window.Holds(e) {
			told.Events = append(told.Events, e)
		}
	}
	slices.SortStableFunc(told.Events, func(a, b freebusy.Event) int {
		return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End))
	})
	return freebusy.Answer{Calendar: told}
}
