package freebusy_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"availproxy/freebusy"
)

// day is the window of the examples.
var day = freebusy.Window{
	Start: time.Date(2008, time.January, 30, 0, 0, 0, 0, time.UTC),
	End:   time.Date(2008, time.January, 31, 0, 0, 0, 0, time.UTC),
}

// event is one on that day, given in hours and minutes of it.
func event(t *testing.T, from, to string, busy freebusy.BusyType) freebusy.Event {
	t.Helper()
	at := func(clock string) time.Time {
		d, err := time.ParseDuration(strings.Replace(clock, ":", "h", 1) + "m")
		if err != nil {
			t.Fatal(err)
		}
		return day.Start.Add(d)
	}
	return freebusy.Event{Start: at(from), End: at(to), Busy: busy}
}

func TestMerge(t *testing.T) {
	minutes := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	hours := func(from, to int) freebusy.Window {
		return freebusy.Window{Start: day.Start.Add(time.Duration(from) * time.Hour), End: day.Start.Add(time.Duration(to) * time.Hour)}
	}
	tests := map[string]struct {
		events   []freebusy.Event
		window   freebusy.Window
		interval time.Duration
		want     string
	}{
		"the example of MS-OXWAVLS 4.3": {
			events:   []freebusy.Event{event(t, "12:00", "14:00", freebusy.OOF), event(t, "13:30", "14:30", freebusy.Busy)},
			window:   day,
			interval: time.Hour,
			want:     "000000000000332000000000",
		},
		"nothing":                 {nil, hours(8, 10), minutes(30), "0000"},
		"five busy minutes count": {[]freebusy.Event{event(t, "8:25", "8:30", freebusy.Busy)}, hours(8, 10), minutes(30), "2000"},
		"so does one second on either side": {
			[]freebusy.Event{{Start: day.Start.Add(8*time.Hour + 29*time.Minute + 59*time.Second), End: day.Start.Add(9*time.Hour + time.Second), Busy: freebusy.Tentative}},
			hours(8, 10), minutes(30), "1110",
		},
		"a slot's end is not in it":                 {[]freebusy.Event{event(t, "8:30", "9:00", freebusy.Busy)}, hours(8, 10), minutes(30), "0200"},
		"the busiest wins, whatever the order":      {[]freebusy.Event{event(t, "8:00", "9:00", freebusy.OOF), event(t, "8:00", "10:00", freebusy.Tentative)}, hours(8, 10), minutes(30), "3311"},
		"working elsewhere is free":                 {[]freebusy.Event{event(t, "8:00", "9:00", freebusy.WorkingElsewhere)}, hours(8, 10), minutes(30), "0000"},
		"no data is free":                           {[]freebusy.Event{event(t, "8:00", "9:00", freebusy.NoData)}, hours(8, 10), minutes(30), "0000"},
		"slots count from the window's start":       {[]freebusy.Event{event(t, "8:30", "9:00", freebusy.Busy)}, freebusy.Window{Start: day.Start.Add(minutes(8*60 + 15)), End: day.Start.Add(minutes(10 * 60))}, minutes(30), "2200"},
		"the last slot may be short":                {[]freebusy.Event{event(t, "23:59", "24:30", freebusy.Busy)}, freebusy.Window{Start: day.Start, End: day.End.Add(-time.Second)}, time.Hour, "000000000000000000000002"},
		"an interval as long as the window":         {[]freebusy.Event{event(t, "9:00", "9:01", freebusy.Busy)}, hours(8, 10), minutes(120), "2"},
		"events reach in from outside":              {[]freebusy.Event{event(t, "0:00", "8:01", freebusy.Busy), event(t, "9:59", "24:00", freebusy.OOF)}, hours(8, 10), minutes(30), "2003"},
		"events that only touch do not":             {[]freebusy.Event{event(t, "7:00", "8:00", freebusy.Busy), event(t, "10:00", "11:00", freebusy.OOF)}, hours(8, 10), minutes(30), "0000"},
		"no length, inside a slot":                  {[]freebusy.Event{event(t, "8:45", "8:45", freebusy.Busy)}, hours(8, 10), minutes(30), "0200"},
		"no length, between two slots":              {[]freebusy.Event{event(t, "8:30", "8:30", freebusy.Busy)}, hours(8, 10), minutes(30), "0000"},
		"centuries on both sides":                   {[]freebusy.Event{{Start: time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(4501, 1, 1, 0, 0, 0, 0, time.UTC), Busy: freebusy.Busy}}, hours(8, 10), minutes(30), "2222"},
		"a window without length has no slots":      {[]freebusy.Event{event(t, "8:00", "9:00", freebusy.Busy)}, hours(8, 8), minutes(30), ""},
		"a window the wrong way round has no slots": {[]freebusy.Event{event(t, "8:00", "9:00", freebusy.Busy)}, hours(10, 8), minutes(30), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := freebusy.Merge(tt.events, tt.window, tt.interval); got != tt.want {
				t.Errorf("Merge(%s) = %q, want %q", tt.interval, got, tt.want)
			}
		})
	}
}

// anyEvents draws events around day, on whole minutes and at least one long.
func anyEvents(t *rapid.T) []freebusy.Event {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) freebusy.Event {
		start := day.Start.Add(time.Duration(rapid.IntRange(-600, 1500).Draw(t, "start")) * time.Minute)
		length := time.Duration(rapid.OneOf(rapid.IntRange(1, 90), rapid.IntRange(1, 3000)).Draw(t, "length")) * time.Minute
		return freebusy.Event{Start: start, End: start.Add(length), Busy: freebusy.BusyType(rapid.IntRange(0, 5).Draw(t, "busy"))}
	}), 0, 12).Draw(t, "events")
}

// minuteByMinute is Merge as one would do it on paper.
func minuteByMinute(events []freebusy.Event, w freebusy.Window, interval time.Duration) string {
	rank := map[freebusy.BusyType]byte{freebusy.Tentative: '1', freebusy.Busy: '2', freebusy.OOF: '3'}
	var digits []byte
	for slot := w.Start; slot.Before(w.End); slot = slot.Add(interval) {
		digit := byte('0')
		for at := slot; at.Before(slot.Add(interval)); at = at.Add(time.Minute) {
			for _, e := range events {
				if !at.Before(e.Start) && at.Before(e.End) && at.Before(w.End) {
					digit = max(digit, rank[e.Busy])
				}
			}
		}
		digits = append(digits, digit)
	}
	return string(digits)
}

func anyInterval(t *rapid.T) time.Duration {
	return time.Duration(rapid.OneOf(rapid.SampledFrom([]int{5, 15, 30, 60}), rapid.IntRange(5, 1440)).Draw(t, "interval")) * time.Minute
}

func TestMergeIsWhatEachMinuteSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, interval := anyEvents(t), anyInterval(t)
		window := freebusy.Window{Start: day.Start, End: day.Start.Add(time.Duration(rapid.IntRange(1, 1440).Draw(t, "minutes")) * time.Minute)}
		got, want := freebusy.Merge(events, window, interval), minuteByMinute(events, window, interval)
		if got != want {
			t.Errorf("Merge = %q, minute by minute it is %q", got, want)
		}
	})
}

func TestMergeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, interval := anyEvents(t), anyInterval(t)
		merged := freebusy.Merge(events, day, interval)

		shuffled := rapid.Permutation(events).Draw(t, "shuffled")
		if got := freebusy.Merge(shuffled, day, interval); got != merged {
			t.Errorf("in another order the digits are %q, want %q", got, merged)
		}
		for i, digit := range freebusy.Merge(append(shuffled, anyEvents(t)...), day, interval) {
			if digit < rune(merged[i]) {
				t.Errorf("with more events slot %d fell from %c to %c", i, merged[i], digit)
			}
		}
		cut := day.Start.Add(interval * time.Duration(rapid.IntRange(0, len(merged)-1).Draw(t, "cut")))
		parts := freebusy.Merge(events, freebusy.Window{Start: day.Start, End: cut}, interval) +
			freebusy.Merge(events, freebusy.Window{Start: cut, End: day.End}, interval)
		if parts != merged {
			t.Errorf("in two parts the digits are %q, want %q", parts, merged)
		}
	})
}
