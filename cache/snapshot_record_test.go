package cache

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

var update = flag.Bool("update", false, "write the snapshots in testdata again")

// records are what is sealed in a snapshot.
func records(t failer, file []byte) []byte {
	r, err := newFrameReader(bytes.NewReader(file), keyOne)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// loadRecords reads what is sealed in a snapshot, at that time.
func loadRecords(content []byte, now time.Time) (loading, error) {
	l := loading{how: how, now: now, room: 1 << 20}
	return l, eachRecord(bytes.NewReader(content), l.take)
}

// example holds everything that a calendar may hold.
func example(t failer) *Store {
	s := newStore(t, 1<<20)
	events, digits := weekOf("Fabrikam"), weekOf("Fabrikam")
	events.Detail = freebusy.Detailed
	events.Origin.Backend, events.Origin.URL, events.Origin.RequestID = "ews", "https://mail.fabrikam.example/EWS/Exchange.asmx", "42"
	events.Events = []freebusy.Event{
		{Start: monday, End: monday, Busy: freebusy.Free},
		{Start: monday.Add(time.Hour), End: monday.Add(2*time.Hour + 1), Busy: freebusy.OOF, Details: &freebusy.Details{ID: "1", Subject: "Lunch", Location: "Canteen", IsMeeting: true, IsReminderSet: true}},
		{Start: monday.Add(time.Hour), End: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), Busy: freebusy.NoData, Details: &freebusy.Details{IsPrivate: true}},
	}
	events.WorkingHours = &freebusy.WorkingHours{
		Zone: freebusy.TimeZone{
			Bias: -60, Standard: freebusy.Transition{Month: time.October, DayOrder: 5, Time: 3 * 3600},
			Daylight: freebusy.Transition{Bias: -60, Month: time.March, DayOrder: 5, Time: 2 * 3600},
		},
		Periods: []freebusy.WorkingPeriod{{Days: []time.Weekday{time.Monday, time.Friday}, Start: 8 * 60, End: 17 * 60}},
	}
	digits.Detail, digits.Merged = freebusy.MergedOnly, &freebusy.Merged{Start: week.Start, Interval: 30 * time.Minute, Digits: "01234"}
	for age, c := range map[time.Duration]*freebusy.Calendar{time.Minute: events, 2 * time.Minute: digits} {
		c.AsOf = time.Now().Add(-age)
	}
	s.change(keyOf(freebusy.Scope{}, anna), func(e entry) entry { return e.with(held{digits, 0.05}) })
	s.change(keyOf(eve, alice), func(e entry) entry { return e.with(held{events, 0.025}) })
	return s
}

// A snapshot of an earlier run of this version is read, so that its bytes mean
// what they did: whatever changes them needs another snapshotVersion.
func TestASnapshotOfThisVersionCanBeRead(t *testing.T) {
	path := filepath.Join("testdata", fmt.Sprintf("version-%d.snapshot", snapshotVersion))
	synctest.Test(t, func(t *testing.T) {
		want := example(t)
		if *update {
			if err := os.WriteFile(path, save(t, want, how), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got := newStore(t, 1<<20)
		if loaded := load(t, got, file, how); loaded != (Loaded{Mailboxes: 2, Calendars: 2}) {
			t.Errorf("loaded %+v", loaded)
		}
		for _, k := range []key{keyOf(eve, alice), keyOf(freebusy.Scope{}, anna)} {
			if d := cmp.Diff(want.peek(k), got.peek(k), equalCalendars, cmp.AllowUnexported(entry{}, held{})); d != "" {
				t.Errorf("(-made +loaded)\n%s", d)
			}
		}
		if len(records(t, file)) != len(records(t, save(t, want, how))) {
			t.Error("other bytes are written by now: count snapshotVersion up")
		}
	})
}

func TestRecordsThatMakeNoSense(t *testing.T) {
	record := func(fill func(p *pen)) []byte {
		var p pen
		fill(&p)
		var b bytes.Buffer
		p.writeTo(&b)
		return b.Bytes()
	}
	begin := record(func(p *pen) { p.count(recordBegin); p.moment(monday) })
	from := record(func(p *pen) {
		p.count(recordOrigin)
		for _, text := range []string{"Fabrikam", "ews", "", how.Fingerprint("Fabrikam")} {
			p.text(text)
		}
	})
	mailbox := func(after func(p *pen)) []byte {
		return record(func(p *pen) {
			p.count(recordMailbox)
			p.mailbox(keyOf(eve, alice))
			after(p)
		})
	}
	calendar := func(of func(p *pen)) []byte {
		return mailbox(func(p *pen) {
			p.count(1)
			p.count(0)
			p.text("")
			p.moment(monday)
			of(p)
		})
	}
	tests := map[string][][]byte{
		"no beginning":                  {from},
		"two beginnings":                {begin, begin},
		"a kind that nobody knows":      {begin, record(func(p *pen) { p.count(7) })},
		"more than was said":            {record(func(p *pen) { p.count(recordBegin); p.moment(monday); p.count(0) })},
		"less than was said":            {begin, from[:len(from)-1]},
		"a length without an end":       {begin, bytes.Repeat([]byte{0xff}, 11)},
		"a length that is too much":     {begin, binary.AppendUvarint(nil, mostRecord+1)},
		"a text that is too long":       {begin, record(func(p *pen) { p.count(recordOrigin); p.count(math.MaxInt) })},
		"an empty record":               {begin, {0}},
		"an origin that was not told":   {begin, calendar(func(p *pen) { p.fraction(0); p.calendar(weekOf("")) })},
		"too many calendars":            {begin, from, mailbox(func(p *pen) { p.count(maxHeld + 1) })},
		"a jitter that is none":         {begin, from, calendar(func(p *pen) { p.fraction(math.NaN()); p.calendar(weekOf("")) })},
		"a jitter that is too much":     {begin, from, calendar(func(p *pen) { p.fraction(0.5); p.calendar(weekOf("")) })},
		"a detail that there is not":    {begin, from, calendar(func(p *pen) { p.fraction(0); p.window(week); p.count(3) })},
		"more events than can be there": {begin, from, calendar(func(p *pen) { p.fraction(0); p.window(week); p.count(1); p.flags(false, false); p.count(1 << 40) })},
		"a flag that there is not":      {begin, from, calendar(func(p *pen) { p.fraction(0); p.window(week); p.count(1); p.flags(false, false, true); p.count(0) })},
		"too many nanoseconds":          {record(func(p *pen) { p.count(recordBegin); p.number(0); p.count(1e9) })},
	}
	for name, parts := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, 1<<20)
			if _, err := s.Load(bytes.NewReader(seal(t, keyOne, bytes.Join(parts, nil), 1000)), how); err == nil || s.Stats().Mailboxes != 0 {
				t.Errorf("got %v and hold %+v", err, s.Stats())
			}
		})
	}
	s := newStore(t, 1<<20)
	good := [][]byte{begin, from, calendar(func(p *pen) { p.fraction(0); p.calendar(weekOf("")) })}
	if _, err := s.Load(bytes.NewReader(seal(t, keyOne, bytes.Join(good, nil), 1000)), how); err != nil {
		t.Errorf("what makes sense is not taken: %v", err)
	}
}

// FuzzRecords looks for records that stop the reader, take memory that they do
// not fill, or say something else when they are written again.
func FuzzRecords(f *testing.F) {
	now := time.Now()
	later := how
	later.Longest += time.Hour // what is read is not too old a moment later
	f.Add(records(f, save(f, example(f), how)))
	f.Add(records(f, save(f, newStore(f, 1<<20), how)))
	f.Fuzz(func(t *testing.T, content []byte) {
		l, err := loadRecords(content, now)
		if err != nil {
			return
		}
		s := newStore(t, 1<<30)
		events := 0
		for _, m := range l.mailboxes {
			s.change(m.key, func(entry) entry { return m.entry })
			for _, h := range m.entry.held {
				events += cap(h.calendar.Events)
			}
		}
		if events > len(content)/leastEvent {
			t.Errorf("%d events in %d bytes", events, len(content))
		}
		again := newStore(t, 1<<30)
		load(t, again, save(t, s, later), later)
		for _, m := range l.mailboxes {
			if d := cmp.Diff(s.peek(m.key).held, again.peek(m.key).held, equalCalendars, cmp.AllowUnexported(held{}), sameMoment); d != "" {
				t.Errorf("(-read +written and read again)\n%s", d)
			}
		}
	})
}

// sameMoment compares times by the clock on the wall: an age is added to it and
// taken away again.
var sameMoment = cmp.Comparer(func(a, b time.Time) bool {
	d := a.Round(0).Sub(b.Round(0))
	return -time.Millisecond < d && d < time.Millisecond
})
