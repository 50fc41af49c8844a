package server_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
)

var (
	questions = flag.Int("referee.questions", usually, "how many random questions the referee asks")
	seed      = flag.Uint64("referee.seed", 0, "what they are drawn from; 0 is the time")
)

// TestTheRefereeAgrees asks random questions through the whole proxy, over TLS,
// and compares everything that the caller reads with what the referee computes
// from the truth of the forests. The referee knows nothing of the proxy: its
// clocks and digits are its own.
func TestTheRefereeAgrees(t *testing.T) {
	from := *seed
	if from == 0 {
		from = uint64(time.Now().UnixNano())
	}
	t.Logf("to have the same questions: -referee.seed=%d", from)
	week := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	courts := map[string]*court{
		"while the north turns its clocks forward and the south back": newCourt(t, week(time.March, 16)),
		"while the north turns its clocks back and the south forward": newCourt(t, week(time.October, 5), plain(t), with("cache: {fresh: 1ns, stale: 1ms, negative: 1ns, padding: 0s}")),
		"over the new year": newCourt(t, week(time.December, 7), plain(t), with("cache: {padding: 3d}")),
	}
	for name, c := range courts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.hear(t, from, *questions/len(courts))
		})
	}
}

// hear asks n questions, a few at the same time.
func (c *court) hear(t *testing.T, seed uint64, n int) {
	var next, wrong atomic.Int64
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for i := next.Add(1); i <= int64(n) && wrong.Load() < 3; i = next.Add(1) {
				d := draw(rand.New(rand.NewPCG(seed, uint64(i))), c.forests[0].Truth.Week)
				if diff := c.judge(t.Context(), d); diff != "" {
					wrong.Add(1)
					t.Errorf("question %d of -referee.seed=%d, %s\n%s", i, seed, d, diff)
				}
			}
		})
	}
	asking.Wait()
}

// drawn is a random question and who asks it.
type drawn struct {
	asker
	forest.Question
	fault string // that it deserves, or ""
}

func (d drawn) String() string {
	return fmt.Sprintf("asked by %s in zone %+v (form %d) from %s to %s (offsets %t), view %q, interval %s, about %q", d.generation, d.zone, d.form,
		d.From.Format(time.RFC3339), d.To.Format(time.RFC3339), d.Offsets, d.View, d.Interval, d.Mailboxes)
}

// judge asks d and says how the answer differs from the truth.
func (c *court) judge(ctx context.Context, d drawn) string {
	reply, err := c.by(d.asker).Ask(ctx, d.Question)
	if d.fault != "" {
		fault, ok := errors.AsType[*forest.FaultError](err)
		if !ok || fault.Code != d.fault {
			return fmt.Sprintf("it got %v, %v, want the fault %s", reply, err, d.fault)
		}
		return ""
	}
	if err != nil {
		return err.Error()
	}
	var want, got []told
	for i, m := range reply.Mailboxes {
		want, got = append(want, c.truth(d, d.Mailboxes[i])), append(got, toldBy(m))
		if got[i].Code == "ErrorResultSetTooBig" && c.tooMany(d, d.Mailboxes[i]) {
			want[i] = refused("ErrorResultSetTooBig") // unless the proxy has it from several answers
		}
	}
	return cmp.Diff(want, got)
}

// told is what an answer says about one mailbox, as its reader sees it.
type told struct {
	Class, Code, View, Merged string
	Entries                   []string
	Hours                     string
}

func toldBy(m forest.MailboxReply) told {
	say := told{Class: m.Class, Code: m.Code, View: m.View, Merged: m.Merged}
	for _, e := range m.Entries {
		say.Entries = append(say.Entries, entry(e.Event, e.WallStart, e.WallEnd, e.Detailed))
	}
	if m.Hours != nil {
		say.Hours = hours(m.Hours.Zone, m.Hours.Periods...)
	}
	return say
}

func entry(e forest.Event, start, end time.Time, detailed bool) string {
	text := start.Format(time.DateTime) + " to " + end.Format(time.DateTime) + " " + string(e.Busy)
	if detailed {
		text += fmt.Sprintf(" %q %q %q %t %t %t %t %t", e.ID, e.Subject, e.Location, e.Meeting, e.Recurring, e.Exception, e.Reminder, e.Private)
	}
	return text
}

func hours(z forest.Zone, periods ...forest.WorkingHours) string {
	z.Name, z.ID = "", ""
	for _, s := range []*forest.Switch{&z.Standard, &z.Daylight} {
		if s.Month == 0 {
			s.Time = "00:00:00"
		}
	}
	return fmt.Sprintf("%+v %v", z, periods)
}

// truth is what d should be told about one of its mailboxes.
func (c *court) truth(d drawn, address string) told {
	name, domain, isAddress := strings.Cut(strings.ToLower(address), "@")
	switch {
	case strings.HasPrefix(address, "EX:"):
		return refused("ErrorMailRecipientNotFound")
	case !isAddress || name == "" || domain == "":
		return refused("ErrorInvalidSmtpAddress")
	case domain == closed:
		return refused("ErrorNoFreeBusyAccess")
	}
	for _, f := range c.forests {
		if f.Domain() == domain {
			return d.told(f, address)
		}
	}
	return refused("ErrorAddressSpaceNotFound")
}

func refused(code string) told { return told{Class: "Error", Code: code, View: "None"} }

// told is the truth of one forest about a mailbox of it.
func (d drawn) told(f *forest.Forest, address string) told {
	m, known := f.Truth.Mailbox(address)
	switch {
	case !known:
		return refused("ErrorMailRecipientNotFound")
	case m.Access == forest.AccessNone:
		return refused("ErrorNoFreeBusyAccess")
	}
	say := told{Class: "Success", Code: "NoError", View: d.granted(f, m)}
	if strings.Contains(say.View, "Merged") {
		say.Merged = digits(m.Events, d.From, d.To, d.Interval)
	}
	if say.View == "MergedOnly" {
		return say
	}
	say.Hours = hours(m.Zone, m.WorkingHours)
	for _, e := range m.Events {
		if within(e, d.From, d.To) {
			say.Entries = append(say.Entries, d.entry(f, e, strings.HasPrefix(say.View, "Detailed")))
		}
	}
	return say
}

// entry is an event as that caller reads it of that forest: what either is too
// old for is left out, and so is what is private.
func (d drawn) entry(f *forest.Forest, e forest.Event, detailed bool) string {
	if e.Busy == forest.WorkingElsewhere && (d.generation < forest.Exchange2013 || f.EWS.Generation < forest.Exchange2013) {
		e.Busy = forest.Free
	}
	if e.Private {
		e.ID, e.Subject, e.Location = "", "", ""
	}
	return entry(e, d.zone.Wall(e.Start), d.zone.Wall(e.End), detailed)
}

// granted is the union of the views that d asks for, less what the connector or
// the calendar does not show.
func (d drawn) granted(f *forest.Forest, m forest.Mailbox) string {
	detailed := strings.Contains(d.View, "Detailed") && f.Domain() != wingtip && m.Access == forest.AccessDetails
	events := detailed || strings.Contains(d.View, "Detailed") || strings.Contains(d.View, "FreeBusy")
	view := map[bool]string{true: "Detailed", false: "FreeBusy"}[detailed]
	switch merged := strings.Contains(d.View, "Merged"); {
	case !events, m.Kind == forest.Group:
		return "MergedOnly"
	case merged:
		return view + "Merged"
	}
	return view
}

// tooMany reports whether a forest has more to list than it does at once. It
// counts the entries that end where the window begins, too.
func (c *court) tooMany(d drawn, address string) bool {
	m, _ := c.forests[0].Truth.Mailbox(address)
	n := 0
	for _, e := range m.Events {
		if e.Start.Before(d.To) && !e.End.Before(d.From) {
			n++
		}
	}
	return n > 1000
}

// within reports whether an answer about those hours holds e.
func within(e forest.Event, from, to time.Time) bool {
	if e.Start.Equal(e.End) {
		return !e.Start.Before(from) && e.Start.Before(to)
	}
	return e.Start.Before(to) && e.End.After(from)
}

// digits asks each slot for the busiest event that reaches into it ([MS-OXWAVLS]
// 3.1.4.1.4.1). The last slot ends with the window.
func digits(events []forest.Event, from, to time.Time, interval time.Duration) string {
	rank := map[forest.BusyType]byte{forest.Tentative: '1', forest.Busy: '2', forest.OOF: '3'}
	events = slices.DeleteFunc(slices.Clone(events), func(e forest.Event) bool { return rank[e.Busy] == 0 || !within(e, from, to) })
	var all strings.Builder
	for slot := from; slot.Before(to); slot = slot.Add(interval) {
		end := slot.Add(interval)
		if end.After(to) {
			end = to
		}
		digit := byte('0')
		for _, e := range events {
			if e.Start.Before(end) && e.End.After(slot) {
				digit = max(digit, rank[e.Busy])
			}
		}
		all.WriteByte(digit)
	}
	return all.String()
}
