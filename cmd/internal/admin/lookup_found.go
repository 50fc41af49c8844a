package admin

import (
	"time"

	"availproxy/cmd/internal/history"
	"availproxy/freebusy"
)

// found is what a look-up has found, ready to be shown.
type found struct {
	Zone      string
	Days      []foundDay
	Mailboxes []foundMailbox
	Story     *history.Story
	Kinds     []kind // the legend
}

// foundDay is one day with a strip for each mailbox.
type foundDay struct {
	Start  time.Time // in its zone
	Ticks  []tick
	Strips []strip
}

// foundMailbox is one mailbox: where its answer comes from and its entries, or why
// there is none.
type foundMailbox struct {
	Address string
	Origin  freebusy.Origin
	AsOf    time.Time
	Digits  bool // the other side gave digits and no entries
	NoHours bool
	Failure *Failure
	Entries []entry
}

// entry is one row of the table.
type entry struct{ Day, Time, Word, Kind string }

func newFound(a asked, f Found) *found {
	v := &found{Zone: zoneName(a.zone, a.query.Window.Start), Story: f.Story, Kinds: kinds}
	for _, day := range a.days {
		d := drawing{day, a.zone}
		shown := foundDay{Start: day.Start, Ticks: d.ticks()}
		for i, m := range f.Mailboxes {
			shown.Strips = append(shown.Strips, d.strip(a.query.Mailboxes[i].Address, m))
		}
		v.Days = append(v.Days, shown)
	}
	for i, m := range f.Mailboxes {
		v.Mailboxes = append(v.Mailboxes, a.mailbox(a.query.Mailboxes[i].Address, m))
	}
	return v
}

func (a asked) mailbox(address string, m MailboxFound) foundMailbox {
	shown := foundMailbox{Address: address, Failure: m.Failure}
	if m.Failure != nil {
		return shown
	}
	c := m.Calendar
	shown.Origin, shown.AsOf, shown.Digits, shown.NoHours = c.Origin, c.AsOf, c.Merged != nil, c.WorkingHours == nil
	for _, day := range a.days {
		d := drawing{day, a.zone}
		for _, e := range d.events(c) {
			if e.Busy != freebusy.Free {
				shown.Entries = append(shown.Entries, entry{
					day.Start.In(a.zone).Format("Mon 2006-01-02"), d.span(freebusy.Window{Start: e.Start, End: e.End}), word(e.Busy), kindOf(e.Busy),
				})
			}
		}
	}
	return shown
}

// zoneName is how to call a zone in a sentence.
func zoneName(zone *time.Location, at time.Time) string {
	if zone == time.Local {
		return "the zone of this machine, " + at.In(zone).Format("MST -07:00")
	}
	return zone.String()
}
