package ews

import (
	"time"

	"availproxy/freebusy"
)

// wallClock is how a moment is written in answers: without offset, on the wall
// clock of the zone that was asked for ([MS-OXWAVLS] 4.2). Fractions of a
// second are cut off.
const wallClock = "2006-01-02T15:04:05"

// formatWall writes t on the wall clock of zone. .NET has no year before 1 or
// after 9999 and would reject the whole answer for one, so that events without
// end stop there.
func formatWall(zone freebusy.TimeZone, t time.Time) string {
	wall := zone.Wall(t)
	switch {
	case wall.Year() < 1:
		wall = time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC)
	case wall.Year() > 9999:
		wall = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)
	}
	return wall.Format(wallClock)
}

// zonedClocks are the ways to write a moment with its offset. The one without
// colon is no xs:dateTime, but gromox writes it.
var zonedClocks = [...]string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700"}

// parseDateTime reads an xs:dateTime. Without an offset the result is a wall
// clock labelled UTC, and zoned is false.
func parseDateTime(text string) (t time.Time, zoned bool, err error) {
	for _, layout := range zonedClocks {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true, nil
		}
	}
	t, err = time.Parse(wallClock, text)
	return t, false, err
}
