package forest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// schedule is a scheduleInformation: what Graph says about one mailbox.
type schedule struct {
	ID    string         `json:"scheduleId"`
	View  string         `json:"availabilityView,omitempty"`
	Items []scheduleItem `json:"scheduleItems,omitzero"` // nil is left out, an empty list is not
	Hours *scheduleHours `json:"workingHours,omitempty"`
	Error *freeBusyError `json:"error,omitempty"`
}

// scheduleItem is one entry. The first and the next two members are there only
// when details are shown.
type scheduleItem struct {
	Private  *bool        `json:"isPrivate,omitempty"`
	Status   string       `json:"status"`
	Subject  *string      `json:"subject,omitempty"`
	Location *string      `json:"location,omitempty"`
	Start    dateTimeZone `json:"start"`
	End      dateTimeZone `json:"end"`
}

type dateTimeZone struct {
	DateTime string `json:"dateTime"`
	TimeZone string `json:"timeZone"`
}

type freeBusyError struct {
	Message      string `json:"message"`
	ResponseCode string `json:"responseCode"`
}

// sevenDigits is how Graph writes times: no offset, and in units of 100 ns.
const sevenDigits = "2006-01-02T15:04:05.0000000"

// freeBusyStatus has the words of Graph for those of EWS (freebusystatus).
var freeBusyStatus = map[BusyType]string{
	Free: "free", Tentative: "tentative", Busy: "busy", OOF: "oof", WorkingElsewhere: "workingElsewhere", NoData: "unknown",
}

// look says about one mailbox what EWS of Exchange Online would say.
func (g *Graph) look(s *schedule, who target, q *scheduleQuestion, details bool) {
	a := g.Truth.look(who, &q.question, ExchangeOnline)
	if a.refusal != nil {
		s.Error = g.scheduleError(a.refusal)
		return
	}
	m, _ := g.Truth.Mailbox(who.address)
	s.View = merge(m.between(q.from, q.to), q.from, q.to, q.interval, g.digit)
	if m.Kind == Group {
		return
	}
	s.Items = []scheduleItem{}
	for _, e := range a.events {
		s.Items = append(s.Items, e.scheduleItem(q, details && a.detail))
	}
	at := slices.IndexFunc(g.Truth.Mailboxes, func(other Mailbox) bool { return other.Address == m.Address })
	s.Hours = g.hours(a.hours, a.zone, at%2 == 0)
}

// digit says 4 for workingElsewhere, which to EWS means that there are no data.
func (g *Graph) digit(b BusyType) byte {
	if b == WorkingElsewhere && !g.ElsewhereIsFree {
		return '4'
	}
	return rank(b)
}

func (e Event) scheduleItem(q *scheduleQuestion, details bool) scheduleItem {
	at := func(t time.Time) dateTimeZone { return dateTimeZone{q.zone.Wall(t).Format(sevenDigits), q.answerZone} }
	item := scheduleItem{Status: freeBusyStatus[e.Busy], Start: at(e.Start), End: at(e.End)}
	if !details {
		return item
	}
	item.Private = &e.Private
	if !e.Private { // outlook-get-free-busy-schedule, "Event data returned"
		item.Subject, item.Location = &e.Subject, &e.Location
	}
	return item
}

// scheduleError gives the code of a refusal as the number that reports show, if
// there is one.
func (g *Graph) scheduleError(r *refusal) *freeBusyError {
	code := strconv.Itoa(r.number)
	if g.ErrorNames || r.number == unpublished {
		code = r.code
	}
	return &freeBusyError{r.text, code}
}

type scheduleHours struct {
	Days  []string     `json:"daysOfWeek"`
	Start string       `json:"startTime"`
	End   string       `json:"endTime"`
	Zone  scheduleZone `json:"timeZone"`
}

// scheduleZone is a timeZoneBase, which is a name alone, or a customTimeZone.
type scheduleZone struct {
	Type     string      `json:"@odata.type,omitempty"`
	Bias     *int        `json:"bias,omitempty"`
	Name     string      `json:"name"`
	Standard *zoneSwitch `json:"standardOffset,omitempty"`
	Daylight *zoneSwitch `json:"daylightOffset,omitempty"`
}

type zoneSwitch struct {
	DaylightBias *int   `json:"daylightBias,omitempty"`
	Time         string `json:"time"`
	Occurrence   int    `json:"dayOccurrence"`
	DayOfWeek    string `json:"dayOfWeek"`
	Month        int    `json:"month"`
	Year         int    `json:"year"`
}

// hours names the zone, or describes it, since Graph does both.
func (g *Graph) hours(h WorkingHours, z Zone, named bool) *scheduleHours {
	clock := func(minutes int) string { return fmt.Sprintf("%02d:%02d:00.0000000", minutes/60, minutes%60) }
	hours := &scheduleHours{Days: []string{}, Start: clock(h.Start), End: clock(h.End)}
	for _, day := range h.Days {
		hours.Days = append(hours.Days, strings.ToLower(day.String()))
	}
	if named && z.ID != "" {
		hours.Zone.Name = z.ID
		return hours
	}
	bias, daylight := z.Bias+z.Standard.Bias, z.Daylight.Bias-z.Standard.Bias
	if g.BiasAhead {
		bias, daylight = -bias, -daylight
	}
	hours.Zone = scheduleZone{
		Type: "#microsoft.graph.customTimeZone", Name: "Customized Time Zone",
		Bias: &bias, Standard: z.Standard.zoneSwitch(nil), Daylight: z.Daylight.zoneSwitch(&daylight),
	}
	return hours
}

func (s Switch) zoneSwitch(bias *int) *zoneSwitch {
	at := s.Time
	if at == "" {
		at = "00:00:00"
	}
	return &zoneSwitch{bias, at + ".0000000", s.DayOrder, strings.ToLower(s.DayOfWeek.String()), int(s.Month), s.Year}
}
