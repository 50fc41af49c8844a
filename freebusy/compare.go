package freebusy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Compare returns in what two answers about the same mailbox differ over w: nil
// for nothing. The order of events does not matter, nor do parts of seconds,
// which EWS does not write. The answers the other way round have the same
// differences, each the other way round.
//
// What Graph does not have by its documents is no difference (see package
// freebusy/graph): the ID and the flags of an event, and details of an event
// without subject and location.
func Compare(served, other Answer, w Window) []Difference {
	c := comparison{window: w}
	a, b := served.Calendar, other.Calendar
	switch {
	case a == nil || b == nil:
		if served.code() != other.code() {
			c.differ(CodeDiffers, string(served.code()), string(other.code()))
		}
		return c.found
	case a.onlyDigits() || b.onlyDigits():
		c.digits(a, b)
	default:
		c.zones = []*WorkingHours{a.WorkingHours, b.WorkingHours}
		c.events(a.Events, b.Events)
	}
	c.workingHours(a.WorkingHours, b.WorkingHours)
	return c.found
}

func (a Answer) code() Code {
	if a.Err == nil {
		return NoError
	}
	return a.Err.Code
}

// comparison is one Compare under way.
type comparison struct {
	window Window
	zones  []*WorkingHours // of either side, nil where not told
	found  []Difference
}

func (c *comparison) differ(kind DifferenceKind, served, other string) {
	c.found = append(c.found, Difference{kind, served, other})
}

func (c *Calendar) onlyDigits() bool { return c.Detail == MergedOnly && c.Merged != nil }

// digits compares slots, because one side has nothing else, and tells of each
// run of slots in which the same differs.
func (c *comparison) digits(served, other *Calendar) {
	grid := other.Merged
	if served.onlyDigits() {
		grid = served.Merged
	}
	if served.onlyDigits() != other.onlyDigits() {
		c.differ(DetailGranted, served.Detail.String(), other.Detail.String())
	}
	a, b := c.digitsOf(served, grid), c.digitsOf(other, grid)
	slots := min(len(a), len(b))
	for from, to := 0, 0; from < slots; from = to {
		for to = from; to < slots && a[to] == a[from] && b[to] == b[from]; to++ {
		}
		if a[from] != b[from] {
			c.slots(grid.slots(from, to), a[from], b[from])
		}
	}
}

// digitsOf are the digits of one side for the slots of grid. Those of a Merged
// that has other slots cannot be told. No data is free, as in [Merge].
func (c *comparison) digitsOf(side *Calendar, grid *Merged) string {
	switch {
	case grid.Interval <= 0:
		return ""
	case !side.onlyDigits():
		whole := grid.slots(0, len(grid.Digits))
		whole.End = earlier(whole.End, c.window.End) // nobody knows what comes after it
		return Merge(side.Events, whole, grid.Interval)
	case side.Merged.Start.Equal(grid.Start) && side.Merged.Interval == grid.Interval:
		return strings.ReplaceAll(side.Merged.Digits, "4", "0")
	}
	return ""
}

// slots is the time of the slots from and up to another one.
func (m *Merged) slots(from, to int) Window {
	return Window{m.Start.Add(time.Duration(from) * m.Interval), m.Start.Add(time.Duration(to) * m.Interval)}
}

func (c *comparison) slots(w Window, served, other byte) {
	kind := BusyTypeDiffers
	switch {
	case other == '0':
		kind = OnlyServed
	case served == '0':
		kind = OnlyOther
	}
	tell := func(digit byte) string {
		if digit == '0' {
			return ""
		}
		return Event{w.Start, w.End, BusyType(digit - '0'), nil}.told()
	}
	c.differ(kind, tell(served), tell(other))
}

// told is e without its details.
func (e Event) told() string {
	const minute, clock = "2006-01-02 15:04", "15:04"
	start, end, layout := e.Start.UTC(), e.End.UTC(), minute
	if start.Truncate(24 * time.Hour).Equal(end.Truncate(24 * time.Hour)) {
		layout = clock
	}
	return start.Format(minute) + " to " + end.Format(layout) + " UTC " + e.Busy.String()
}

// workingHours compares when there is work, and not how the rules of the zone
// are written: Graph names a zone where EWS spells it out.
func (c *comparison) workingHours(served, other *WorkingHours) {
	week := Window{c.window.Start, c.window.Start.AddDate(0, 0, 7)}
	same := (served == nil) == (other == nil)
	if same && served != nil {
		same = slices.EqualFunc(served.Within(week), other.Within(week), func(a, b Window) bool {
			return a.Start.Equal(b.Start) && a.End.Equal(b.End)
		})
	}
	if !same {
		c.differ(WorkingHoursDiffers, served.told(week.Start), other.told(week.Start))
	}
}

// told is h as it is at at.
func (h *WorkingHours) told(at time.Time) string {
	if h == nil {
		return ""
	}
	var text strings.Builder
	for _, p := range h.Periods {
		for _, day := range p.Days {
			text.WriteString(day.String()[:3] + " ")
		}
		fmt.Fprintf(&text, "%02d:%02d to %02d:%02d, ", p.Start/60, p.Start%60, p.End/60, p.End%60)
	}
	text.WriteString(at.In(time.FixedZone("", int(h.Zone.Offset(at).Seconds()))).Format("UTC-07:00"))
	return text.String()
}
