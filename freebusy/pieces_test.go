package freebusy_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"availproxy/freebusy"
)

// server plays an endpoint that answers from its calendar, be it in digits
// alone, and refuses windows that are longer than it allows.
type server struct {
	events []freebusy.Event
	digits bool
	allows time.Duration

	mu      sync.Mutex // guards windows
	windows []freebusy.Window
}

func (s *server) Availability(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.windows = append(s.windows, q.Window)
	answers := make([]freebusy.Answer, len(q.Mailboxes))
	for i := range answers {
		answers[i] = s.answer(q)
	}
	return answers, nil
}

func (s *server) answer(q freebusy.Query) freebusy.Answer {
	c := &freebusy.Calendar{Detail: q.Detail, Known: q.Window}
	switch {
	case q.Window.Duration() > s.allows:
		return freebusy.Answer{Err: &freebusy.Error{Code: freebusy.ErrorTimeIntervalTooBig}}
	case s.digits:
		c.Detail = freebusy.MergedOnly
		c.Merged = &freebusy.Merged{Start: q.Window.Start, Interval: q.Interval, Digits: freebusy.Merge(s.events, q.Window, q.Interval)}
	default:
		for _, e := range s.events {
			if q.Window.Holds(e) {
				c.Events = append(c.Events, e)
			}
		}
	}
	return freebusy.Answer{Calendar: c}
}

// days is the window of the first days of a month with 62 of them.
func days(n float64) freebusy.Window {
	start := time.Date(2026, time.October, 1, 0, 0, 0, 0, time.UTC)
	return freebusy.Window{Start: start, End: start.Add(time.Duration(n * float64(24*time.Hour)))}
}

func TestPiecesAreWholeSlotsAndNoLongerThanAllowed(t *testing.T) {
	const day = 24 * time.Hour
	tests := map[string]struct {
		window   freebusy.Window
		longest  time.Duration
		interval time.Duration
		want     []time.Duration // lengths
	}{
		"short enough":                   {days(42), 42 * day, time.Hour, []time.Duration{42 * day}},
		"no limit":                       {days(62), 0, time.Hour, []time.Duration{62 * day}},
		"62 days of a server with 42":    {days(62), 42 * day, 30 * time.Minute, []time.Duration{31 * day, 31 * day}},
		"62 days and the hour of autumn": {days(62 + 1./24), 62 * day, time.Hour, []time.Duration{31 * day, 31*day + time.Hour}},
		"a day each":                     {days(3), day, day, []time.Duration{day, day, day}},
		"slots that do not fill a day":   {days(2), day, 1000 * time.Minute, []time.Duration{1000 * time.Minute, 1000 * time.Minute, 880 * time.Minute}},
		"a slot that is cut short":       {days(1.5), day, 25 * time.Minute, []time.Duration{43 * 25 * time.Minute, day*3/2 - 43*25*time.Minute}},
		"no slots at all":                {days(2), day, 0, []time.Duration{day, day}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &server{allows: tt.longest}
			if tt.longest == 0 {
				s.allows = tt.window.Duration()
			}
			q := freebusy.Query{Mailboxes: []freebusy.Mailbox{freebusy.SMTP("a")}, Window: tt.window, Interval: tt.interval, Detail: freebusy.FreeBusy}
			got := ask(t, t.Context(), &freebusy.Pieces{Source: s, Longest: tt.longest}, q)
			if a := got[0]; a.Err != nil || a.Calendar.Known != tt.window {
				t.Errorf("the answer is %+v, want one that knows %v", a, tt.window)
			}
			slices.SortFunc(s.windows, func(a, b freebusy.Window) int { return a.Start.Compare(b.Start) })
			var lengths []time.Duration
			for k, w := range s.windows {
				lengths = append(lengths, w.Duration())
				if k > 0 && !w.Start.Equal(s.windows[k-1].End) {
					t.Errorf("piece %d starts at %s, where none has ended", k, w.Start)
				}
			}
			if diff := cmp.Diff(tt.want, lengths); diff != "" {
				t.Errorf("lengths of the pieces (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAskingInPiecesIsAskingWhole takes events that start, end and lie across
// the edges of pieces, some of them twice and some without length.
func TestAskingInPiecesIsAskingWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := anyEvents(t)
		edge := freebusy.Event{Start: day.Start.Add(12 * time.Hour), End: day.Start.Add(12 * time.Hour), Busy: freebusy.Busy}
		events = append(events, events...)
		events = append(events, edge)
		slices.SortStableFunc(events, func(a, b freebusy.Event) int { return a.Start.Compare(b.Start) })

		interval := anyInterval(t)
		q := freebusy.Query{Mailboxes: []freebusy.Mailbox{freebusy.SMTP("a"), freebusy.SMTP("b")}, Window: day, Interval: interval, Detail: freebusy.FreeBusy}
		q.Window.End = day.Start.Add(time.Duration(rapid.IntRange(int(interval/time.Minute), 3000).Draw(t, "minutes")) * time.Minute)
		longest := max(interval, time.Duration(rapid.IntRange(60, 3000).Draw(t, "longest"))*time.Minute)
		digits := rapid.Bool().Draw(t, "digits alone")

		whole, err := (&server{events: events, digits: digits, allows: q.Window.Duration()}).Availability(context.Background(), q)
		pieces, err2 := (&freebusy.Pieces{Source: &server{events: events, digits: digits, allows: longest}, Longest: longest}).Availability(context.Background(), q)
		if err = errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole, pieces, cmpopts.IgnoreUnexported(freebusy.Calendar{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("in pieces (-whole +pieces):\n%s", diff)
		}
	})
}

func TestJoinedPiecesGrantTheLeastOfThem(t *testing.T) {
	w := days(2)
	first, second := freebusy.Window{Start: w.Start, End: w.Start.Add(24 * time.Hour)}, freebusy.Window{Start: w.Start.Add(24 * time.Hour), End: w.End}
	const half = 12 * time.Hour
	meeting := freebusy.Event{Start: w.Start.Add(time.Hour), End: w.Start.Add(2 * time.Hour), Busy: freebusy.Busy, Details: &freebusy.Details{Subject: "secret"}}
	other := freebusy.Event{Start: second.Start, End: second.End, Busy: freebusy.OOF}
	hours := &freebusy.WorkingHours{}
	detailed := &freebusy.Calendar{Detail: freebusy.Detailed, Known: first, AsOf: w.Start, WorkingHours: hours, Events: []freebusy.Event{meeting}}
	bare := meeting
	bare.Details = nil
	events := &freebusy.Calendar{Detail: freebusy.FreeBusy, Known: second, AsOf: w.Start.Add(-time.Hour), Events: []freebusy.Event{other}}
	digits := func(known freebusy.Window, interval time.Duration, digits string) *freebusy.Calendar {
		return &freebusy.Calendar{Known: known, Merged: &freebusy.Merged{Start: known.Start, Interval: interval, Digits: digits}, AsOf: w.End}
	}
	later := freebusy.Window{Start: second.Start.Add(-time.Second), End: second.End}
	joined := func(c *freebusy.Calendar) freebusy.Answer { return freebusy.Answer{Calendar: c} }
	refused, failed := &freebusy.Error{Code: freebusy.ErrorNoFreeBusyAccess}, freebusy.ProxyFailed("down", errors.New("down"))
	tests := map[string]struct {
		first, second freebusy.Answer
		want          freebusy.Answer // an error by its code alone
	}{
		"details and none":                  {joined(detailed), joined(events), joined(&freebusy.Calendar{Detail: freebusy.FreeBusy, Known: w, AsOf: events.AsOf, WorkingHours: hours, Events: []freebusy.Event{bare, other}})},
		"digits in both":                    {joined(digits(first, half, "01")), joined(digits(second, half, "43")), joined(&freebusy.Calendar{Known: w, AsOf: w.End, Merged: &freebusy.Merged{Start: w.Start, Interval: half, Digits: "0143"}})},
		"events and digits":                 {joined(detailed), joined(digits(second, half, "43")), joined(&freebusy.Calendar{Known: w, AsOf: w.Start, WorkingHours: hours, Merged: &freebusy.Merged{Start: w.Start, Interval: half, Digits: "2043"}})},
		"digits that begin somewhere else":  {joined(digits(first, half, "01")), joined(digits(later, half, "43")), freebusy.Answer{Err: &freebusy.Error{Code: freebusy.ErrorFreeBusyGenerationFailed}}},
		"digits of other slots":             {joined(digits(first, half, "01")), joined(digits(second, time.Hour, "43")), freebusy.Answer{Err: &freebusy.Error{Code: freebusy.ErrorFreeBusyGenerationFailed}}},
		"digits that are one too few":       {joined(digits(first, half, "0")), joined(digits(second, half, "43")), freebusy.Answer{Err: &freebusy.Error{Code: freebusy.ErrorFreeBusyGenerationFailed}}},
		"hours that leave a gap":            {joined(detailed), joined(&freebusy.Calendar{Known: freebusy.Window{Start: second.Start.Add(time.Second), End: second.End}}), freebusy.Answer{Err: &freebusy.Error{Code: freebusy.ErrorFreeBusyGenerationFailed}}},
		"one that failed":                   {joined(detailed), freebusy.Answer{Err: failed}, freebusy.Answer{Err: failed}},
		"a refusal after one that failed":   {freebusy.Answer{Err: failed}, freebusy.Answer{Err: refused}, freebusy.Answer{Err: refused}},
		"a piece that leaves a mailbox out": {joined(detailed), freebusy.Answer{}, freebusy.Answer{Err: failed}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			source := sourceFunc(func(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
				if q.Window == first {
					return []freebusy.Answer{tt.first}, nil
				}
				return []freebusy.Answer{tt.second}, nil
			})
			q := query("a")
			q.Window = w
			got := ask(t, t.Context(), &freebusy.Pieces{Source: source, Longest: 24 * time.Hour}, q)
			same := cmp.Comparer(func(a, b freebusy.Error) bool { return a.Code == b.Code })
			if diff := cmp.Diff([]freebusy.Answer{tt.want}, got, same, cmpopts.IgnoreUnexported(freebusy.Calendar{})); diff != "" {
				t.Errorf("joined (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPieceThatFailsAsAWholeCostsItsMailboxesTheirAnswer(t *testing.T) {
	source := &otherSide{fails: errors.New("broken")}
	for name, longest := range map[string]time.Duration{"one piece": 24 * time.Hour, "two pieces": 12 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			got := said(ask(t, t.Context(), &freebusy.Pieces{Source: source, Longest: longest}, query("a", "b")))
			if want := []string{"ErrorProxyRequestProcessingFailed", "ErrorProxyRequestProcessingFailed"}; !slices.Equal(got, want) {
				t.Errorf("the answers are %q, want %q", got, want)
			}
		})
	}
}

func TestPiecesAreAskedAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		source := &otherSide{takes: time.Second}
		ask(t, t.Context(), &freebusy.Pieces{Source: source, Longest: 6 * time.Hour}, query("a"))
		if took := time.Since(began); took != time.Second || len(source.asked) != 4 {
			t.Errorf("%d pieces took %s, want 4 in a second", len(source.asked), took)
		}
	})
}

func TestAnEndpointThatAllowsLessThanItsPiecesIsTold(t *testing.T) {
	var told []freebusy.Code
	pieces := &freebusy.Pieces{
		Source: &server{allows: 42 * 24 * time.Hour}, Longest: 62 * 24 * time.Hour,
		TooLong: func(_ context.Context, refusal *freebusy.Error) { told = append(told, refusal.Code) },
	}
	q := query("a", "b")
	ask(t, t.Context(), pieces, q)
	q.Window = days(62)
	got := said(ask(t, t.Context(), pieces, q))
	if want := []string{"ErrorTimeIntervalTooBig", "ErrorTimeIntervalTooBig"}; !slices.Equal(got, want) {
		t.Errorf("the answers are %q, want %q", got, want)
	}
	if want := []freebusy.Code{freebusy.ErrorTimeIntervalTooBig}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q: once for the question that was too long", told, want)
	}
}
