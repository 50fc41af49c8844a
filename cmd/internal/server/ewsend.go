package server

import (
	"fmt"
	"math"
	"time"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/config"
)

// ewsEndSoon is when the end of EWS is worth a warning: as long as it takes an
// organisation to register an application, rehearse and switch.
const ewsEndSoon = 180

// ewsEnds is the day on which EWS ends for the connector: as configured, else as
// the cloud has announced. It is zero where nobody has, as on premises.
func (f *forest) ewsEnds() time.Time {
	if !f.connector.EWSEndDate.IsZero() {
		return f.connector.EWSEndDate.Time
	}
	return f.discover.Cloud.EWSEnds
}

// daysOfEWS are the whole days until then, negative when it is over; ok is false
// where there is no such day, or where EWS is not asked.
func (f *forest) daysOfEWS(now time.Time) (days int, ok bool) {
	end := f.ewsEnds()
	if end.IsZero() || !f.connector.AsksEWS() {
		return 0, false
	}
	return int(math.Floor(end.Sub(now).Hours() / 24)), true
}

// ewsEnd says when EWS ends, for people, or "" where it does not.
func (f *forest) ewsEnd(now time.Time) string {
	days, ok := f.daysOfEWS(now)
	switch end := f.ewsEnds().Format(time.DateOnly); {
	case !ok:
		return ""
	case days < 0:
		return "EWS has ended on " + end
	default:
		return fmt.Sprintf("EWS ends on %s, in %d days", end, days)
	}
}

// checkEWSEnd counts down to the end of EWS.
func (f *forest) checkEWSEnd(now time.Time) []check.Finding {
	days, ok := f.daysOfEWS(now)
	if !ok {
		return nil
	}
	finding := check.Finding{
		ID: "ews.end", Severity: check.OK, Subject: f.connector.Name,
		Seen: f.ewsEnd(now), Expected: "Microsoft Graph as back end before that day",
		Fix: "Register an application for Graph, set shadow: graph and compare, then backend: auto or graph (docs/migration.md).",
	}
	switch {
	case f.connector.Backend == config.AutoBackend:
		finding.Seen += "; the back end is auto and goes on with Graph"
	case f.connector.Backend == config.GraphBackend:
		finding.Seen += "; it is only compared with Graph"
	case days < 0:
		finding.Severity = check.Fail
	case days < ewsEndSoon:
		finding.Severity = check.Warn
	}
	return []check.Finding{finding}
}
