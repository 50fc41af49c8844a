package freebusy

// AsStale returns what c holds, marked as kept beyond its time.
func (c *Calendar) AsStale() *Calendar {
	stale := &Calendar{
		Events: c.Events, Detail: c.Detail, Known: c.Known, AsOf: c.AsOf,
		WorkingHours: c.WorkingHours, Merged: c.Merged, Origin: c.Origin,
	}
	stale.Origin.Stale = true
	return stale
}
