package cli

import (
	"strings"

	"availproxy/cmd/internal/config"
	"availproxy/freebusy"
	"availproxy/integration/forest"
)

// fromReply is what an old server learned, as a result.
func fromReply(q forest.Question, r *forest.Reply) result {
	res := newResult(freebusy.Window{Start: q.From, End: q.To}, q.Interval)
	for _, m := range r.Mailboxes {
		told := mailboxResult{
			Address: m.Address, ResponseCode: m.Code, MessageText: m.Text, View: m.View, MergedFreeBusy: m.Merged,
			Events: make([]eventResult, len(m.Entries)),
		}
		for i, e := range m.Entries {
			told.Events[i] = eventResult{e.Start.UTC(), e.End.UTC(), string(e.Busy), e.Subject, e.Location}
		}
		if m.Hours != nil {
			told.WorkingHours = &hoursResult{BiasMinutes: m.Hours.Zone.Bias, Periods: []periodResult{}}
			for _, p := range m.Hours.Periods {
				days := make([]string, len(p.Days))
				for i, d := range p.Days {
					days[i] = d.String()
				}
				told.WorkingHours.Periods = append(told.WorkingHours.Periods, periodResult{days, p.Start, p.End})
			}
		}
		res.Mailboxes = append(res.Mailboxes, told)
	}
	return res
}

// fromAnswers is what our own path answered, as a result in that view.
func fromAnswers(q freebusy.Query, view string, answers []freebusy.Answer) result {
	res := newResult(q.Window, q.Interval)
	for i, a := range answers {
		told := mailboxResult{Address: q.Mailboxes[i].Address, ResponseCode: string(freebusy.NoError), View: "None", Events: []eventResult{}}
		switch c := a.Calendar; {
		case a.Err != nil:
			told.ResponseCode, told.MessageText = string(a.Err.Code), a.Err.Text
			if a.Err.Err != nil {
				told.cause = a.Err.Err.Error()
			}
		default:
			told.fill(c, q, view)
		}
		res.Mailboxes = append(res.Mailboxes, told)
	}
	return res
}

// fill shows what a calendar holds of the view that was asked for.
func (m *mailboxResult) fill(c *freebusy.Calendar, q freebusy.Query, view string) {
	m.Path.Connector, m.Path.Backend = c.Origin.Connector, c.Origin.Backend
	if view != "MergedOnly" {
		m.WorkingHours = newHours(c.WorkingHours)
	}
	if c.Merged != nil {
		m.View, m.MergedFreeBusy = "MergedOnly", c.Merged.Digits
		return
	}
	var events []freebusy.Event
	for _, e := range c.Events {
		if q.Window.Holds(e) {
			events = append(events, e)
		}
	}
	m.View = view
	if c.Detail < freebusy.Detailed {
		m.View = strings.Replace(view, "Detailed", "FreeBusy", 1)
	}
	if strings.Contains(view, "Merged") {
		m.MergedFreeBusy = freebusy.Merge(events, q.Window, q.Interval)
	}
	if view != "MergedOnly" {
		m.Events = newEvents(events, strings.Contains(view, "Detailed")) // a cached calendar may hold more than is asked for
	}
}

// connectorFor finds the connector of an address as discovery would: the exact
// domain first, then the longest suffix.
func connectorFor(c *config.Config, address string) (name, backend string) {
	domain := freebusy.SMTP(address).Domain()
	longest := -1
	for _, connector := range c.Connectors {
		for _, d := range connector.TargetAddressDomains {
			exact := string(d) == domain
			if connector.Enabled && d.Matches(domain) && (exact || len(d) > longest) {
				name, backend, longest = connector.Name, string(connector.Backend), len(d)
				if exact {
					return name, backend
				}
			}
		}
	}
	return name, backend
}
