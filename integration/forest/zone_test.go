package forest

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestZonesAgreeWithTheTimeZoneDatabase(t *testing.T) {
	for _, z := range zones {
		t.Run(z.ID, func(t *testing.T) {
			place, err := time.LoadLocation(z.Name)
			if err != nil {
				t.Fatal(err)
			}
			for at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2028; at = at.Add(30 * time.Minute) {
				if got, want := z.Wall(at).Format(wallClock), at.In(place).Format(wallClock); got != want {
					t.Fatalf("at %s the clock shows %s, want %s", at, got, want)
				}
			}
		})
	}
}

func TestWallClockReadsBackExceptInTheHourThatComesTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		at := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "at"), 0).UTC()
		back := z.Instant(z.Wall(at))
		if !z.Wall(back).Equal(z.Wall(at)) {
			t.Fatalf("%s shows %s, read back as %s", at, z.Wall(at), z.Wall(back))
		}
		if !back.Equal(at) && z.offset(back) != z.standard() {
			t.Fatalf("%s reads back as %s, which is not in standard time", at, back)
		}
	})
}

func TestSwitches(t *testing.T) {
	berlin, _ := ZoneByID("W. Europe Standard Time")
	tests := map[string]struct {
		zone Zone
		at   string
		want string
	}{
		"month 0 is no daylight time": {Zone{Bias: -480}, "2026-07-01T00:00:00Z", "2026-07-01T08:00:00"},
		"two switches that change nothing": {
			Zone{Standard: nth(1, time.March, 2, 0), Daylight: nth(1, time.October, 2, 0)}, "2026-07-01T00:00:00Z", "2026-07-01T00:00:00",
		},
		"a second before daylight time":    {berlin, "2026-03-29T00:59:59Z", "2026-03-29T01:59:59"},
		"as daylight time begins":          {berlin, "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"},
		"a second before it ends":          {berlin, "2026-10-25T00:59:59Z", "2026-10-25T02:59:59"},
		"as it ends":                       {berlin, "2026-10-25T01:00:00Z", "2026-10-25T02:00:00"},
		"a rule for one year, in the year": {oneYear(berlin), "2026-07-01T00:00:00Z", "2026-07-01T02:00:00"},
		"a rule for one year, the next":    {oneYear(berlin), "2027-07-01T00:00:00Z", "2027-07-01T01:00:00"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			if got := tt.zone.Wall(at).Format(wallClock); got != tt.want {
				t.Errorf("at %s the clock shows %s, want %s", tt.at, got, tt.want)
			}
		})
	}
}

// oneYear gives the switches of 2026 by date.
func oneYear(z Zone) Zone {
	z.Standard.Year, z.Standard.DayOrder = 2026, 25
	z.Daylight.Year, z.Daylight.DayOrder = 2026, 29
	return z
}

func TestMomentsAreSpelledOnTheWallClock(t *testing.T) {
	adelaide, _ := ZoneByID("Australia/Adelaide")
	tests := map[string]struct {
		at            time.Time
		plain, offset string
	}{
		"in summer": {time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "2026-01-01T10:30:00", "2026-01-01T10:30:00+10:30"},
		"in winter": {time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), "2026-07-01T09:30:00", "2026-07-01T09:30:00+09:30"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if plain, offset := adelaide.spell(tt.at, false), adelaide.spell(tt.at, true); plain != tt.plain || offset != tt.offset {
				t.Errorf("got %s and %s, want %s and %s", plain, offset, tt.plain, tt.offset)
			}
		})
	}
}
