package freebusy_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"availproxy/freebusy"
)

func TestAClockShowsWhatItsZoneSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var clock freebusy.Clock
		zones := []freebusy.TimeZone{anyZone(t), berlin, absolute, {Bias: 60}}
		for range 20 {
			zone := rapid.SampledFrom(zones).Draw(t, "zone")
			at := anyTime(t, "at")
			if zone.Switches() && rapid.Bool().Draw(t, "near a switch") {
				_, steady := zone.SteadyAround(at)
				at = steady.Start.Add(time.Duration(rapid.IntRange(-4*hour, 4*hour).Draw(t, "seconds away")) * time.Second)
			}
			clock.Set(zone)
			if got, want := clock.Wall(at), zone.Wall(at); !got.Equal(want) {
				t.Errorf("%v shows %s at %s, want %s", zone, got, at, want)
			}
			if got, want := clock.Instant(at), zone.Instant(at); !got.Equal(want) {
				t.Errorf("%v shows %s at %s, want at %s", zone, at, got, want)
			}
		}
	})
}
