package admin

import (
	"strings"
	"time"

	"availproxy/freebusy"
)

// kind is how a busy type is called and drawn.
type kind struct{ Class, Word string }

// kinds are those of the legend, in its order.
var kinds = []kind{
	{"tentative", "tentative"}, {"busy", "busy"}, {"oof", "out of office"}, {"elsewhere", "working elsewhere"}, {"nodata", "no data"},
}

// kindOf is the class of a busy type.
func kindOf(b freebusy.BusyType) string {
	switch b {
	case freebusy.Tentative:
		return "tentative"
	case freebusy.Busy:
		return "busy"
	case freebusy.OOF:
		return "oof"
	case freebusy.WorkingElsewhere:
		return "elsewhere"
	default:
		return "nodata"
	}
}

// word is the busy type for people.
func word(b freebusy.BusyType) string {
	if b == freebusy.Free {
		return "free"
	}
	for _, k := range kinds {
		if k.Class == kindOf(b) {
			return k.Word
		}
	}
	return "no data"
}

// words are the sentence that says all of a strip.
func (d drawing) words(mailbox string, said []string) string {
	return mailbox + " on " + d.day.Start.In(d.zone).Format("Monday 2 January 2006") + ": " + strings.Join(said, "; ") + "."
}

// clocked is an event in words: "busy 09:00 to 10:30".
func (d drawing) clocked(e freebusy.Event) string {
	return word(e.Busy) + " " + d.span(freebusy.Window{Start: e.Start, End: e.End})
}

// span is the part of w that falls on the day, by its clock.
func (d drawing) span(w freebusy.Window) string {
	from, to := d.clock(w.Start), d.clock(w.End)
	switch {
	case !w.Start.After(d.day.Start) && !w.End.Before(d.day.End):
		return "all day"
	case w.Start.Equal(w.End):
		return "at " + from
	default:
		return from + " to " + to
	}
}

// clock is the time of day at t, which may be before the day or after it.
func (d drawing) clock(t time.Time) string {
	switch {
	case t.Before(d.day.Start):
		return "00:00"
	case !t.Before(d.day.End):
		return "24:00"
	default:
		return t.In(d.zone).Format("15:04")
	}
}
