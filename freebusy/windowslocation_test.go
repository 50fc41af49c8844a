package freebusy

import (
	"testing"
	"time"
)

func TestEveryWindowsZoneHasALocation(t *testing.T) {
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for id := range windowsZones {
		location, err := WindowsLocation(id)
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		if err := ZoneOf(location, at).Validate(); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestTheCaseOfAWindowsZoneDoesNotMatter(t *testing.T) {
	want, err := WindowsLocation("W. Europe Standard Time")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"w. europe standard time", " W. EUROPE STANDARD TIME "} {
		if got, err := WindowsLocation(id); err != nil || got.String() != want.String() {
			t.Errorf("%q is %v, %v, want %v", id, got, err, want)
		}
	}
	if got, err := WindowsLocation(""); err == nil {
		t.Errorf("no name at all is %v", got)
	}
}
