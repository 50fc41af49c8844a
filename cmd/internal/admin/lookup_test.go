package admin

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

// question is what somebody types who makes no mistake.
func question(changes ...string) url.Values {
	form := url.Values{"mailboxes": {"li.na@contoso.example"}, "day": {"2026-11-23"}, "days": {"2"}, "zone": {"China Standard Time"}}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	return form
}

func TestLookupForms(t *testing.T) {
	many := strings.Repeat("a@contoso.example\n", 21)
	tests := map[string]struct {
		form   string
		kind   string // content type; "" is that of forms
		status int
		says   string
		asked  bool
	}{
		"no mistake":                       {question().Encode(), "", 200, `id="found"`, true},
		"commas, semicolons and lines":     {question("mailboxes", "a@b.example, c@d.example;\r\ne@f.example").Encode(), "", 200, "e@f.example on Monday 23 November 2026", true},
		"nothing at all":                   {"", "", 422, "Give one SMTP address or more.", false},
		"no mailbox":                       {question("mailboxes", " ,; \n").Encode(), "", 422, "Give one SMTP address or more.", false},
		"no address":                       {question("mailboxes", "li.na").Encode(), "", 422, "&#34;li.na&#34; is no SMTP address.", false},
		"an address that is a tag":         {question("mailboxes", "<script>@x").Encode(), "", 422, "is no SMTP address", false},
		"a control character":              {question("mailboxes", "a\x00b@c.example").Encode(), "", 422, "is no SMTP address", false},
		"bytes that are no text":           {question("mailboxes", "\xff@c.example").Encode(), "", 422, "is no SMTP address", false},
		"a very long address":              {question("mailboxes", strings.Repeat("a", 400)+"@c.example").Encode(), "", 422, "is no SMTP address", false},
		"too many mailboxes":               {question("mailboxes", many).Encode(), "", 422, "Give 20 addresses at most; these are 21.", false},
		"no day":                           {question("day", "").Encode(), "", 422, "Give the first day", false},
		"a day that there is not":          {question("day", "2026-02-30").Encode(), "", 422, "Give the first day", false},
		"a day that a zone has left out":   {question("day", "2011-12-30", "zone", "Pacific/Apia", "days", "1").Encode(), "", 422, "There was no such day in that zone.", false},
		"a day long ago":                   {question("day", "0001-01-01").Encode(), "", 422, "Give the first day", false},
		"no number of days":                {question("days", "two").Encode(), "", 422, "Give a number of days from 1 to 14.", false},
		"less than one day":                {question("days", "0").Encode(), "", 422, "Give a number of days from 1 to 14.", false},
		"negative days":                    {question("days", "-9223372036854775808").Encode(), "", 422, "Give a number of days from 1 to 14.", false},
		"too many days":                    {question("days", "15").Encode(), "", 422, "Give a number of days from 1 to 14.", false},
		"no zone":                          {question("zone", "").Encode(), "", 422, "Name a time zone", false},
		"a zone that there is not":         {question("zone", "Mars").Encode(), "", 422, "Name a time zone", false},
		"a zone that is a path":            {question("zone", "../../etc/passwd").Encode(), "", 422, "Name a time zone", false},
		"a zone of this machine":           {question("zone", "Local").Encode(), "", 200, "the zone of this machine", true},
		"what was typed stays":             {question("zone", "Mars").Encode(), "", 422, ">li.na@contoso.example</textarea>", false},
		"a percent sign too many":          {"mailboxes=%zz", "", 400, "the form cannot be read", false},
		"more than any form has":           {"mailboxes=" + strings.Repeat("a", 65<<10), "", 413, "the form cannot be read", false},
		"JSON":                             {`{"mailboxes":["a@b"]}`, "application/json", 422, "Give one SMTP address or more.", false},
		"no form, with a query in the URL": {"", "text/plain", 422, "Give one SMTP address or more.", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			asked := false
			a := admin()
			a.Allowed = func() bool { return true }
			a.Ask = func(_ context.Context, q freebusy.Query) (Found, error) {
				asked = true
				return free(q), nil
			}
			r := httptest.NewRequest(http.MethodPost, "http://localhost/lookup?mailboxes=x@y.example", strings.NewReader(tt.form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if tt.kind != "" {
				r.Header.Set("Content-Type", tt.kind)
			}
			w := httptest.NewRecorder()
			a.Handler().ServeHTTP(w, r)
			if w.Code != tt.status || asked != tt.asked || !strings.Contains(w.Body.String(), tt.says) {
				t.Errorf("got %d, asked: %t, want %d, %t with %q:\n%s", w.Code, asked, tt.status, tt.asked, tt.says, w.Body)
			}
		})
	}
}

// free is an answer in which everybody is free.
func free(q freebusy.Query) (f Found) {
	for range q.Mailboxes {
		f.Mailboxes = append(f.Mailboxes, MailboxFound{Calendar: &freebusy.Calendar{}})
	}
	return f
}

func TestLookupsAreForWhoeverMay(t *testing.T) {
	failing := func(context.Context, freebusy.Query) (Found, error) { return Found{}, errors.New("secret cause") }
	tests := map[string]struct {
		allowed bool
		method  string
		header  map[string]string
		status  int
		says    string
	}{
		"the form":                         {true, "GET", nil, 200, "<textarea"},
		"the form, switched off":           {false, "GET", nil, 403, "admin.allow_lookup"},
		"a look-up, switched off":          {false, "POST", nil, 403, "admin.allow_lookup"},
		"from another site":                {true, "POST", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, ""},
		"from another origin of old":       {true, "POST", map[string]string{"Origin": "https://evil.example"}, 403, ""},
		"by another method":                {true, "PUT", nil, 405, ""},
		"a question that fails as a whole": {true, "POST", nil, 502, "ErrorProxyRequestProcessingFailed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := admin()
			a.Ask, a.Allowed = failing, func() bool { return tt.allowed }
			r := httptest.NewRequest(tt.method, "http://localhost/lookup", strings.NewReader(question().Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for name, value := range tt.header {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			a.Handler().ServeHTTP(w, r)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.says) || strings.Contains(w.Body.String(), "secret cause") {
				t.Errorf("got %d %s, want %d with %q", w.Code, w.Body, tt.status, tt.says)
			}
		})
	}
	shown := func(allowed bool) string {
		a := admin()
		a.Ask, a.Allowed = failing, func() bool { return allowed }
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/", nil))
		return w.Body.String()
	}
	if on, off := shown(true), shown(false); !strings.Contains(on, `action="/lookup"`) || strings.Contains(off, "/lookup") {
		t.Errorf("the status page has the form:\n%s\nand when it is switched off:\n%s", on, off)
	}
}

func TestAFormAsksForTimesAlone(t *testing.T) {
	f := readForm(question("mailboxes", "a@b.example c@d.example", "zone", "Europe/Berlin", "day", "2026-10-25", "days", "1"))
	got, ok := f.asked()
	if !ok {
		t.Fatalf("mistakes: %v", f.Wrong)
	}
	want := freebusy.Query{
		Mailboxes: []freebusy.Mailbox{freebusy.SMTP("a@b.example"), freebusy.SMTP("c@d.example")},
		Window: freebusy.Window{ // 25 hours
			Start: time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC), End: time.Date(2026, 10, 25, 23, 0, 0, 0, time.UTC),
		},
		Detail: freebusy.FreeBusy, Interval: 30 * time.Minute,
	}
	if diff := cmp.Diff(want, got.query); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzForms reads forms that nobody would fill in.
func FuzzForms(f *testing.F) {
	for _, form := range []url.Values{question(), question("zone", "Pacific/Apia", "day", "2011-12-30"), question("days", "14")} {
		f.Add(form.Get("mailboxes"), form.Get("day"), form.Get("days"), form.Get("zone"))
	}
	f.Fuzz(func(t *testing.T, mailboxes, day, days, zone string) {
		form := form{Mailboxes: mailboxes, Day: day, Days: days, Zone: zone}
		asked, ok := form.asked()
		if ok != (len(form.Mistakes()) == 0) {
			t.Fatalf("it asks: %t, with the mistakes %v", ok, form.Mistakes())
		}
		if !ok {
			return
		}
		q := asked.query
		if n := len(q.Mailboxes); n == 0 || n > mostMailboxes || len(asked.days) == 0 || len(asked.days) > mostDays || q.Window.Duration() <= 0 || q.Window.Duration() > (mostDays+1)*wholeDay {
			t.Errorf("asked %+v", q)
		}
		for _, m := range newFound(asked, free(q)).Days[0].Strips {
			if strings.Contains(m.Words, "NaN") {
				t.Errorf("drawn as %+v", m)
			}
		}
	})
}

const wholeDay = 24 * time.Hour
