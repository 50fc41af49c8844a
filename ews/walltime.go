package ews

import (
	"math"
	"time"

	"availproxy/freebusy"
)

// wallTimes appends moments as [formatWall] writes them. It remembers for how
// long the offset of the zone stays the same, and the day of the last moment,
// since to find these takes far longer than to write them.
type wallTimes struct {
	zone        freebusy.TimeZone
	offset      int64 // seconds to add to UTC
	from, until int64 // seconds since 1970 between which offset holds
	day         int64 // since 1970, on the wall clock
	date        [len("2006-01-02T")]byte
}

func newWallTimes(zone freebusy.TimeZone) wallTimes {
	return wallTimes{zone: zone, day: math.MinInt64}
}

const daySeconds = 24 * 60 * 60

// The wall clocks beyond which .NET has no year, in seconds since 1970.
var (
	firstWall = time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	lastWall  = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC).Unix()
)

func (w *wallTimes) append(dst []byte, t time.Time) []byte {
	seconds := t.Unix()
	if seconds < w.from || seconds >= w.until {
		w.find(t)
	}
	wall := min(max(seconds+w.offset, firstWall), lastWall)
	day, clock := wall/daySeconds, wall%daySeconds
	if clock < 0 {
		day, clock = day-1, clock+daySeconds
	}
	if day != w.day {
		w.day = day
		year, month, dayOfMonth := time.Unix(day*daySeconds, 0).UTC().Date()
		w.date = [...]byte{digit(year / 1000), digit(year / 100 % 10), digit(year / 10 % 10), digit(year % 10), '-',
			digit(int(month) / 10), digit(int(month) % 10), '-', digit(dayOfMonth / 10), digit(dayOfMonth % 10), 'T'}
	}
	return appendClock(append(dst, w.date[:]...), int(clock))
}

// appendClock appends a time of day, given in seconds after midnight.
func appendClock(dst []byte, clock int) []byte {
	return append(dst, digit(clock/36000), digit(clock/3600%10), ':', digit(clock/600%6), digit(clock/60%10), ':', digit(clock/10%6), digit(clock%10))
}

func digit(n int) byte { return '0' + byte(n) }

func (w *wallTimes) find(t time.Time) {
	offset, steady := w.zone.SteadyAround(t)
	w.offset, w.from, w.until = int64(offset/time.Second), math.MinInt64, math.MaxInt64
	if !steady.Start.IsZero() {
		w.from = steady.Start.Unix()
	}
	if !steady.End.IsZero() {
		w.until = steady.End.Unix()
	}
}
