package cli

import (
	"encoding/json"
	"io"
	"time"

	"availproxy/cmd/internal/history"
	"availproxy/freebusy"
)

// result is what demo and lookup found out. Its JSON form is a contract that
// operators script against.
type result struct {
	Mailboxes []mailboxResult `json:"mailboxes"`
	Window    windowResult    `json:"window"`
	Interval  int             `json:"interval"` // minutes
	Story     *history.Story  `json:"story,omitempty"`
}

type windowResult struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

type mailboxResult struct {
	Address        string        `json:"address"`
	ResponseCode   string        `json:"responseCode"`
	MessageText    string        `json:"messageText,omitempty"`
	View           string        `json:"view"`
	MergedFreeBusy string        `json:"mergedFreeBusy,omitempty"`
	Events         []eventResult `json:"events"`
	WorkingHours   *hoursResult  `json:"workingHours,omitempty"`
	Path           pathResult    `json:"path"`

	cause string // of an error, for whoever asks to have it explained
}

type eventResult struct {
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	BusyType string    `json:"busyType"`
	Subject  string    `json:"subject,omitempty"`
	Location string    `json:"location,omitempty"`
}

type hoursResult struct {
	BiasMinutes int            `json:"biasMinutes"` // of the owner's zone, added to local time to get UTC
	Periods     []periodResult `json:"periods"`
}

type periodResult struct {
	Days  []string `json:"days"`
	Start int      `json:"startTimeInMinutes"`
	End   int      `json:"endTimeInMinutes"`
}

type pathResult struct {
	Connector string      `json:"connector"`
	Backend   string      `json:"backend"`
	Cache     string      `json:"cache"` // fresh, stale, partial or none
	Hops      []hopResult `json:"hops"`
}

func newResult(w freebusy.Window, interval time.Duration) result {
	return result{
		Mailboxes: []mailboxResult{},
		Window:    windowResult{w.Start.UTC(), w.End.UTC()},
		Interval:  int(interval / time.Minute),
	}
}

func newEvents(events []freebusy.Event, detailed bool) []eventResult {
	all := make([]eventResult, len(events))
	for i, e := range events {
		all[i] = eventResult{Start: e.Start.UTC(), End: e.End.UTC(), BusyType: e.Busy.String()}
		if d := e.Details; d != nil && detailed {
			all[i].Subject, all[i].Location = d.Subject, d.Location
		}
	}
	return all
}

func newHours(h *freebusy.WorkingHours) *hoursResult {
	if h == nil {
		return nil
	}
	r := &hoursResult{BiasMinutes: h.Zone.Bias, Periods: []periodResult{}}
	for _, p := range h.Periods {
		days := make([]string, len(p.Days))
		for i, d := range p.Days {
			days[i] = d.String()
		}
		r.Periods = append(r.Periods, periodResult{days, p.Start, p.End})
	}
	return r
}

// printJSON writes one document and nothing else.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// grid draws what r says on the clock of that zone.
func (r result) grid(w io.Writer, zone freebusy.TimeZone, zoneName string, colour bool) error {
	g := grid{window: freebusy.Window{Start: r.Window.Start, End: r.Window.End}, zone: zone, zoneName: zoneName, colour: colour}
	for _, m := range r.Mailboxes {
		row := gridRow{label: m.Address}
		if m.ResponseCode != string(freebusy.NoError) {
			row.failed = m.ResponseCode
		}
		for _, e := range m.Events {
			busy, _ := freebusy.ParseBusyType(e.BusyType)
			row.events = append(row.events, freebusy.Event{Start: e.Start, End: e.End, Busy: busy})
		}
		if len(m.Events) == 0 && m.MergedFreeBusy != "" {
			row.events = freebusy.Merged{Start: r.Window.Start, Interval: time.Duration(r.Interval) * time.Minute, Digits: m.MergedFreeBusy}.Events()
		}
		g.rows = append(g.rows, row)
	}
	return g.write(w)
}
