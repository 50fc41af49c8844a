package ews

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"availproxy/freebusy"
)

// TestAnswers compares what different callers are told about the same people
// with testdata/answers.
func TestAnswers(t *testing.T) {
	digits := func(start time.Time, interval time.Duration, digits string) people {
		return people{"anna@contoso.com": {Merged: &freebusy.Merged{Start: start, Interval: interval, Digits: digits}}}
	}
	anna := people{"anna@contoso.com": annas()}
	timesOnly := people{"anna@contoso.com": annas().Limited(freebusy.FreeBusy)}
	in2013 := `<t:RequestServerVersion Version="Exchange2013_SP1"/>`
	pacificHeader := `<t:TimeZoneContext><t:TimeZoneDefinition Id="Pacific Standard Time"/></t:TimeZoneContext>`
	tests := map[string]struct {
		people people
		asked  asked
	}{
		"detailed and merged":               {anna, ask()},
		"detailed":                          {anna, ask().view("Detailed")},
		"times and merged":                  {anna, ask().view("FreeBusyMerged")},
		"times":                             {anna, ask().view("FreeBusy")},
		"merged only":                       {anna, ask().view("MergedOnly")},
		"a list of views":                   {anna, ask().view(" FreeBusy\n MergedOnly ")},
		"no view named":                     {anna, ask().without("RequestedView")},
		"no interval named":                 {anna, ask().without("MergedFreeBusyIntervalInMinutes")},
		"a slot that is cut short":          {anna, ask().view("MergedOnly").element("MergedFreeBusyIntervalInMinutes", "60").window("2026-11-23T09:30:00", "2026-11-23T13:00:00")},
		"a caller that knows 2013":          {anna, ask().header(in2013)},
		"a caller in China":                 {anna, ask().element("Bias", "-480").window("2026-11-23T08:00:00", "2026-11-24T08:00:00")},
		"a caller on the Pacific":           {anna, ask().without("TimeZone").header(pacificHeader).window("2026-11-22T16:00:00", "2026-11-23T16:00:00")},
		"only times are granted":            {timesOnly, ask()},
		"nothing in the window":             {anna, ask().window("2026-12-01T00:00:00", "2026-12-02T00:00:00")},
		"nobody is known":                   {anna, ask("nobody@contoso.com")},
		"twice the same and an unknown one": {anna, ask("anna@contoso.com", "nobody@contoso.com", "ANNA@contoso.com").view("MergedOnly")},
		"suggestions as well":               {anna, ask().view("MergedOnly").suggestions()},
		"digits alone":                      {digits(monday, 30*time.Minute, strings.Repeat("012340", 8)), ask()},
		"digits for other slots":            {digits(at(-1), time.Hour, strings.Repeat("0123400", 4)), ask().view("FreeBusy")},
		"digits for other hours":            {digits(at(1), 30*time.Minute, strings.Repeat("0", 48)), ask()},
		"neither digits nor events":         {people{"anna@contoso.com": {}}, ask()},
	}
	schema := validated(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := post(&Handler{Source: tt.people, ServerName: "fb.contoso.com", Log: quiet}, tt.asked.document())
			if w.Code != http.StatusOK {
				t.Errorf("got status %d", w.Code)
			}
			golden(t, "answers/"+strings.ReplaceAll(name, " ", "-")+".golden", lines(w))
			schema.add(t, w.Body.Bytes())
		})
	}
}

// TestMailboxErrors shows what a caller of each age reads about a mailbox
// without an answer.
func TestMailboxErrors(t *testing.T) {
	type shown struct {
		code, exception string
		number          int
	}
	failed := shown{"ErrorProxyRequestProcessingFailed", "ProxyWebRequestProcessingException", 5016}
	unknown := shown{"ErrorMailRecipientNotFound", "MailRecipientNotFoundException", 5009}
	late := shown{"ErrorTimeoutExpired", "TimeoutExpiredException", -2146233088}
	tests := map[string]struct {
		err         *freebusy.Error
		now, before shown // towards 2013 and towards its elders
	}{
		"unknown recipient":             {notFound("x@contoso.com"), unknown, unknown},
		"a code without a known number": {freebusy.TimeoutExpired(nil), late, late},
		"a failed proxy request, with the server that failed": {
			&freebusy.Error{Code: freebusy.ErrorProxyRequestProcessingFailed, Text: "a", Source: "https://partner/EWS"}, failed, failed,
		},
		"a code that came with 2010": {
			&freebusy.Error{Code: "ErrorOrganizationNotFederated", Text: "a"},
			shown{"ErrorOrganizationNotFederated", "OrganizationNotFederatedException", -2146233088},
			shown{"ErrorNoFreeBusyAccess", "NoFreeBusyAccessException", 5037},
		},
		"a code that nobody knows": {&freebusy.Error{Code: "ErrorOfTomorrow", Text: "a"}, failed, failed},
		"a code that is a fault":   {&freebusy.Error{Code: freebusy.ErrorServerBusy, Text: "a"}, failed, failed},
	}
	schema := validated(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for g, shown := range map[Generation]shown{Exchange2007: tt.before, Exchange2010: tt.before, Exchange2013: tt.now} {
				pieces := writeAnswer(new(paper), []freebusy.Answer{{Err: tt.err}}, &Presentation{View: View{Merged: true}, Generation: g}, "fb")
				r := read(t, strings.NewReader(whole(pieces))).Responses[0]
				var want readMessage
				want.Class, want.Text, want.Code, want.Link = "Error", tt.err.Text, shown.code, new(0)
				want.XML.Type, want.XML.Code = "Microsoft.Exchange.InfoWorker.Common.Availability."+shown.exception, shown.number
				want.XML.Server, want.XML.Message, want.XML.Source = "fb", tt.err.Text, tt.err.Source
				if d := cmp.Diff(want, r.Message); d != "" || r.View.Type != "None" {
					t.Errorf("towards %s, view %s: (-want +got)\n%s", g, r.View.Type, d)
				}
				schema.add(t, []byte(whole(pieces)))
			}
		})
	}
}

func whole(a answer) string {
	var b strings.Builder
	for _, piece := range a {
		b.Write(piece)
	}
	return b.String()
}

func TestARepeatedAnswerIsNotWrittenAgain(t *testing.T) {
	p := Presentation{Zone: china, Window: freebusy.Window{Start: at(0), End: at(24)}, View: View{freebusy.Detailed, true}, Interval: 30 * time.Minute}
	tests := map[string]struct {
		change func(*Presentation)
		same   bool
	}{
		"the same question":    {func(*Presentation) {}, true},
		"with suggestions":     {func(p *Presentation) { p.Suggestions = &freebusy.Meeting{Duration: time.Hour} }, true},
		"in another zone":      {func(p *Presentation) { p.Zone = pacific }, false},
		"for another view":     {func(p *Presentation) { p.View.Merged = false }, false},
		"for other slots":      {func(p *Presentation) { p.Interval = time.Hour }, false},
		"for other hours":      {func(p *Presentation) { p.Window.End = at(23) }, false},
		"for a younger caller": {func(p *Presentation) { p.Generation = Exchange2013 }, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			anna := annas()
			write := func(p Presentation) string {
				return whole(writeAnswer(new(paper), []freebusy.Answer{{Calendar: anna}}, &p, ""))
			}
			first := write(p)
			if got := anna.MemoBytes(); got != 0 {
				t.Errorf("%d bytes are held although nothing was asked again", got)
			}
			second := write(p)
			held := anna.MemoBytes()
			changed := p
			tt.change(&changed)
			write(changed)
			write(changed)
			if got := anna.MemoBytes(); held == 0 || (got == held) != tt.same {
				t.Errorf("holds %d bytes, then %d: want the same bytes %t", held, got, tt.same)
			}
			if third := write(p); first != second || second != third {
				t.Errorf("got  %s\nthen %s\nthen %s", first, second, third)
			}
		})
	}
}

// TestAnAnswerSaysWhatTheCalendarHolds writes any calendar for any caller and
// reads it back with another reader.
func TestAnAnswerSaysWhatTheCalendarHolds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		calendar, p := drawCalendar(r), drawPresentation(r)
		document := whole(writeAnswer(new(paper), []freebusy.Answer{{Calendar: calendar}}, &p, "fb"))
		got := read(r, strings.NewReader(document)).Responses[0]

		granted := p.View.granted(calendar.Detail)
		if got.View.Type != granted.String() || got.Message.Class != "Success" || got.Message.Code != "NoError" {
			r.Fatalf("got %s, %+v, want %s", got.View.Type, got.Message, granted)
		}
		if d := cmp.Diff(expectedEvents(calendar, p, granted), readEvents(t, got.View.Events, p.Zone)); d != "" {
			r.Fatalf("events (-want +got)\n%s\n%s", d, document)
		}
		if (got.View.Merged != nil) != granted.Merged {
			r.Fatalf("has a stream: %t, want %t", got.View.Merged != nil, granted.Merged)
		}
		if granted.Merged && *got.View.Merged != freebusy.Merge(calendar.Events, p.Window, p.Interval) {
			r.Fatalf("got stream %s", *got.View.Merged)
		}
		if wantHours := calendar.WorkingHours != nil && granted.Detail >= freebusy.FreeBusy; (got.View.Hours != nil) != wantHours {
			r.Fatalf("has working hours: %t, want %t", got.View.Hours != nil, wantHours)
		}
	})
}

func readEvents(t *testing.T, read []readEvent, zone freebusy.TimeZone) []freebusy.Event {
	var events []freebusy.Event
	for _, e := range read {
		events = append(events, e.event(t, zone))
	}
	return events
}

// expectedEvents applies, in the plainest way, what the documents say about
// the events of an answer.
func expectedEvents(c *freebusy.Calendar, p Presentation, granted View) []freebusy.Event {
	var events []freebusy.Event
	if granted.Detail == freebusy.MergedOnly {
		return nil
	}
	for _, e := range c.Events {
		overlaps := e.Start.Before(p.Window.End) && e.End.After(p.Window.Start)
		reminder := e.Start.Equal(e.End) && !e.Start.Before(p.Window.Start) && e.Start.Before(p.Window.End)
		if !overlaps && !reminder {
			continue
		}
		if e.Busy == freebusy.WorkingElsewhere && p.Generation < Exchange2013 {
			e.Busy = freebusy.Free
		}
		if granted.Detail < freebusy.Detailed {
			e.Details = nil
		}
		events = append(events, e)
	}
	return events
}

// drawCalendar draws events of whole half hours in standard time of all zones,
// so that every wall clock stands for one moment only.
func drawCalendar(r *rapid.T) *freebusy.Calendar {
	c := &freebusy.Calendar{Detail: freebusy.Detail(rapid.IntRange(1, 2).Draw(r, "detail"))}
	start := -48.0
	for range rapid.IntRange(0, 20).Draw(r, "events") {
		start += rapid.Float64Range(0, 10).Draw(r, "gap")
		begins := at(start).Truncate(30 * time.Minute)
		e := freebusy.Event{
			Start: begins, End: begins.Add(time.Duration(rapid.IntRange(0, 96).Draw(r, "length")) * 30 * time.Minute),
			Busy: freebusy.BusyType(rapid.IntRange(0, 5).Draw(r, "busy")),
		}
		if c.Detail == freebusy.Detailed && rapid.Bool().Draw(r, "details") {
			e.Details = &freebusy.Details{Subject: rapid.StringMatching(`[a-zé<&>"]{0,9}`).Draw(r, "subject"), IsMeeting: rapid.Bool().Draw(r, "meeting")}
		}
		c.Events = append(c.Events, e)
	}
	if rapid.Bool().Draw(r, "hours") {
		c.WorkingHours = &freebusy.WorkingHours{Zone: pacific, Periods: []freebusy.WorkingPeriod{{Days: []time.Weekday{time.Friday}, Start: 1, End: 2}}}
	}
	return c
}

func drawPresentation(r *rapid.T) Presentation {
	start := rapid.IntRange(-60, 60).Draw(r, "window start")
	return Presentation{
		Zone:       rapid.SampledFrom([]freebusy.TimeZone{{}, china, pacific, {Bias: -345}}).Draw(r, "zone"),
		Window:     freebusy.Window{Start: at(float64(start)), End: at(float64(start) + float64(rapid.IntRange(1, 100).Draw(r, "hours")))},
		View:       rapid.SampledFrom([]View{{freebusy.MergedOnly, true}, {freebusy.FreeBusy, false}, {freebusy.FreeBusy, true}, {freebusy.Detailed, false}, {freebusy.Detailed, true}}).Draw(r, "view"),
		Interval:   time.Duration(rapid.IntRange(5, 60).Draw(r, "interval")) * time.Minute,
		Generation: Generation(rapid.IntRange(0, 2).Draw(r, "generation")),
	}
}

func TestRemergeKeepsDigitsOfTheSameSlots(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		digits := rapid.StringMatching(`[0-4]{1,60}`).Draw(r, "digits")
		interval := time.Duration(rapid.IntRange(5, 90).Draw(r, "interval")) * time.Minute
		m := &freebusy.Merged{Start: monday, Interval: interval, Digits: digits}
		w := freebusy.Window{Start: monday, End: monday.Add(interval * time.Duration(len(digits)))}
		if got := remerge(m, w, interval); got != digits || !coversMerged(m, w) {
			r.Errorf("got %s, want %s", got, digits)
		}
	})
}
