package integration

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
)

// told is an answer about one mailbox in words that compare.
type told struct {
	Code, View, Merged string
	Entries            []string
	Hours              string
}

func toldBy(m forest.MailboxReply) told {
	say := told{Code: m.Code, View: m.View, Merged: m.Merged}
	for _, e := range m.Entries {
		say.Entries = append(say.Entries, entry(e.Event, e.Detailed))
	}
	if m.Hours != nil {
		say.Hours = hours(m.Hours.Zone, m.Hours.Periods...)
	}
	return say
}

// hours are working hours with the rules of the zone that they are in.
func hours(z forest.Zone, periods ...forest.WorkingHours) string {
	if z.Standard.Month == 0 {
		return fmt.Sprint(periods, " at ", z.Bias)
	}
	return fmt.Sprint(periods, " at ", z.Bias, " switching ", z.Standard, z.Daylight)
}

func entry(e forest.Event, detailed bool) string {
	text := fmt.Sprint(e.Start.UTC().Format(time.RFC3339), " ", e.End.UTC().Format(time.RFC3339), " ", e.Busy)
	if detailed {
		text += fmt.Sprintf(" %q %q %t %t %t %t %t", e.Subject, e.Location, e.Meeting, e.Recurring, e.Exception, e.Reminder, e.Private)
	}
	return text
}

// truth is what a server of that age should be told about a mailbox: by what
// the forest knows, and nothing that the proxy computes.
func truth(f *forest.Forest, address string, q forest.Question, g forest.Generation) told {
	return truthIn(forest.Zone{}, f, address, q, g)
}

// truthIn is truth for a server that reads it on the wall clock of z, where an
// hour that comes twice cannot be told apart.
func truthIn(z forest.Zone, f *forest.Forest, address string, q forest.Question, g forest.Generation) told {
	m, known := f.Truth.Mailbox(address)
	switch {
	case !known:
		return told{Code: "ErrorMailRecipientNotFound", View: "None"}
	case m.Access == forest.AccessNone:
		return told{Code: "ErrorNoFreeBusyAccess", View: "None"}
	}
	view := cmp.Or(q.View, "DetailedMerged")
	say := told{Code: "NoError", View: view}
	if strings.Contains(view, "Merged") {
		say.Merged = digits(m.Events, q)
	}
	if view == "MergedOnly" {
		return say
	}
	detailed := m.Access == forest.AccessDetails && strings.HasPrefix(view, "Detailed")
	if !detailed {
		say.View = strings.Replace(view, "Detailed", "FreeBusy", 1)
	}
	say.Hours = hours(m.Zone, m.WorkingHours)
	for _, e := range m.Events {
		if !within(e, q.From, q.To) {
			continue
		}
		if e.Busy == forest.WorkingElsewhere && g < forest.Exchange2013 {
			e.Busy = forest.Free // 2007 and 2010 have no word for it
		}
		if e.Private {
			e.Subject, e.Location = "", ""
		}
		e.Start, e.End = z.Instant(z.Wall(e.Start)), z.Instant(z.Wall(e.End))
		say.Entries = append(say.Entries, entry(e, detailed))
	}
	return say
}

// within reports whether an answer about those hours holds e.
func within(e forest.Event, from, to time.Time) bool {
	if e.Start.Equal(e.End) {
		return !e.Start.Before(from) && e.Start.Before(to)
	}
	return e.Start.Before(to) && e.End.After(from)
}

// digits asks each interval, by default half an hour, for the busiest entry that reaches into it.
func digits(events []forest.Event, q forest.Question) string {
	interval := q.Interval
	if interval == 0 {
		interval = 30 * time.Minute
	}
	rank := map[forest.BusyType]byte{forest.Tentative: '1', forest.Busy: '2', forest.OOF: '3'}
	var all strings.Builder
	for slot := q.From; slot.Before(q.To); slot = slot.Add(interval) {
		digit := byte('0')
		for _, e := range events {
			if within(e, q.From, q.To) && e.Start.Before(slot.Add(interval)) && e.End.After(slot) {
				digit = max(digit, rank[e.Busy])
			}
		}
		all.WriteByte(digit)
	}
	return all.String()
}

// isTrue fails when a reply differs from what the forests know.
func isTrue(t *testing.T, r *forest.Reply, q forest.Question, g forest.Generation, forests ...*forest.Forest) {
	t.Helper()
	for _, m := range r.Mailboxes {
		for _, f := range forests {
			if !strings.HasSuffix(m.Address, "@"+f.Domain()) {
				continue
			}
			if diff := gocmp.Diff(truth(f, m.Address, q, g), toldBy(m)); diff != "" {
				t.Errorf("%s, as an Exchange %s reads it, differs from the truth:\n%s", m.Address, g, diff)
			}
		}
	}
}
