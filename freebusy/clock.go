package freebusy

import "time"

// Clock is the wall clock of one TimeZone after another, for whoever looks at it
// again and again: it remembers between which two turns of the zone it was looked
// at last, since to find these takes far longer than to add an offset. Its zero
// value shows UTC. It must not be used by two goroutines at the same time.
type Clock struct {
	zone   TimeZone
	steady Window // in which offset holds, as SteadyAround has it
	offset time.Duration
	known  bool // the two before this
}

// Set puts the clock into zone.
func (c *Clock) Set(zone TimeZone) {
	if c.zone != zone {
		*c = Clock{zone: zone}
	}
}

// Offset is [TimeZone.Offset].
func (c *Clock) Offset(t time.Time) time.Duration {
	if !c.known || t.Before(c.steady.Start) || !c.steady.End.IsZero() && !t.Before(c.steady.End) {
		c.offset, c.steady = c.zone.SteadyAround(t)
		c.known = true
	}
	return c.offset
}

// Wall is [TimeZone.Wall].
func (c *Clock) Wall(t time.Time) time.Time { return t.UTC().Add(c.Offset(t)) }

// Instant is [TimeZone.Instant].
func (c *Clock) Instant(wall time.Time) time.Time { return c.zone.instant(wall, c.Offset) }
