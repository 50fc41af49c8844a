package freebusy

// AsStale returns what c holds, marked as kept beyond its time: always the same
// twin, so that what hangs on it (see Memo) is shared.
func (c *Calendar) AsStale() *Calendar {
	if twin := c.stale.Load(); twin != nil {
		return twin
	}
	twin := &Calendar{
		Events: c.Events, Detail: c.Detail, Known: c.Known, AsOf: c.AsOf,
		WorkingHours: c.WorkingHours, Merged: c.Merged, Origin: c.Origin,
	}
	twin.Origin.Stale = true
	c.stale.CompareAndSwap(nil, twin)
	return c.stale.Load()
}
