package cli

import (
	"testing"
	"time"
)

func TestMoment(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	base := time.Date(2026, 10, 24, 0, 0, 0, 0, berlin) // the day before clocks go back
	midnight := base.AddDate(0, 0, -3)
	tests := map[string]time.Time{
		"today":                     midnight,
		"2026-11-23":                time.Date(2026, 11, 23, 0, 0, 0, 0, berlin),
		"2026-11-23T08:00:00+08:00": time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC),
		"+2d":                       time.Date(2026, 10, 26, 0, 0, 0, 0, berlin),
		"-1d":                       time.Date(2026, 10, 23, 0, 0, 0, 0, berlin),
		"+90m":                      base.Add(90 * time.Minute),
	}
	for text, want := range tests {
		if got, err := moment(text, base, midnight, berlin); err != nil || !got.Equal(want) {
			t.Errorf("moment(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, bad := range []string{"", "tomorrow", "+7", "23.11.2026", "+xd", "2026-11-23T08:00:00"} {
		if got, err := moment(bad, base, midnight, berlin); err == nil {
			t.Errorf("moment(%q) = %v, want an error", bad, got)
		}
	}
}
