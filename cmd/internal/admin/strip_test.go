package admin

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/cmd/internal/history"
	"availproxy/freebusy"
)

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := freebusy.Location(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// drawn is a day of that zone.
func drawn(t *testing.T, zone string, month time.Month, day int) drawing {
	loc := location(t, zone)
	return drawing{freebusy.Window{Start: time.Date(2026, month, day, 0, 0, 0, 0, loc), End: time.Date(2026, month, day+1, 0, 0, 0, 0, loc)}, loc}
}

func TestStrips(t *testing.T) {
	d := drawn(t, "Asia/Shanghai", time.November, 23) // from 16:00 UTC of the 22nd
	at := func(hour, minute int) time.Time {
		return time.Date(2026, time.November, 23, hour-8, minute, 0, 0, time.UTC)
	}
	event := func(fromHour, fromMinute, toHour, toMinute int, busy freebusy.BusyType) freebusy.Event {
		return freebusy.Event{Start: at(fromHour, fromMinute), End: at(toHour, toMinute), Busy: busy}
	}
	hours := &freebusy.WorkingHours{Zone: freebusy.TimeZone{Bias: -480}, Periods: []freebusy.WorkingPeriod{{Days: []time.Weekday{time.Monday}, Start: 540, End: 1080}}}
	tests := map[string]struct {
		found MailboxFound
		bars  []bar
		work  []bar
		words string
	}{
		"nobody has anything": {MailboxFound{Calendar: &freebusy.Calendar{}}, nil, nil, "free all day"},
		"free entries are not drawn": {
			MailboxFound{Calendar: &freebusy.Calendar{Events: []freebusy.Event{event(9, 0, 10, 0, freebusy.Free)}}}, nil, nil, "free all day",
		},
		"an hour": {
			MailboxFound{Calendar: &freebusy.Calendar{Events: []freebusy.Event{event(6, 0, 12, 0, freebusy.Busy)}}},
			[]bar{{"25.00%", "25.00%", "busy", "busy 06:00 to 12:00"}}, nil, "busy 06:00 to 12:00",
		},
		"the busiest is on top, and said in order": {
			MailboxFound{Calendar: &freebusy.Calendar{Events: []freebusy.Event{
				event(0, 0, 6, 0, freebusy.OOF), event(0, 0, 12, 0, freebusy.Tentative), event(0, 0, 18, 0, freebusy.WorkingElsewhere), event(0, 0, 3, 0, freebusy.Busy), event(3, 0, 6, 0, freebusy.NoData),
			}}},
			[]bar{
				{"12.50%", "12.50%", "nodata", "no data 03:00 to 06:00"}, {"0.00%", "75.00%", "elsewhere", "working elsewhere 00:00 to 18:00"},
				{"0.00%", "50.00%", "tentative", "tentative 00:00 to 12:00"}, {"0.00%", "12.50%", "busy", "busy 00:00 to 03:00"}, {"0.00%", "25.00%", "oof", "out of office 00:00 to 06:00"},
			}, nil,
			"out of office 00:00 to 06:00; tentative 00:00 to 12:00; working elsewhere 00:00 to 18:00; busy 00:00 to 03:00; no data 03:00 to 06:00",
		},
		"what reaches beyond the day is cut": {
			MailboxFound{Calendar: &freebusy.Calendar{Events: []freebusy.Event{event(-30, 0, 6, 0, freebusy.Busy), event(18, 0, 40, 0, freebusy.OOF), event(-30, 0, 40, 0, freebusy.Tentative)}}},
			[]bar{
				{"0.00%", "100.00%", "tentative", "tentative all day"}, {"0.00%", "25.00%", "busy", "busy 00:00 to 06:00"}, {"75.00%", "25.00%", "oof", "out of office 18:00 to 24:00"},
			}, nil, "busy 00:00 to 06:00; out of office 18:00 to 24:00; tentative all day",
		},
		"a reminder is seen, also at the end of the day": {
			MailboxFound{Calendar: &freebusy.Calendar{Events: []freebusy.Event{event(12, 0, 12, 0, freebusy.Busy), event(23, 59, 23, 59, freebusy.Busy)}}},
			[]bar{{"50.00%", "0.35%", "busy", "busy at 12:00"}, {"99.65%", "0.35%", "busy", "busy at 23:59"}}, nil, "busy at 12:00; busy at 23:59",
		},
		"other days are not on it": {
			MailboxFound{Calendar: &freebusy.Calendar{Events: []freebusy.Event{event(-3, 0, 0, 0, freebusy.Busy), event(24, 0, 25, 0, freebusy.Busy)}}}, nil, nil, "free all day",
		},
		"digits": {
			MailboxFound{Calendar: &freebusy.Calendar{Merged: &freebusy.Merged{Start: at(0, 0), Interval: 6 * time.Hour, Digits: "0214"}}},
			[]bar{{"75.00%", "25.00%", "nodata", "no data 18:00 to 24:00"}, {"50.00%", "25.00%", "tentative", "tentative 12:00 to 18:00"}, {"25.00%", "25.00%", "busy", "busy 06:00 to 12:00"}},
			nil, "busy 06:00 to 12:00; tentative 12:00 to 18:00; no data 18:00 to 24:00",
		},
		"working hours": {
			MailboxFound{Calendar: &freebusy.Calendar{WorkingHours: hours}}, nil, []bar{{"37.50%", "37.50%", "work", ""}}, "free all day; works 09:00 to 18:00",
		},
		"a failure": {
			MailboxFound{Failure: &Failure{Said: "ErrorTimeoutExpired: too slow"}},
			[]bar{{"0.00%", "100.00%", "nodata", "no data"}}, nil, "no data: ErrorTimeoutExpired: too slow",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := d.strip("li.na@contoso.example", tt.found)
			want := strip{"li.na@contoso.example", "li.na@contoso.example on Monday 23 November 2026: " + tt.words + ".", tt.work, tt.bars}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTheAxisFollowsTheClock has days of 23, 24 and 25 hours.
func TestTheAxisFollowsTheClock(t *testing.T) {
	tests := map[string]struct {
		zone  string
		month time.Month
		day   int
		hours string // hour@percent of the first ones
	}{
		"a day of 24 hours":           {"Europe/Berlin", time.November, 23, "00@0.00% 02@8.33% 04@16.67%"},
		"a day of 25 hours":           {"Europe/Berlin", time.October, 25, "00@0.00% 02@8.00% 02@12.00%"},
		"a day of 23 hours":           {"Europe/Berlin", time.March, 29, "00@0.00% 04@13.04% 06@21.74%"},
		"a zone of half an hour":      {"Asia/Kolkata", time.November, 23, "00@0.00% 02@8.33% 04@16.67%"},
		"a switch by half an hour":    {"Australia/Lord_Howe", time.October, 4, "00@0.00%"},
		"the other side of the globe": {"Pacific/Auckland", time.September, 27, "00@0.00% 04@13.04% 06@21.74%"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var all []string
			for _, tick := range drawn(t, tt.zone, tt.month, tt.day).ticks() {
				all = append(all, tick.Label+"@"+tick.X)
			}
			if got := strings.Join(all, " "); !strings.HasPrefix(got, tt.hours) {
				t.Errorf("got %s, want %s first", got, tt.hours)
			}
		})
	}
}

func TestHopsLieOnTheTimeOfTheWholePath(t *testing.T) {
	bars := hopBars([]history.Hop{{StartMS: 0, MS: 100}, {StartMS: 20, MS: 40}, {StartMS: 100, MS: 0}, {StartMS: -1, MS: 1}})
	var got []string
	for _, b := range bars {
		got = append(got, fmt.Sprintf("%s+%s", b.X, b.Width))
	}
	if want := []string{"0.00%+100.00%", "20.00%+40.00%", "99.65%+0.35%", "0.00%+1.00%"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := hopBars([]history.Hop{{}}); got[0].Width != "0.35%" {
		t.Errorf("a path that took no time is %+v", got)
	}
}
