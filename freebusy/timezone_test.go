package freebusy_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"availproxy/freebusy"
)

const hour = 60 * 60

var (
	seattle = freebusy.TimeZone{
		Bias:     480,
		Standard: freebusy.Transition{Month: time.November, DayOrder: 1, Time: 2 * hour},
		Daylight: freebusy.Transition{Bias: -60, Month: time.March, DayOrder: 2, Time: 2 * hour},
	}
	berlin = freebusy.TimeZone{
		Bias:     -60,
		Standard: freebusy.Transition{Month: time.October, DayOrder: 5, Time: 3 * hour},
		Daylight: freebusy.Transition{Bias: -60, Month: time.March, DayOrder: 5, Time: 2 * hour},
	}
	sydney = freebusy.TimeZone{
		Bias:     -600,
		Standard: freebusy.Transition{Month: time.April, DayOrder: 1, Time: 3 * hour},
		Daylight: freebusy.Transition{Bias: -60, Month: time.October, DayOrder: 1, Time: 2 * hour},
	}
	lordHowe = freebusy.TimeZone{
		Bias:     -630,
		Standard: freebusy.Transition{Month: time.April, DayOrder: 1, Time: 2 * hour},
		Daylight: freebusy.Transition{Bias: -30, Month: time.October, DayOrder: 1, Time: 2 * hour},
	}
	// dublin is written the wrong way round, as a zone whose "daylight" time is
	// winter and behind its standard time.
	dublin = freebusy.TimeZone{
		Bias:     -60,
		Standard: freebusy.Transition{Month: time.March, DayOrder: 5, Time: 1 * hour},
		Daylight: freebusy.Transition{Bias: 60, Month: time.October, DayOrder: 5, Time: 2 * hour},
	}
	// absolute switches on dates of one year only, as the EWS Managed API
	// writes rules on fixed dates.
	absolute = freebusy.TimeZone{
		Bias:     -120,
		Standard: freebusy.Transition{Month: time.October, DayOrder: 31, Time: 2 * hour, Year: 2026},
		Daylight: freebusy.Transition{Bias: -60, Month: time.April, DayOrder: 2, Time: 2 * hour, Year: 2026},
	}
	absoluteSouth = freebusy.TimeZone{
		Bias:     240,
		Standard: freebusy.Transition{Month: time.April, DayOrder: 4, Year: 2026},
		Daylight: freebusy.Transition{Bias: -60, Month: time.September, DayOrder: 5, Year: 2026},
	}
)

func TestWallFollowsTheRules(t *testing.T) {
	tests := map[string]struct {
		zone freebusy.TimeZone
		at   string
		want string
	}{
		"the zero zone is UTC":                                     {freebusy.TimeZone{}, "2026-07-01T12:00:00Z", "2026-07-01 12:00:00"},
		"a bias is what local time lacks to UTC":                   {freebusy.TimeZone{Bias: -480}, "2026-07-01T12:00:00Z", "2026-07-01 20:00:00"},
		"45 minutes":                                               {freebusy.TimeZone{Bias: -345}, "2026-07-01T18:14:59Z", "2026-07-01 23:59:59"},
		"standard time has a bias too":                             {freebusy.TimeZone{Bias: -400, Standard: freebusy.Transition{Bias: -80}}, "2026-07-01T12:00:00Z", "2026-07-01 20:00:00"},
		"last second before daylight time":                         {seattle, "2026-03-08T09:59:59Z", "2026-03-08 01:59:59"},
		"first second of daylight time":                            {seattle, "2026-03-08T10:00:00Z", "2026-03-08 03:00:00"},
		"last second of daylight time":                             {seattle, "2026-11-01T08:59:59Z", "2026-11-01 01:59:59"},
		"the switch to standard time is on daylight clocks":        {seattle, "2026-11-01T09:00:00Z", "2026-11-01 01:00:00"},
		"order 5 in a month with five Sundays":                     {berlin, "2026-03-29T01:00:00Z", "2026-03-29 03:00:00"},
		"order 5 in a month with four Sundays":                     {berlin, "2027-03-28T01:00:00Z", "2027-03-28 03:00:00"},
		"order 5 is not the fourth of five":                        {berlin, "2026-03-22T01:00:00Z", "2026-03-22 02:00:00"},
		"the southern new year is in daylight time":                {sydney, "2025-12-31T13:00:00Z", "2026-01-01 00:00:00"},
		"the southern winter is not":                               {sydney, "2026-07-01T00:00:00Z", "2026-07-01 10:00:00"},
		"the south leaves daylight time in autumn":                 {sydney, "2026-04-04T16:00:00Z", "2026-04-05 02:00:00"},
		"half an hour of daylight time":                            {lordHowe, "2026-12-01T00:00:00Z", "2026-12-01 11:00:00"},
		"a year's own switch to daylight time":                     {absolute, "2026-04-02T00:00:00Z", "2026-04-02 03:00:00"},
		"and back":                                                 {absolute, "2026-10-30T23:00:00Z", "2026-10-31 01:00:00"},
		"before that year":                                         {absolute, "2020-07-01T00:00:00Z", "2020-07-01 02:00:00"},
		"after that year":                                          {absolute, "2030-07-01T00:00:00Z", "2030-07-01 02:00:00"},
		"a southern year starts as it was before its first switch": {absoluteSouth, "2026-01-01T12:00:00Z", "2026-01-01 09:00:00"},
		"its winter":                                               {absoluteSouth, "2026-06-01T12:00:00Z", "2026-06-01 08:00:00"},
		"and ends in daylight time":                                {absoluteSouth, "2026-12-01T12:00:00Z", "2026-12-01 09:00:00"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := tt.zone.Wall(instant(t, tt.at)).Format(time.DateTime)
			if got != tt.want {
				t.Errorf("Wall(%s) = %s, want %s", tt.at, got, tt.want)
			}
		})
	}
}

func TestZonesWithoutDaylightTimeNeverSwitch(t *testing.T) {
	tests := map[string]freebusy.TimeZone{
		"month 0, as evolution-ews and Outlook write": {Bias: -480},
		"month 0 on one side":                         {Bias: -480, Daylight: freebusy.Transition{Bias: -60, Month: time.March, DayOrder: 5}},
		"January twice, as exchangelib writes": {
			Bias:     -480,
			Standard: freebusy.Transition{Month: time.January, DayOrder: 1},
			Daylight: freebusy.Transition{Month: time.January, DayOrder: 1},
		},
		"March and October without a bias, as DavMail writes": {
			Bias:     -480,
			Standard: freebusy.Transition{Month: time.March, DayOrder: 1, Time: 2 * hour},
			Daylight: freebusy.Transition{Month: time.October, DayOrder: 1, Time: 2 * hour},
		},
		"the ends of the year": {
			Bias:     -480,
			Standard: freebusy.Transition{Month: time.January, DayOrder: 1, DayOfWeek: time.Monday},
			Daylight: freebusy.Transition{Month: time.December, DayOrder: 5},
		},
		"equal biases other than 0": {
			Bias:     -420,
			Standard: freebusy.Transition{Bias: -60, Month: time.March, DayOrder: 1},
			Daylight: freebusy.Transition{Bias: -60, Month: time.October, DayOrder: 1},
		},
	}
	for name, zone := range tests {
		t.Run(name, func(t *testing.T) {
			if zone.Switches() {
				t.Error("Switches() = true, want false")
			}
			if err := zone.Validate(); err != nil {
				t.Errorf("Validate() = %v, want nil", err)
			}
			for day := range 366 {
				at := time.Date(2026, time.January, 1+day, 12, 0, 0, 0, time.UTC)
				if got := zone.Offset(at); got != 8*time.Hour {
					t.Fatalf("Offset(%s) = %s, want 8h", at, got)
				}
			}
		})
	}
}

func TestInstantOfTimesThatSwitchesSkipOrRepeat(t *testing.T) {
	tests := map[string]struct {
		zone freebusy.TimeZone
		wall string
		want string
	}{
		"before the gap":                                   {berlin, "2026-03-29 01:59:59", "2026-03-29T00:59:59Z"},
		"in the gap":                                       {berlin, "2026-03-29 02:30:00", "2026-03-29T01:30:00Z"},
		"after the gap":                                    {berlin, "2026-03-29 03:00:00", "2026-03-29T01:00:00Z"},
		"before the repeated hour":                         {berlin, "2026-10-25 01:59:59", "2026-10-24T23:59:59Z"},
		"the repeated hour is standard time":               {berlin, "2026-10-25 02:30:00", "2026-10-25T01:30:00Z"},
		"after the repeated hour":                          {berlin, "2026-10-25 03:00:00", "2026-10-25T02:00:00Z"},
		"in a southern gap":                                {sydney, "2026-10-04 02:30:00", "2026-10-03T16:30:00Z"},
		"in a gap of half an hour":                         {lordHowe, "2026-10-04 02:15:00", "2026-10-03T15:45:00Z"},
		"in the gap of a zone with winter as daylight":     {dublin, "2026-03-29 01:30:00", "2026-03-29T01:30:00Z"},
		"in the repeated hour of such a zone, as standard": {dublin, "2026-10-25 01:30:00", "2026-10-25T00:30:00Z"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			wall, err := time.ParseInLocation(time.DateTime, tt.wall, time.FixedZone("ignored", 1234))
			if err != nil {
				t.Fatal(err)
			}
			if got := tt.zone.Instant(wall).Format(time.RFC3339); got != tt.want {
				t.Errorf("Instant(%s) = %s, want %s", tt.wall, got, tt.want)
			}
		})
	}
}

func TestOffsetDoesNotAllocate(t *testing.T) {
	at := instant(t, "2026-07-01T12:00:00Z")
	if n := testing.AllocsPerRun(100, func() { seattle.Offset(at) }); n != 0 {
		t.Errorf("Offset allocates %v times, want 0", n)
	}
}

func TestValidateNamesWhatIsWrong(t *testing.T) {
	with := func(change func(z *freebusy.TimeZone)) freebusy.TimeZone {
		z := berlin
		change(&z)
		return z
	}
	tests := map[string]struct {
		zone freebusy.TimeZone
		want string // in the error; "" for none
	}{
		"a good zone":               {berlin, ""},
		"the zero zone":             {freebusy.TimeZone{}, ""},
		"rules for one year":        {absolute, ""},
		"a whole day of bias":       {freebusy.TimeZone{Bias: 1440}, ""},
		"more than a day of bias":   {freebusy.TimeZone{Bias: 1441}, "bias of 1441 minutes"},
		"an absurd bias":            {with(func(z *freebusy.TimeZone) { z.Daylight.Bias = -1 << 63 }), "daylight time: a bias of"},
		"biases that add up":        {with(func(z *freebusy.TimeZone) { z.Bias, z.Standard.Bias = 1400, 100 }), "standard time: a bias of 1500 minutes"},
		"month 13":                  {with(func(z *freebusy.TimeZone) { z.Standard.Month = 13 }), "standard time: month 13"},
		"a month before January":    {with(func(z *freebusy.TimeZone) { z.Daylight.Month = -1 }), "daylight time: month -1"},
		"order 0 of a real month":   {with(func(z *freebusy.TimeZone) { z.Daylight.DayOrder = 0 }), "daylight time: day order 0"},
		"order -1":                  {with(func(z *freebusy.TimeZone) { z.Daylight.DayOrder = -1 }), "daylight time: day order -1"},
		"order 6":                   {with(func(z *freebusy.TimeZone) { z.Standard.DayOrder = 6 }), "standard time: day order 6"},
		"the eighth day of a week":  {with(func(z *freebusy.TimeZone) { z.Standard.DayOfWeek = 7 }), "standard time: weekday 7"},
		"24:00:00":                  {with(func(z *freebusy.TimeZone) { z.Standard.Time = 24 * hour }), "standard time: the time"},
		"a negative time":           {with(func(z *freebusy.TimeZone) { z.Standard.Time = -1 }), "standard time: the time"},
		"the year -1":               {with(func(z *freebusy.TimeZone) { z.Standard.Year = -1 }), "standard time: year -1"},
		"29 February of some years": {with(func(z *freebusy.TimeZone) { z.Standard = freebusy.Transition{Month: 2, DayOrder: 29, Year: 2026} }), "February 2026 has no day 29"},
		"29 February of others":     {with(func(z *freebusy.TimeZone) { z.Standard = freebusy.Transition{Month: 2, DayOrder: 29, Year: 2028} }), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.zone.Validate()
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Validate() = %v, want %q", err, tt.want)
			}
		})
	}
}

// anyZone draws a valid zone whose switches are some weeks apart, in either
// hemisphere, daylight time ahead of standard time or behind.
func anyZone(t *rapid.T) freebusy.TimeZone {
	draw := func(label string, bias, month int) freebusy.Transition {
		return freebusy.Transition{
			Bias:      bias,
			Month:     time.Month(month),
			DayOrder:  rapid.IntRange(1, 5).Draw(t, label+" order"),
			DayOfWeek: time.Weekday(rapid.IntRange(0, 6).Draw(t, label+" weekday")),
			Time:      rapid.IntRange(0, 24*hour-1).Draw(t, label+" time"),
		}
	}
	month := rapid.IntRange(1, 12).Draw(t, "month")
	other := 1 + (month-1+rapid.IntRange(2, 10).Draw(t, "months later"))%12
	zone := freebusy.TimeZone{
		Bias:     rapid.IntRange(-840, 720).Draw(t, "bias"),
		Standard: draw("standard", 0, month),
		Daylight: draw("daylight", rapid.IntRange(-120, 120).Draw(t, "daylight bias"), other),
	}
	if err := zone.Validate(); err != nil {
		t.Fatal(err)
	}
	return zone
}

func anyTime(t *rapid.T, label string) time.Time {
	return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, label), 0).UTC()
}

func TestWallAndInstantUndoEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, at := anyZone(t), anyTime(t, "at")
		wall := zone.Wall(at)
		back := zone.Instant(wall)
		if !zone.Wall(back).Equal(wall) {
			t.Errorf("Wall(Instant(%s)) = %s", wall, zone.Wall(back))
		}
		shift := time.Duration(zone.Standard.Bias-zone.Daylight.Bias) * time.Minute
		twin := back.Equal(at.Add(shift)) || back.Equal(at.Add(-shift)) // the same wall clock an hour apart
		standard := -time.Duration(zone.Bias+zone.Standard.Bias) * time.Minute
		if !back.Equal(at) && (!twin || zone.Offset(back) != standard) {
			t.Errorf("Instant(Wall(%s)) = %s, which is neither the same nor standard time", at, back)
		}
	})
}

func TestTheOffsetIsSteadyAroundAMoment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, at := anyZone(t), anyTime(t, "at")
		offset, steady := zone.SteadyAround(at)
		if offset != zone.Offset(at) {
			t.Fatalf("the offset is %v, want %v", offset, zone.Offset(at))
		}
		if !steady.Start.IsZero() && at.Before(steady.Start) || !steady.End.IsZero() && !at.Before(steady.End) {
			t.Fatalf("%v is not in %v", at, steady)
		}
		from, to := at.AddDate(-30, 0, 0), at.AddDate(30, 0, 0)
		if !steady.Start.IsZero() {
			from = steady.Start
		}
		if !steady.End.IsZero() {
			to = steady.End
		}
		other := from.Add(time.Duration(rapid.Int64Range(0, int64(to.Sub(from)/time.Second)-1).Draw(t, "seconds")) * time.Second)
		if got := zone.Offset(other); got != offset {
			t.Fatalf("the offset is %v at %v, and %v at %v, in %v", offset, at, got, other, steady)
		}
	})
}

func TestALaterWallClockIsNeverAnEarlierMoment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, wall := anyZone(t), anyTime(t, "wall")
		if rapid.Bool().Draw(t, "near a switch") {
			month := rapid.SampledFrom([]time.Month{zone.Standard.Month, zone.Daylight.Month}).Draw(t, "month")
			wall = time.Date(2026, month, 1, 0, rapid.IntRange(0, 31*24*60).Draw(t, "minute"), 0, 0, time.UTC)
		}
		later := wall.Add(time.Duration(rapid.IntRange(0, 4*hour).Draw(t, "seconds later")) * time.Second)
		skipped := func(wall time.Time) bool { return !zone.Wall(zone.Instant(wall)).Equal(wall) }
		if skipped(wall) || skipped(later) {
			t.Skip("no clock shows that")
		}
		if zone.Instant(later).Before(zone.Instant(wall)) {
			t.Errorf("Instant(%s) = %s is after Instant(%s) = %s", wall, zone.Instant(wall), later, zone.Instant(later))
		}
	})
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
