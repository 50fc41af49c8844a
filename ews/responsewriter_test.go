package ews

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"availproxy/freebusy"
)

// drawer draws what may have to be written: calendars of every kind, and some
// that nobody should have.
type drawer struct{ *rand.Rand }

func (d drawer) text() string {
	texts := []string{"", "Review", "a & b < c > d", `"o'neill"`, "ünï 😀", "tab\tline\nreturn\r", "\x01\x1f\x7f", "\xff\xfe", "\ufffd", "\ufffe\uffff", "]]>", strings.Repeat("long ", 50)}
	return texts[d.IntN(len(texts))] + texts[d.IntN(len(texts))]
}

// time is one around monday, or rarely one far away.
func (d drawer) time() time.Time {
	switch d.IntN(40) {
	case 0:
		return time.Date(1601+d.IntN(3000), time.Month(1+d.IntN(12)), 1, 0, 0, 0, d.IntN(1e9), time.UTC)
	case 1:
		return []time.Time{{}, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-5, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)}[d.IntN(5)]
	}
	return at(float64(d.IntN(600)) - 300).Add(time.Duration(d.IntN(3600e3)) * time.Millisecond)
}

func (d drawer) zone() freebusy.TimeZone {
	north := freebusy.TimeZone{Bias: -60, Standard: freebusy.Transition{Month: time.November, DayOrder: 4, DayOfWeek: time.Monday, Time: 3 * 3600}, Daylight: freebusy.Transition{Bias: -60, Month: time.March, DayOrder: 5, Time: 2 * 3600}}
	south := freebusy.TimeZone{Bias: -570, Standard: freebusy.Transition{Month: time.April, DayOrder: 1, Time: 3 * 3600}, Daylight: freebusy.Transition{Bias: -60, Month: time.November, DayOrder: 4, DayOfWeek: time.Wednesday, Time: 2 * 3600}}
	once := pacific
	once.Standard.Year, once.Standard.DayOrder = 2026, 24
	once.Daylight.Year, once.Daylight.DayOrder = 2026, 8
	return []freebusy.TimeZone{{}, china, pacific, {Bias: -345}, north, south, once, {Bias: 1440}, {Bias: -1440}}[d.IntN(9)]
}

func (d drawer) calendar() *freebusy.Calendar {
	c := &freebusy.Calendar{Detail: freebusy.Detail(d.IntN(3))}
	if c.Detail == freebusy.MergedOnly {
		digits := make([]byte, 1+d.IntN(400))
		for i := range digits {
			digits[i] = '0' + byte(d.IntN(5))
		}
		c.Merged = &freebusy.Merged{Start: at(-100), Interval: time.Duration(5+d.IntN(60)) * time.Minute, Digits: string(digits)}
		return c
	}
	for range d.IntN(12) {
		e := freebusy.Event{Start: d.time(), Busy: freebusy.BusyType(d.IntN(8) - 1)}
		if e.End = e.Start; d.IntN(5) > 0 {
			e.End = e.Start.Add(time.Duration(d.IntN(50*60)) * time.Minute)
		}
		if d.IntN(2) == 0 {
			e.Details = &freebusy.Details{ID: d.text(), Subject: d.text(), Location: d.text(), IsMeeting: d.IntN(2) == 0, IsRecurring: d.IntN(2) == 0,
				IsException: d.IntN(2) == 0, IsReminderSet: d.IntN(2) == 0, IsPrivate: d.IntN(4) == 0}
		}
		c.Events = append(c.Events, e)
	}
	if d.IntN(2) == 0 {
		c.WorkingHours = d.workingHours()
	}
	return c
}

func (d drawer) workingHours() *freebusy.WorkingHours {
	h := &freebusy.WorkingHours{Zone: d.zone()}
	for range d.IntN(4) {
		p := freebusy.WorkingPeriod{Start: d.IntN(1441), End: d.IntN(1441)}
		for day := range time.Weekday(9) { // there are only seven
			if d.IntN(3) == 0 {
				p.Days = append(p.Days, day)
			}
		}
		h.Periods = append(h.Periods, p)
	}
	return h
}

func (d drawer) answer() freebusy.Answer {
	switch d.IntN(8) {
	case 0:
		return freebusy.Answer{Err: &freebusy.Error{Code: refusals[d.IntN(len(refusals))], Text: d.text(), Source: []string{"", "https://partner.example/?a=1&b=2"}[d.IntN(2)]}}
	case 1:
		return freebusy.Answer{}
	}
	return freebusy.Answer{Calendar: d.calendar()}
}

func (d drawer) presentation() Presentation {
	start := at(float64(d.IntN(400) - 200)).Add(time.Duration(d.IntN(3600)) * time.Second)
	p := Presentation{
		Zone: d.zone(), Window: freebusy.Window{Start: start, End: start.Add(time.Duration(5+d.IntN(10_000)) * time.Minute)},
		View: viewNames[1+d.IntN(len(viewNames)-1)].view, Interval: time.Duration(5+d.IntN(90)) * time.Minute, Generation: Generation(d.IntN(3)),
	}
	if d.IntN(6) == 0 {
		p.Suggestions = &freebusy.Meeting{Attendees: make([]freebusy.Attendee, 3), Duration: time.Hour, Window: p.Window, GoodThreshold: 25, MaximumResultsByDay: 3}
	}
	return p
}

// TestAnswersAreWrittenAsByTrees writes each answer in both ways, and again once
// its calendars hold it.
func TestAnswersAreWrittenAsByTrees(t *testing.T) {
	count := 20_000
	if testing.Short() {
		count /= 20
	}
	for n := range uint64(count) {
		d := drawer{rand.New(rand.NewPCG(*seed, n))}
		answers, p, server := []freebusy.Answer{d.answer(), d.answer(), d.answer()}, d.presentation(), []string{"", "fb.contoso.com", "<fb>"}[d.IntN(3)]
		want := whole(writeGeneral(answers, p, server))
		for time := range 3 {
			if got := whole(writeAnswer(new(paper), answers, &p, server)); got != want {
				t.Fatalf("answer %d of seed %d, written %d times before: got\n%s\nwant\n%s", n, *seed, time, got, want)
			}
		}
	}
}

// FuzzText looks for texts that are not written as a tree writes them.
func FuzzText(f *testing.F) {
	f.Add("a & b")
	f.Fuzz(func(t *testing.T, text string) {
		answers := []freebusy.Answer{{Err: &freebusy.Error{Code: freebusy.ErrorTimeoutExpired, Text: text}}}
		p := Presentation{View: View{Merged: true}}
		if got, want := whole(writeAnswer(new(paper), answers, &p, "fb")), whole(writeGeneral(answers, p, "fb")); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	})
}

// TestWritingDoesNotAllocate has room for the answer, as a desk has. What is left
// is the key by which calendars hold what was written.
func TestWritingDoesNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	room := &paper{room: make([]byte, 0, 1<<20)}
	for name, p := range benchPresentations() {
		t.Run(name, func(t *testing.T) {
			answers := benchAnswers(100)
			for range 2 { // what is asked for again is held
				writeAnswer(room, answers, p(), "fb.contoso.com")
			}
			if got := testing.AllocsPerRun(20, func() { writeAnswer(room, answers, p(), "fb.contoso.com") }); got > 1 {
				t.Errorf("it allocates %v times", got)
			}
		})
	}
}

// benchPresentations are a window that is the same each time, and one that begins
// now.
func benchPresentations() map[string]func() *Presentation {
	p := Presentation{Zone: pacific, Window: freebusy.Window{Start: at(0), End: at(168)}, View: View{freebusy.FreeBusy, true}, Interval: 30 * time.Minute}
	now := p
	return map[string]func() *Presentation{
		"again": func() *Presentation { return &p },
		"now": func() *Presentation {
			now.Window.Start = now.Window.Start.Add(time.Millisecond)
			return &now
		},
	}
}

// benchAnswers are n calendars of a week, with 40 events each.
func benchAnswers(n int) []freebusy.Answer {
	answers, err := known(make([]string, n)).Availability(context.Background(), freebusy.Query{})
	if err != nil {
		panic(err)
	}
	return answers
}

// BenchmarkWrite compares what is held already, what is written anew, and trees.
func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{1, 20, 100} {
		answers, room := benchAnswers(n), &paper{room: make([]byte, 0, 1<<20)}
		for name, p := range benchPresentations() {
			b.Run(fmt.Sprintf("fast/%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					b.SetBytes(int64(writeAnswer(room, answers, p(), "fb.contoso.com").Len()))
				}
			})
		}
		b.Run(fmt.Sprintf("general/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.SetBytes(int64(writeGeneral(answers, *benchPresentations()["now"](), "fb.contoso.com").Len()))
			}
		})
	}
}
