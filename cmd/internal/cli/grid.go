package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"availproxy/freebusy"
)

// grid draws free/busy as people know it from the scheduling assistant: a block
// for each day, a row for each mailbox, a column for each half hour.
type grid struct {
	window   freebusy.Window
	zone     freebusy.TimeZone
	zoneName string
	rows     []gridRow
	colour   bool
}

type gridRow struct {
	label  string
	failed string // instead of events
	events []freebusy.Event
}

const gridSlot = 30 * time.Minute

// write draws the grid. Half hours outside of the window stay blank.
func (g grid) write(w io.Writer) error {
	var b strings.Builder
	width := 0
	for _, r := range g.rows {
		width = max(width, len(r.label))
	}
	first, last := g.zone.Wall(g.window.Start), g.zone.Wall(g.window.End.Add(-1))
	for day := midnight(first); !day.After(last); day = day.AddDate(0, 0, 1) {
		g.day(&b, day, width)
	}
	fmt.Fprintf(&b, "%s\nTimes in %s.\n", g.legend(), g.zoneName)
	_, err := io.WriteString(w, b.String())
	return err
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func (g grid) day(b *strings.Builder, day time.Time, width int) {
	fmt.Fprintf(b, "%-*s  ", width, day.Format("Mon 2006-01-02"))
	for hour := 0; hour < 24; hour += 2 {
		fmt.Fprintf(b, "%02d  ", hour)
	}
	b.WriteByte('\n')
	for _, r := range g.rows {
		fmt.Fprintf(b, "%-*s  ", width, r.label)
		if r.failed != "" {
			b.WriteString(r.failed)
		} else {
			for slot := range 48 {
				b.WriteString(g.cell(r.events, day.Add(time.Duration(slot)*gridSlot)))
			}
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
}

// cell is the half hour that starts at that wall clock.
func (g grid) cell(events []freebusy.Event, wall time.Time) string {
	half := freebusy.Window{Start: g.zone.Instant(wall), End: g.zone.Instant(wall.Add(gridSlot))}
	if !half.Start.Before(g.window.End) || !half.End.After(g.window.Start) {
		return " "
	}
	if half.Duration() <= 0 {
		return " " // the clock skips this half hour
	}
	busiest := freebusy.Merge(events, half, half.Duration())
	return g.paint(busiest[0])
}

// cells show a digit of MergedFreeBusy as a letter and a colour.
var cells = map[byte]struct{ letter, colour, word string }{
	'0': {".", "2", "free"},
	'1': {"t", "36", "tentative"},
	'2': {"B", "34", "busy"},
	'3': {"O", "35", "out of office"},
	'4': {"?", "2", "no data"},
}

func (g grid) paint(digit byte) string {
	c := cells[digit]
	if !g.colour {
		return c.letter
	}
	return "\x1b[" + c.colour + "m" + c.letter + "\x1b[0m"
}

func (g grid) legend() string {
	var words []string
	for _, digit := range []byte("0123") {
		words = append(words, g.paint(digit)+" "+cells[digit].word)
	}
	return strings.Join(words, "   ")
}
