package forest

import (
	"fmt"
	"strconv"
	"time"
)

// ZoneForm is how a caller says which zone it asks in.
type ZoneForm int

// The forms. Old servers know the first; clients from 2010 on send the others
// in a TimeZoneContext header, and no TimeZone.
const (
	ZoneInBody     ZoneForm = iota // the rule as TimeZone
	ZoneIdentified                 // the Windows id alone, as ews-javascript-api does
	ZoneDefined                    // the rule as TimeZoneDefinition, as the EWS Managed API does
)

func (c *Caller) writeZoneContext(p *pen) {
	if c.ZoneForm == ZoneInBody {
		return
	}
	p.open(types("TimeZoneContext"))
	if c.ZoneForm == ZoneIdentified {
		p.empty(fmt.Sprintf("TimeZoneDefinition Id=%q", c.Zone.ID))
	} else {
		c.Zone.define(p)
	}
	p.close("TimeZoneContext")
}

// define writes a TimeZoneDefinition: one group of transitions, in force from
// the beginning of time.
func (z Zone) define(p *pen) {
	p.open(fmt.Sprintf("TimeZoneDefinition Name=%q Id=%q", z.Name, z.ID))
	p.open("Periods")
	p.empty(fmt.Sprintf(`Period Bias=%q Name="Standard" Id="std"`, duration(z.Bias+z.Standard.Bias)))
	if z.switches() {
		p.empty(fmt.Sprintf(`Period Bias=%q Name="Daylight" Id="dlt"`, duration(z.Bias+z.Daylight.Bias)))
	}
	p.close("Periods")
	p.open("TransitionsGroups")
	p.open(`TransitionsGroup Id="0"`)
	if z.switches() {
		z.Daylight.define(p, "dlt")
		z.Standard.define(p, "std")
	} else {
		p.open("Transition")
		p.leaf(`To Kind="Period"`, "std")
		p.close("Transition")
	}
	p.close("TransitionsGroup", "TransitionsGroups")
	p.open("Transitions")
	p.open("Transition")
	p.leaf(`To Kind="Group"`, "0")
	p.close("Transition", "Transitions", "TimeZoneDefinition")
}

// define writes a RecurringDayTransition to a period.
func (s Switch) define(p *pen, period string) {
	clock, _ := time.Parse(time.TimeOnly, s.Time)
	occurrence := s.DayOrder
	if occurrence == 5 {
		occurrence = -1
	}
	p.open("RecurringDayTransition")
	p.leaf(`To Kind="Period"`, period)
	p.leaf("TimeOffset", duration(clock.Hour()*60+clock.Minute()))
	p.leaf("Month", strconv.Itoa(int(s.Month)))
	p.leaf("DayOfWeek", s.DayOfWeek.String())
	p.leaf("Occurrence", strconv.Itoa(occurrence))
	p.close("RecurringDayTransition")
}

func (z Zone) switches() bool { return z.Standard.Month != 0 && z.Daylight.Month != 0 }

// duration is an xs:duration of so many minutes as the EWS Managed API writes
// it.
func duration(minutes int) string {
	sign := ""
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	return fmt.Sprintf("%sP0DT%dH%dM0.0S", sign, minutes/60, minutes%60)
}
