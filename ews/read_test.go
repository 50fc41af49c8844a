package ews

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// attendees is who the answers in testdata/upstream are about, in order.
var attendees = []freebusy.Mailbox{
	freebusy.SMTP("li.na@contoso.example"),
	freebusy.SMTP("nobody@contoso.example"),
	freebusy.SMTP("room7@contoso.example"),
	freebusy.SMTP("Ben@contoso.example"),
}

var threeDays = freebusy.Window{
	Start: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC),
	End:   time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC),
}

// aboutThem asks for what the answers in testdata/upstream hold.
func aboutThem() freebusy.Query {
	return freebusy.Query{Mailboxes: attendees, Window: threeDays, Detail: freebusy.Detailed, Interval: 30 * time.Minute}
}

func readerFor(q freebusy.Query) reader {
	return reader{
		asked:  newQuestion(q, q.Mailboxes),
		asOf:   time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
		origin: freebusy.Origin{Backend: "ews", URL: "https://mail.contoso.example/EWS/Exchange.asmx"},
	}
}

func TestReadAnswers(t *testing.T) {
	files, err := filepath.Glob("testdata/upstream/*.xml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no answers to read: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".xml")
		t.Run(name, func(t *testing.T) {
			got := toldAnswers(readerFor(aboutThem()).answers(loadMessage(t, file)))
			golden(t, "upstream/"+name+".golden.json", got)
		})
	}
}

func loadMessage(t testing.TB, file string) *soap.Message {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := soap.Read(bytes.NewReader(data), soap.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// told is an Answer in words, for golden files that a person can judge.
type told struct {
	View   string           `json:"view,omitempty"`
	Events []string         `json:"events,omitempty"`
	Merged *freebusy.Merged `json:"merged,omitempty"`
	Zone   string           `json:"zone,omitempty"`
	Hours  []string         `json:"hours,omitempty"`
	Error  *toldError       `json:"error,omitempty"`
}

type toldError struct {
	Code    freebusy.Code `json:"code"`
	Text    string        `json:"text"`
	Source  string        `json:"source,omitempty"`
	BackOff string        `json:"backOff,omitempty"`
	Cause   string        `json:"cause"`
	Moved   bool          `json:"moved,omitempty"`
	Refused bool          `json:"refused,omitempty"`
}

func toldAnswers(answers []freebusy.Answer, failure *freebusy.Error) []byte {
	var document any
	if failure != nil {
		document = map[string]*toldError{"failure": tellError(failure)}
	} else {
		all := []told{}
		for _, a := range answers {
			all = append(all, tell(a))
		}
		document = map[string][]told{"answers": all}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		panic(err) // nothing in it can fail
	}
	return b.Bytes()
}

func tell(a freebusy.Answer) told {
	if a.Err != nil {
		return told{Error: tellError(a.Err)}
	}
	c := a.Calendar
	said := told{View: c.Detail.String(), Merged: c.Merged}
	for _, e := range c.Events {
		said.Events = append(said.Events, tellEvent(e))
	}
	if c.WorkingHours != nil {
		z := c.WorkingHours.Zone
		said.Zone = fmt.Sprintf("bias %d, standard %s, daylight %s", z.Bias, tellSwitch(z.Standard), tellSwitch(z.Daylight))
		for _, p := range c.WorkingHours.Periods {
			said.Hours = append(said.Hours, fmt.Sprintf("%v %d-%d", p.Days, p.Start, p.End))
		}
	}
	return said
}

func tellEvent(e freebusy.Event) string {
	said := fmt.Sprintf("%s %s %s", e.Start.Format(time.RFC3339), e.End.Format(time.RFC3339), e.Busy)
	if d := e.Details; d != nil {
		said += fmt.Sprintf(" id=%q subject=%q location=%q", d.ID, d.Subject, d.Location)
		said += tellFlags(d)
	}
	return said
}

func tellFlags(d *freebusy.Details) (said string) {
	for _, flag := range []struct {
		set  bool
		word string
	}{{d.IsMeeting, "meeting"}, {d.IsRecurring, "recurring"}, {d.IsException, "exception"}, {d.IsReminderSet, "reminder"}, {d.IsPrivate, "private"}} {
		if flag.set {
			said += " " + flag.word
		}
	}
	return said
}

func tellSwitch(s freebusy.Transition) string {
	if s.Month == 0 {
		return fmt.Sprintf("%+d never", s.Bias)
	}
	return fmt.Sprintf("%+d from %s, %s %d at second %d", s.Bias, s.Month, s.DayOfWeek, s.DayOrder, s.Time)
}

func tellError(e *freebusy.Error) *toldError {
	said := &toldError{
		Code: e.Code, Text: e.Text, Source: e.Source, Cause: e.Err.Error(),
		Moved: errors.Is(e, freebusy.ErrMoved), Refused: errors.Is(e, freebusy.ErrRefused),
	}
	if e.BackOff != 0 {
		said.BackOff = e.BackOff.String()
	}
	return said
}

func TestDetailsThatWereNotAskedForAreDropped(t *testing.T) {
	q := aboutThem()
	q.Detail = freebusy.FreeBusy
	answers, failure := readerFor(q).answers(loadMessage(t, "testdata/upstream/exchange2013.xml"))
	if failure != nil {
		t.Fatal(failure)
	}
	for i, a := range answers {
		if a.Calendar == nil {
			continue
		}
		if a.Calendar.Detail != freebusy.FreeBusy {
			t.Errorf("mailbox %d: detail is %s, want FreeBusy", i, a.Calendar.Detail)
		}
		for _, e := range a.Calendar.Events {
			if e.Details != nil {
				t.Errorf("mailbox %d: details %+v, want none", i, *e.Details)
			}
		}
	}
}

// TestDigitsWithoutEvents reads digits for three slots, where there is nothing
// else to go by.
func TestDigitsWithoutEvents(t *testing.T) {
	tests := map[string]struct {
		view, want string // want is "" for an error
	}{
		"as granted":                           {"<FreeBusyViewType>MergedOnly</FreeBusyViewType><MergedFreeBusy>012</MergedFreeBusy>", "012"},
		"later numbers":                        {"<FreeBusyViewType>MergedOnly</FreeBusyViewType><MergedFreeBusy>354</MergedFreeBusy>", "344"},
		"in place of events that are gone":     {"<FreeBusyViewType>FreeBusyMerged</FreeBusyViewType><MergedFreeBusy>020</MergedFreeBusy>", "020"},
		"without a view":                       {"<MergedFreeBusy>000</MergedFreeBusy>", "000"},
		"too few":                              {"<FreeBusyViewType>MergedOnly</FreeBusyViewType><MergedFreeBusy>01</MergedFreeBusy>", ""},
		"too many":                             {"<FreeBusyViewType>MergedOnly</FreeBusyViewType><MergedFreeBusy>0123</MergedFreeBusy>", ""},
		"no digits":                            {"<FreeBusyViewType>MergedOnly</FreeBusyViewType><MergedFreeBusy>0x2</MergedFreeBusy>", ""},
		"none at all":                          {"<FreeBusyViewType>MergedOnly</FreeBusyViewType>", ""},
		"too few, and events that are gone":    {"<FreeBusyViewType>FreeBusyMerged</FreeBusyViewType><MergedFreeBusy>2</MergedFreeBusy>", ""},
		"neither digits nor events nor a view": {"", ""},
	}
	q := aboutThem()
	q.Window.End = q.Window.Start.Add(75 * time.Minute)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			doc := etree.NewDocument()
			if err := doc.ReadFromString(`<FreeBusyView xmlns="` + nsTypes + `">` + tt.view + `</FreeBusyView>`); err != nil {
				t.Fatal(err)
			}
			c, err := readerFor(q).calendar(doc.Root())
			if tt.want == "" {
				if err == nil {
					t.Errorf("read as %+v, want an error", c)
				}
				return
			}
			want := freebusy.Merged{Start: q.Window.Start, Interval: 30 * time.Minute, Digits: tt.want}
			if err != nil || c.Detail != freebusy.MergedOnly || c.Merged == nil || *c.Merged != want {
				t.Errorf("read as %+v, %v, want %+v", c, err, want)
			}
		})
	}
}

// TestAnErrorUnderAnotherMailbox is about the only thing in an answer that says
// whose it is.
func TestAnErrorUnderAnotherMailbox(t *testing.T) {
	q := aboutThem()
	q.Mailboxes = []freebusy.Mailbox{freebusy.SMTP("Anna@contoso.example"), freebusy.SMTP("joanna@contoso.example")}
	tests := map[string]struct {
		text string // of the first mailbox
		want bool
	}{
		"its own":                       {"Unable to resolve e-mail address <>SMTP:anna@contoso.example to an Active Directory object.", false},
		"the other's":                   {"Unable to resolve e-mail address <>SMTP:joanna@contoso.example to an Active Directory object.", true},
		"the other's, at the end":       {"No mailbox is called JoAnna@contoso.example.", true},
		"both":                          {"anna@contoso.example is a member of joanna@contoso.example", false},
		"one that was not asked for":    {"The server ex1@contoso.example is down", false},
		"the other's with more letters": {"joanna@contoso.example.org is unknown", false},
		"none":                          {"It failed @ the server", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			answers := []freebusy.Answer{{Err: &freebusy.Error{Text: tt.text}}, {Calendar: &freebusy.Calendar{}}}
			if got := readerFor(q).shifted(answers); got != tt.want {
				t.Errorf("the order is wrong: %t, want %t", got, tt.want)
			}
		})
	}
}

func FuzzReadAnswer(f *testing.F) {
	files, err := filepath.Glob("testdata/upstream/*.xml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := soap.Read(bytes.NewReader(data), soap.Limits{Bytes: 1 << 20, Depth: answerDepth, Elements: answerElements})
		if err != nil {
			return
		}
		r := readerFor(aboutThem())
		answers, failure := r.answers(m)
		if failure != nil {
			checkError(t, failure)
			return
		}
		if len(answers) != len(attendees) {
			t.Fatalf("%d answers for %d mailboxes", len(answers), len(attendees))
		}
		for _, a := range answers {
			if (a.Calendar == nil) == (a.Err == nil) {
				t.Fatalf("an answer is %+v, want either a calendar or an error", a)
			}
			if a.Err != nil {
				checkError(t, a.Err)
				continue
			}
			checkCalendar(t, r.asked, a.Calendar)
		}
	})
}

func checkError(t *testing.T, e *freebusy.Error) {
	t.Helper()
	if e.Err == nil {
		t.Errorf("%v has no cause", e)
	}
	if len(e.Text) > upstream.MaxText+200 || strings.ContainsFunc(e.Text, unicode.IsControl) || strings.Contains(strings.ToLower(e.Text), "<html") {
		t.Errorf("the text %q is not fit to be shown", e.Text)
	}
	if e.BackOff < 0 || e.BackOff > upstream.MaxBackOff {
		t.Errorf("the back-off is %s", e.BackOff)
	}
}

func checkCalendar(t *testing.T, asked question, c *freebusy.Calendar) {
	t.Helper()
	if (c.Detail == freebusy.MergedOnly) != (c.Merged != nil) || c.Merged != nil && len(c.Events) > 0 {
		t.Errorf("detail %s with digits %v and %d events", c.Detail, c.Merged, len(c.Events))
	}
	if !slices.IsSortedFunc(c.Events, func(a, b freebusy.Event) int { return a.Start.Compare(b.Start) }) {
		t.Error("the events are not sorted")
	}
	for _, e := range c.Events {
		if e.End.Before(e.Start) || !asked.window.Holds(e) {
			t.Errorf("%s is not an event of %v", tellEvent(e), asked.window)
		}
		if d := e.Details; d != nil && d.IsPrivate && d.ID+d.Subject+d.Location != "" {
			t.Errorf("%s is private and tells", tellEvent(e))
		}
	}
}
