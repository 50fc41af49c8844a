package freebusy_test

import (
	"testing"
	"time"

	"availproxy/freebusy"
)

func TestWindowHolds(t *testing.T) {
	window := freebusy.Window{Start: day.Start.Add(8 * time.Hour), End: day.Start.Add(10 * time.Hour)}
	tests := map[string]struct {
		from, to string
		want     bool
	}{
		"inside":                           {"8:30", "9:00", true},
		"exactly the window":               {"8:00", "10:00", true},
		"around the window":                {"7:00", "11:00", true},
		"reaching in at the start":         {"7:00", "8:01", true},
		"reaching out at the end":          {"9:59", "11:00", true},
		"ending where it starts":           {"7:00", "8:00", false},
		"starting where it ends":           {"10:00", "11:00", false},
		"long before":                      {"0:00", "1:00", false},
		"long after":                       {"22:00", "23:00", false},
		"no length, inside":                {"9:00", "9:00", true},
		"no length, where it starts":       {"8:00", "8:00", true},
		"no length, where it ends":         {"10:00", "10:00", false},
		"no length, a minute before start": {"7:59", "7:59", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := window.Holds(event(t, tt.from, tt.to, freebusy.Busy)); got != tt.want {
				t.Errorf("Holds(%s to %s) = %t, want %t", tt.from, tt.to, got, tt.want)
			}
		})
	}
}

func TestWindowCovers(t *testing.T) {
	hours := func(from, to int) freebusy.Window {
		return freebusy.Window{Start: day.Start.Add(time.Duration(from) * time.Hour), End: day.Start.Add(time.Duration(to) * time.Hour)}
	}
	tests := map[string]struct {
		window, other freebusy.Window
		want          bool
	}{
		"itself":           {hours(8, 10), hours(8, 10), true},
		"a part":           {hours(8, 10), hours(9, 10), true},
		"an hour too soon": {hours(8, 10), hours(7, 10), false},
		"an hour too late": {hours(8, 10), hours(8, 11), false},
		"another zone's clock for the same hours": {
			hours(8, 10),
			freebusy.Window{Start: hours(8, 10).Start.In(time.FixedZone("", 8*hour)), End: hours(8, 10).End},
			true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.window.Covers(tt.other); got != tt.want {
				t.Errorf("Covers = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestDurationIsRealTimeOverASwitch(t *testing.T) {
	for name, tt := range map[string]struct {
		date time.Time
		want time.Duration
	}{
		"a day that loses an hour": {time.Date(2026, time.March, 29, 0, 0, 0, 0, time.UTC), 23 * time.Hour},
		"a day that gains one":     {time.Date(2026, time.October, 25, 0, 0, 0, 0, time.UTC), 25 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			window := freebusy.Window{Start: berlin.Instant(tt.date), End: berlin.Instant(tt.date.AddDate(0, 0, 1))}
			if got := window.Duration(); got != tt.want {
				t.Errorf("Duration = %s, want %s", got, tt.want)
			}
			if got := len(freebusy.Merge(nil, window, 30*time.Minute)); got != int(2*tt.want.Hours()) {
				t.Errorf("%d half hours, want %d", got, int(2*tt.want.Hours()))
			}
		})
	}
}

func TestOutwards(t *testing.T) {
	at := time.Date(2026, time.November, 25, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))
	tests := map[string]struct{ start, end, wantStart, wantEnd time.Duration }{
		"whole seconds":       {0, time.Hour, 0, time.Hour},
		"parts of seconds":    {time.Millisecond, time.Hour + time.Nanosecond, 0, time.Hour + time.Second},
		"shorter than a slot": {time.Millisecond, time.Second, 0, 5 * time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := freebusy.Window{Start: at.Add(tt.start), End: at.Add(tt.end)}.Outwards(5 * time.Minute)
			want := freebusy.Window{Start: at.Add(tt.wantStart).UTC(), End: at.Add(tt.wantEnd).UTC()}
			if got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}
