package freebusy_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"availproxy/freebusy"
)

func TestTheMergeOfAUnionIsTheMaxOfMerges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, other, interval := anyEvents(t), anyEvents(t), anyInterval(t)
		a, b := freebusy.Merge(one, day, interval), freebusy.Merge(other, day, interval)
		want := []byte(a)
		for i := range want {
			want[i] = max(want[i], b[i])
		}
		if got := freebusy.Merge(append(slices.Clone(one), other...), day, interval); got != string(want) {
			t.Errorf("of both it is %q, of one %q and of the other %q", got, a, b)
		}
	})
}

// TestSlicingAnAnswerIsAskingForTheSlice takes a calendar that knows more hours
// than are wanted.
func TestSlicingAnAnswerIsAskingForTheSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truth, interval := anyEvents(t), anyInterval(t)
		slices.SortStableFunc(truth, func(a, b freebusy.Event) int { return a.Start.Compare(b.Start) })
		part := anyWindow(t)
		whole := inside(truth, freebusy.Window{Start: day.Start.Add(-12 * time.Hour), End: day.Start.Add(60 * time.Hour)})
		if diff := cmp.Diff(inside(truth, part), inside(whole, part), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("events of %v (-asked +sliced):\n%s", part, diff)
		}
		if asked, sliced := freebusy.Merge(truth, part, interval), freebusy.Merge(whole, part, interval); asked != sliced {
			t.Errorf("digits of %v are %q when asked for and %q when sliced", part, asked, sliced)
		}
	})
}

func anyWindow(t *rapid.T) freebusy.Window {
	start := day.Start.Add(time.Duration(rapid.IntRange(-600, 1400).Draw(t, "from")) * time.Minute)
	return freebusy.Window{Start: start, End: start.Add(time.Duration(rapid.IntRange(1, 2000).Draw(t, "minutes")) * time.Minute)}
}

// inside are the events that belong to an answer about w.
func inside(events []freebusy.Event, w freebusy.Window) (all []freebusy.Event) {
	for _, e := range events {
		if w.Holds(e) {
			all = append(all, e)
		}
	}
	return all
}

// TestAWallClockThatIsUniqueIsItsMoment renders a moment into a zone and back.
// Only a wall clock that shows twice may come back as another moment.
func TestAWallClockThatIsUniqueIsItsMoment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, at := anyZone(t), anyTime(t, "at")
		if rapid.Bool().Draw(t, "near a switch") {
			month := rapid.SampledFrom([]time.Month{zone.Standard.Month, zone.Daylight.Month}).Draw(t, "month")
			at = time.Date(2026, month, 1, 0, rapid.IntRange(-14*60, 32*24*60).Draw(t, "minute"), 0, 0, time.UTC)
		}
		wall := zone.Wall(at)
		shift := time.Duration(zone.Daylight.Bias-zone.Standard.Bias) * time.Minute
		twice := shift != 0 && (zone.Wall(at.Add(shift)).Equal(wall) || zone.Wall(at.Add(-shift)).Equal(wall))
		if back := zone.Instant(wall); !twice && !back.Equal(at) {
			t.Errorf("%s shows as %s, which is read as %s", at, wall, back)
		}
	})
}

// homes plays forests that know the events of each address, and nobody else.
type homes map[string][]freebusy.Event

func (h homes) Availability(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	answers := make([]freebusy.Answer, len(q.Mailboxes))
	for i, m := range q.Mailboxes {
		events, known := h[m.Key()]
		if !known {
			answers[i].Err = freebusy.MailRecipientNotFound(m, nil)
			continue
		}
		answers[i].Calendar = &freebusy.Calendar{Detail: freebusy.FreeBusy, Known: q.Window, Events: inside(events, q.Window)}
	}
	return answers, nil
}

// atHome lets everybody be seen who does not live at "closed".
type atHome struct{}

func (atHome) Allowed(_ context.Context, m freebusy.Mailbox) (freebusy.Detail, *freebusy.Error) {
	if m.Domain() == "closed" {
		return 0, freebusy.NoFreeBusyAccess(nil)
	}
	return freebusy.FreeBusy, nil
}

func (atHome) AllowedFrom(context.Context, string) (freebusy.Detail, *freebusy.Error) {
	return freebusy.Detailed, nil
}

// TestTheWholePathKeepsOrderAndAddsNothing asks through everything that stands
// between a caller and an endpoint. Each mailbox gets, in its place and as often
// as it was named, the events that its home knows, and no others.
func TestTheWholePathKeepsOrderAndAddsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truth := homes{}
		for _, name := range []string{"a@north", "b@north", "a@south", "c@south"} {
			events := anyEvents(t)
			slices.SortStableFunc(events, func(a, b freebusy.Event) int { return a.Start.Compare(b.Start) })
			truth[name] = events
		}
		longest := time.Duration(rapid.IntRange(1, 48).Draw(t, "hours at once")) * time.Hour
		forests := map[string]freebusy.Source{}
		for _, name := range []string{"north", "south"} {
			forests[name] = &freebusy.Pieces{Source: freebusy.NewLimit(truth, freebusy.LimitOptions{}), Longest: longest}
		}
		path := &freebusy.Clamp{Policy: atHome{}, Source: &freebusy.Scoping{
			Source: router(&directory{}, forests),
			Narrow: func(asked freebusy.Scope, m freebusy.Mailbox) (freebusy.Scope, *freebusy.Error) {
				return freebusy.Scope{Requester: m.Domain()[:1]}, nil
			},
		}}
		q := query(rapid.SliceOfN(rapid.SampledFrom([]string{
			"a@north", "A@North", "b@north", "a@south", "C@SOUTH", "nobody@north", "a@closed", "a@nowhere",
		}), 1, 12).Draw(t, "mailboxes")...)
		q.Window, q.Interval = anyWindow(t), time.Minute

		answers, err := path.Availability(context.Background(), q)
		if err != nil || len(answers) != len(q.Mailboxes) {
			t.Fatalf("%d answers for %d mailboxes, %v", len(answers), len(q.Mailboxes), err)
		}
		for i, a := range answers {
			if diff := cmp.Diff(tellTruth(truth, q.Mailboxes[i], q.Window), tellAnswer(a)); diff != "" {
				t.Errorf("mailbox %d, %s (-truth +answer):\n%s", i, q.Mailboxes[i].Address, diff)
			}
		}
	})
}

func tellTruth(truth homes, m freebusy.Mailbox, w freebusy.Window) string {
	events, known := truth[m.Key()]
	switch {
	case m.Domain() == "closed":
		return string(freebusy.ErrorNoFreeBusyAccess)
	case m.Domain() == "nowhere":
		return string(freebusy.ErrorAddressSpaceNotFound)
	case !known:
		return string(freebusy.ErrorMailRecipientNotFound)
	}
	return tellEvents(inside(events, w))
}

func tellAnswer(a freebusy.Answer) string {
	if a.Err != nil {
		return string(a.Err.Code)
	}
	return tellEvents(a.Calendar.Events)
}

func tellEvents(events []freebusy.Event) string {
	var told strings.Builder
	for _, e := range events {
		fmt.Fprintf(&told, "%s to %s %s\n", e.Start.Format(time.DateTime), e.End.Format(time.DateTime), e.Busy)
	}
	return told.String()
}
