package freebusy

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var sameCalendar = cmp.Options{cmpopts.IgnoreUnexported(Calendar{}), cmpopts.EquateEmpty()}

// slice is what a server that knows all of c would say about w.
func slice(c *Calendar, w Window) *Calendar {
	part := &Calendar{Detail: c.Detail, Known: w, AsOf: c.AsOf, WorkingHours: c.WorkingHours, Origin: c.Origin}
	for _, e := range c.Events {
		if w.Holds(e) {
			part.Events = append(part.Events, e)
		}
	}
	return part
}

func TestJoiningSlicesGivesTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := func(minute int) time.Time {
			return time.Date(2026, 11, 23, 0, minute, 0, 0, time.UTC)
		}
		const end = 600
		whole := &Calendar{Detail: FreeBusy, Known: Window{at(0), at(end)}, AsOf: at(0)}
		for range rapid.IntRange(0, 12).Draw(t, "events") {
			start := rapid.IntRange(-100, end-1).Draw(t, "start")
			whole.Events = append(whole.Events, Event{Start: at(start), End: at(start + rapid.IntRange(0, 200).Draw(t, "length")), Busy: Busy})
		}
		slices.SortFunc(whole.Events, func(a, b Event) int { return a.Start.Compare(b.Start) })
		whole = slice(whole, whole.Known)
		var parts []*Calendar
		for from := 0; from < end; {
			to := min(end, from+rapid.IntRange(1, 300).Draw(t, "piece"))
			back := rapid.IntRange(0, from).Draw(t, "overlap")
			parts = append(parts, slice(whole, Window{at(from - min(back, 30)), at(to)}))
			from = to
		}
		parts = rapid.Permutation(parts).Draw(t, "order")
		got, err := Join(parts)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(whole, got, sameCalendar); d != "" {
			t.Errorf("(-whole +joined)\n%s", d)
		}
	})
}

func TestJoin(t *testing.T) {
	hour := func(h int) time.Time { return time.Date(2026, 11, 23, h, 0, 0, 0, time.UTC) }
	known := func(from, to int) Window { return Window{hour(from), hour(to)} }
	digits := func(from, to int, interval time.Duration, d string) *Calendar {
		return &Calendar{Known: known(from, to), Merged: &Merged{hour(from), interval, d}}
	}
	detailed := Event{Start: hour(1), End: hour(2), Busy: Busy, Details: &Details{Subject: "Budget"}}
	plain := Event{Start: hour(4), End: hour(5), Busy: OOF}
	tests := map[string]struct {
		parts []*Calendar
		want  *Calendar
		err   error
	}{
		"the oldest, the least detailed and the newest decide": {
			parts: []*Calendar{
				{Known: known(3, 6), Detail: FreeBusy, AsOf: hour(9), Events: []Event{plain}, Origin: Origin{RequestID: "new"}},
				{Known: known(0, 3), Detail: Detailed, AsOf: hour(8), Events: []Event{detailed}, Origin: Origin{RequestID: "old"}},
			},
			want: &Calendar{Known: known(0, 6), Detail: FreeBusy, AsOf: hour(8), Origin: Origin{RequestID: "new"},
				Events: []Event{{Start: hour(1), End: hour(2), Busy: Busy}, plain}},
		},
		"digits that continue": {
			parts: []*Calendar{digits(0, 2, time.Hour, "02"), digits(2, 3, time.Hour, "1")},
			want:  digits(0, 3, time.Hour, "021"),
		},
		"digits of some of the hours make digits of all": {
			parts: []*Calendar{digits(3, 4, time.Hour, "2"), {Known: known(4, 6), Detail: FreeBusy, Events: []Event{plain}}},
			want:  digits(3, 6, time.Hour, "230"),
		},
		"a part within another adds nothing": {
			parts: []*Calendar{{Detail: FreeBusy, Known: known(0, 6), Events: []Event{plain}}, {Detail: FreeBusy, Known: known(3, 5), Events: []Event{plain}}},
			want:  &Calendar{Detail: FreeBusy, Known: known(0, 6), Events: []Event{plain}},
		},
		"the same event twice in one calendar stays twice": {
			parts: []*Calendar{{Detail: FreeBusy, Known: known(0, 6), Events: []Event{plain, plain}}, {Detail: FreeBusy, Known: known(6, 7)}},
			want:  &Calendar{Detail: FreeBusy, Known: known(0, 7), Events: []Event{plain, plain}},
		},
		"a gap":                               {parts: []*Calendar{{Detail: FreeBusy, Known: known(0, 2)}, {Detail: FreeBusy, Known: known(3, 4)}}, err: errGap},
		"digits of another interval":          {parts: []*Calendar{digits(0, 2, time.Hour, "02"), digits(2, 3, 30*time.Minute, "11")}, err: errSlots},
		"digits that end in the midst":        {parts: []*Calendar{digits(0, 1, 40*time.Minute, "02"), digits(1, 2, 40*time.Minute, "11")}, err: errSlots},
		"neither digits nor events":           {parts: []*Calendar{{Known: known(0, 1)}, {Known: known(1, 2)}}, err: errSlots},
		"digits that know the same hours too": {parts: []*Calendar{digits(0, 2, time.Hour, "22"), digits(1, 3, time.Hour, "22")}, err: errSlots},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Join(tt.parts)
			if d := cmp.Diff(tt.want, got, sameCalendar); d != "" || !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v; (-want +got)\n%s", err, tt.err, d)
			}
		})
	}
}
