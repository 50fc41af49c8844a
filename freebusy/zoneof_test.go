package freebusy_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"availproxy/freebusy"
)

// locations have every kind of rule: none, northern, southern, half hours,
// quarters of an hour, at midnight, at 24:00, in religious calendars, on
// Fridays and Saturdays, and some that were abolished or started in mid-year.
var locations = []string{
	"UTC", "Asia/Shanghai", "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Kabul", "Asia/Amman",
	"Asia/Beirut", "Asia/Damascus", "Asia/Gaza", "Asia/Jerusalem", "Asia/Almaty", "Asia/Pyongyang", "Asia/Yangon",
	"Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Kyiv", "Europe/Istanbul", "Europe/Moscow", "Europe/Volgograd",
	"America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Havana", "America/Sao_Paulo", "America/Santiago", "America/Asuncion",
	"America/Mexico_City", "America/Nuuk", "America/Scoresbysund", "America/Caracas", "America/Phoenix", "America/Argentina/San_Luis",
	"Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Windhoek", "Africa/Juba",
	"Australia/Sydney", "Australia/Lord_Howe", "Australia/Adelaide", "Australia/Eucla", "Antarctica/Troll",
	"Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia", "Pacific/Fiji", "Pacific/Norfolk", "Pacific/Kiritimati", "Pacific/Marquesas",
}

func TestZoneOfShowsTheClockOfItsLocation(t *testing.T) {
	for _, name := range locations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loc, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			for year := 1990; year <= 2037; year++ {
				zone := freebusy.ZoneOf(loc, time.Date(year, time.July, 1, 12, 0, 0, 0, loc))
				if err := zone.Validate(); err != nil {
					t.Errorf("%d: ZoneOf gives %+v: %v", year, zone, err)
				}
				walk(t, loc, year, zone)
			}
		})
	}
}

// TestZoneOfFindsTheSwitchesOfEveryYear goes beyond the years that the tz database
// spells out, where the bounds that Go gives are not those of a calendar: a zone
// is to be found in all of them, and its switches as well.
func TestZoneOfFindsTheSwitchesOfEveryYear(t *testing.T) {
	for _, name := range locations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loc, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			for year := 1800; year <= 2500; year++ {
				freebusy.ZoneOf(loc, time.Date(year, time.July, 1, 12, 0, 0, 0, loc))
			}
			for _, year := range []int{2039, 2040, 2041, 2100, 2400, 2401} {
				walk(t, loc, year, freebusy.ZoneOf(loc, time.Date(year, time.January, 1, 0, 0, 0, 0, loc)))
			}
		})
	}
}

// walk compares the zone with its location in steps of a few hours over the
// year, unless the location has switches that no pair of rules can show.
func walk(t *testing.T, loc *time.Location, year int, zone freebusy.TimeZone) {
	start, end := time.Date(year, time.January, 1, 0, 0, 0, 0, loc), time.Date(year+1, time.January, 1, 0, 0, 0, 0, loc)
	_, last := start.Zone()
	first, switches := last, 0
	var differs time.Time
	for at := start; at.Before(end); at = at.Add(3 * time.Hour) {
		_, offset := at.Zone()
		if offset != last {
			last, switches = offset, switches+1
		}
		if differs.IsZero() && !sameClock(zone.Wall(at), at) {
			differs = at
		}
	}
	regular := switches == 0 || switches == 2 && first == last
	if regular && !differs.IsZero() {
		t.Errorf("%s is %s by %+v", differs, zone.Wall(differs).Format(time.DateTime), zone)
	}
	if zone.Switches() != (regular && switches == 2) {
		t.Errorf("%d has %d switches, but Switches() = %t", year, switches, zone.Switches())
	}
}

func TestZoneOfIsExactAtEverySecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(locations).Draw(t, "location"))
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(631152000, 2145916800).Draw(t, "at"), 0).In(loc)
		if rapid.Bool().Draw(t, "near a switch") {
			if _, end := at.ZoneBounds(); !end.IsZero() && end.Year() == at.Year() {
				at = end.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "seconds")) * time.Second)
			}
		}
		if zone := freebusy.ZoneOf(loc, at); !sameClock(zone.Wall(at), at) {
			t.Errorf("%s is %s by %+v", at, zone.Wall(at).Format(time.DateTime), zone)
		}
	})
}

func TestZoneOfWritesRulesAsWindowsDoes(t *testing.T) {
	tests := map[string]struct {
		location string
		want     freebusy.TimeZone
	}{
		"north":                   {"America/Los_Angeles", seattle},
		"the last Sunday":         {"Europe/Berlin", berlin},
		"south":                   {"Australia/Sydney", sydney},
		"half an hour":            {"Australia/Lord_Howe", lordHowe},
		"never":                   {"Asia/Shanghai", freebusy.TimeZone{Bias: -480}},
		"winter is standard time": {"Europe/Dublin", freebusy.TimeZone{Standard: freebusy.Transition{Month: 10, DayOrder: 5, Time: 2 * hour}, Daylight: freebusy.Transition{Bias: -60, Month: 3, DayOrder: 5, Time: 1 * hour}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			loc, err := time.LoadLocation(tt.location)
			if err != nil {
				t.Fatal(err)
			}
			if got := freebusy.ZoneOf(loc, instant(t, "2026-11-23T00:00:00Z")); got != tt.want {
				t.Errorf("ZoneOf(%s) = %+v, want %+v", tt.location, got, tt.want)
			}
		})
	}
}

func sameClock(wall, at time.Time) bool {
	return wall.Format(time.DateTime) == at.Format(time.DateTime)
}
