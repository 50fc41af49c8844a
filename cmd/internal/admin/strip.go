package admin

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"availproxy/freebusy"
)

// strip is one mailbox on one day, drawn from its midnight on the left to the next
// one on the right. Places and widths are percentages of that, so that a strip is
// as wide as the page lets it be.
type strip struct {
	Mailbox string
	Words   string // all that is drawn, for whoever does not see it
	Work    []bar
	Bars    []bar // the busiest last, which is drawn on top
}

// bar is a part of a strip.
type bar struct {
	X, Width string // percentages
	Kind     string // a class of the stylesheet and a pattern of the page
	Words    string
}

// tick is an hour of the axis.
type tick struct {
	X, Label string
	Class    string // "major", which small screens show as well, or "minor"
}

// narrowest is the least part of a day that is seen; a reminder takes no time.
const narrowest = 0.35

// drawing is a day on the clock of its own zone.
type drawing struct {
	day  freebusy.Window
	zone *time.Location
}

func (d drawing) percent(t time.Time) float64 {
	return 100 * float64(t.Sub(d.day.Start)) / float64(d.day.Duration())
}

// bar is the part of w that falls on the day.
func (d drawing) bar(w freebusy.Window, kind, words string) bar {
	from, to := max(0, d.percent(w.Start)), min(100, d.percent(w.End))
	width := max(to-from, narrowest)
	return bar{X: percent(min(from, 100-width)), Width: percent(width), Kind: kind, Words: words}
}

func percent(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) + "%" }

// ticks are the hours of the day as its clock shows them, every other one: a
// switch of the clock shows an hour twice, or leaves one out.
func (d drawing) ticks() []tick {
	var all []tick
	for at := d.day.Start; at.Before(d.day.End); at = at.Add(time.Hour) {
		hour := at.In(d.zone).Hour()
		if hour%2 != 0 || at.In(d.zone).Minute() != 0 {
			continue
		}
		class := "minor"
		if hour%6 == 0 {
			class = "major"
		}
		all = append(all, tick{percent(d.percent(at)), fmt.Sprintf("%02d", hour), class})
	}
	return all
}

// strip draws what is known of a mailbox on the day.
func (d drawing) strip(mailbox string, m MailboxFound) strip {
	s := strip{Mailbox: mailbox}
	if m.Failure != nil {
		s.Bars = []bar{d.bar(d.day, "nodata", "no data")}
		s.Words = d.words(mailbox, []string{"no data: " + m.Failure.Said})
		return s
	}
	var said []string
	for _, e := range d.events(m.Calendar) {
		if e.Busy != freebusy.Free {
			said = append(said, d.clocked(e))
		}
	}
	for _, e := range byBusyness(d.events(m.Calendar)) {
		if e.Busy != freebusy.Free {
			s.Bars = append(s.Bars, d.bar(freebusy.Window{Start: e.Start, End: e.End}, kindOf(e.Busy), d.clocked(e)))
		}
	}
	if len(said) == 0 {
		said = append(said, "free all day")
	}
	if h := m.Calendar.WorkingHours; h != nil {
		for _, w := range h.Within(d.day) {
			s.Work = append(s.Work, d.bar(w, "work", ""))
			said = append(said, "works "+d.span(w))
		}
	}
	s.Words = d.words(mailbox, said)
	return s
}

// events are those of the calendar that fall on the day, by their starts.
func (d drawing) events(c *freebusy.Calendar) []freebusy.Event {
	events := c.Events
	if c.Merged != nil {
		events = c.Merged.Events()
	}
	var on []freebusy.Event
	for _, e := range events {
		if d.day.Holds(e) {
			on = append(on, e)
		}
	}
	return on
}

// byBusyness puts the busiest last. WorkingElsewhere is hardly busy at all, and no
// data is none.
func byBusyness(events []freebusy.Event) []freebusy.Event {
	sorted := slices.Clone(events)
	rank := func(e freebusy.Event) int {
		return slices.Index([]freebusy.BusyType{freebusy.Free, freebusy.NoData, freebusy.WorkingElsewhere, freebusy.Tentative, freebusy.Busy, freebusy.OOF}, e.Busy)
	}
	slices.SortStableFunc(sorted, func(a, b freebusy.Event) int { return cmp.Compare(rank(a), rank(b)) })
	return sorted
}
