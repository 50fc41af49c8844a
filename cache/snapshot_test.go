package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"availproxy/freebusy"
)

// how every connector is what it was.
var how = Snapshot{Key: keyOne, Longest: lifetimes.Stale, Fingerprint: func(connector string) string { return "the forest of " + connector }}

func newStore(t failer, limit int64) *Store {
	store, err := NewStore(limit)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// failer is a test, or one of its attempts.
type failer interface{ Fatal(...any) }

func save(t failer, s *Store, how Snapshot) []byte {
	var file bytes.Buffer
	if _, err := s.Save(context.Background(), &file, how); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func load(t failer, s *Store, file []byte, how Snapshot) Loaded {
	loaded, err := s.Load(bytes.NewReader(file), how)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// put holds a calendar that is that old.
func put(s *Store, m freebusy.Mailbox, scope freebusy.Scope, age time.Duration, c *freebusy.Calendar) {
	c.AsOf = time.Now().Add(-age)
	s.change(keyOf(scope, m), func(e entry) entry { return e.with(newHeld(c)) })
}

func weekOf(connector string) *freebusy.Calendar {
	return &freebusy.Calendar{Known: week, Detail: freebusy.FreeBusy, Origin: freebusy.Origin{Connector: connector}}
}

// equalCalendars compares what calendars say, not what hangs on them.
var equalCalendars = cmp.Options{cmpopts.IgnoreUnexported(freebusy.Calendar{}), cmpopts.EquateEmpty()}

// Every field of every type in a calendar, also one that somebody adds later,
// comes back as it was.
func TestNothingOfACalendarIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, scope := &freebusy.Calendar{}, freebusy.Scope{}
		n := 0
		fill(reflect.ValueOf(c).Elem(), &n)
		fill(reflect.ValueOf(&scope).Elem(), &n)
		c.Origin.Stale = false // never of what is held, only of its twin
		s := newStore(t, 1<<20)
		put(s, alice, scope, time.Minute, c)

		restarted := newStore(t, 1<<20)
		load(t, restarted, save(t, s, how), how)
		want, got := s.peek(keyOf(scope, alice)), restarted.peek(keyOf(scope, alice))
		if d := cmp.Diff(want, got, equalCalendars, cmp.AllowUnexported(entry{}, held{})); d != "" {
			t.Errorf("(-saved +loaded)\n%s", d)
		}
	})
}

// fill gives every field that can be set a value of its own, and every list two
// elements.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(monday.Add(time.Duration(*n) * 1001 * time.Millisecond)))
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i), n)
			}
		}
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d \xff\u6771", *n)) // whatever it may be
	case reflect.Bool:
		v.SetBool(true)
	default:
		v.SetInt(int64(1 + *n%2)) // small enough for every enumeration
	}
}

// Only what the next process may believe is loaded.
func TestWhatIsOfNoUseIsDropped(t *testing.T) {
	fingerprints := func(changed map[string]string) func(string) string {
		return func(connector string) string {
			if f, ok := changed[connector]; ok {
				return f
			}
			return how.Fingerprint(connector)
		}
	}
	tests := map[string]struct {
		pause    time.Duration // while no process runs
		longest  time.Duration
		changed  map[string]string // fingerprints
		foreign  string            // connector whose mailboxes have gone elsewhere
		want     Loaded
		wantHeld []freebusy.Mailbox
	}{
		"all as it was":                 {want: Loaded{Mailboxes: 3, Calendars: 3}, wantHeld: []freebusy.Mailbox{alice, anna, ben}},
		"some is too old by now":        {pause: 10 * time.Minute, want: Loaded{Mailboxes: 2, Calendars: 2, TooOld: 1}, wantHeld: []freebusy.Mailbox{anna, ben}},
		"all is too old by now":         {pause: 15 * time.Minute, want: Loaded{TooOld: 3}},
		"less is kept by now":           {longest: time.Minute, want: Loaded{Mailboxes: 1, Calendars: 1, TooOld: 2}, wantHeld: []freebusy.Mailbox{ben}},
		"a connector asks another host": {changed: map[string]string{"Fabrikam": "another"}, want: Loaded{Mailboxes: 1, Calendars: 1, Changed: 2}, wantHeld: []freebusy.Mailbox{ben}},
		"a connector is gone":           {changed: map[string]string{"Fabrikam": ""}, want: Loaded{Mailboxes: 1, Calendars: 1, Changed: 2}, wantHeld: []freebusy.Mailbox{ben}},
		"a domain is another's":         {foreign: "Adatum", want: Loaded{Mailboxes: 2, Calendars: 2, Changed: 1}, wantHeld: []freebusy.Mailbox{alice, anna}},
		"a connector goes by the name of another": {
			changed: map[string]string{"Fabrikam": how.Fingerprint("Adatum"), "Adatum": how.Fingerprint("Fabrikam")}, want: Loaded{Changed: 3},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStore(t, 1<<20)
				put(s, alice, eve, 6*time.Minute, weekOf("Fabrikam"))
				put(s, anna, eve, 3*time.Minute, weekOf("Fabrikam"))
				put(s, ben, eve, 0, weekOf("Adatum"))
				file := save(t, s, how)
				time.Sleep(tt.pause)

				next := how
				next.Fingerprint = fingerprints(tt.changed)
				next.Belongs = func(_ string, c *freebusy.Calendar) bool { return c.Origin.Connector != tt.foreign }
				if tt.longest > 0 {
					next.Longest = tt.longest
				}
				restarted := newStore(t, 1<<20)
				if got := load(t, restarted, file, next); got != tt.want {
					t.Errorf("loaded %+v, want %+v", got, tt.want)
				}
				for _, m := range []freebusy.Mailbox{alice, anna, ben} {
					if held := !restarted.peek(keyOf(eve, m)).empty(); held != slices.Contains(tt.wantHeld, m) {
						t.Errorf("that %s is held is %t", m.Address, held)
					}
					if !restarted.peek(keyOf(freebusy.Scope{}, m)).empty() {
						t.Errorf("%s is held for everybody", m.Address)
					}
				}
			})
		})
	}
}

func TestWhatIsOfNoUseIsNotSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, 1<<20)
		put(s, alice, eve, 15*time.Minute, weekOf("Fabrikam"))
		put(s, anna, eve, -time.Second, weekOf("Fabrikam"))
		put(s, ben, eve, 0, weekOf("gone"))
		s.change(keyOf(eve, freebusy.SMTP("nobody@fabrikam.example")), func(e entry) entry {
			return e.failed(failure{err: refused, at: time.Now(), lasts: time.Hour})
		})
		next := how
		next.Fingerprint = func(connector string) string { return strings.TrimPrefix(connector, "gone") }
		saved, err := s.Save(t.Context(), &bytes.Buffer{}, next)
		if err != nil || saved != (Saved{}) {
			t.Errorf("saved %+v, %v, want nothing", saved, err)
		}
	})
}

// What was held beside a failure that may pass is saved, the failure is not.
func TestFailuresAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, 1<<20)
		put(s, alice, eve, time.Minute, weekOf("Fabrikam"))
		s.change(keyOf(eve, alice), func(e entry) entry { return e.failed(failure{err: down, at: time.Now(), lasts: time.Hour}) })
		restarted := newStore(t, 1<<20)
		load(t, restarted, save(t, s, how), how)
		if e := restarted.peek(keyOf(eve, alice)); len(e.held) != 1 || e.failure != nil {
			t.Errorf("loaded %+v, want a calendar and no failure", e)
		}
	})
}

func TestAClockThatWasSetBackMakesAColdStart(t *testing.T) {
	s := newStore(t, 1<<20)
	put(s, alice, eve, 0, weekOf("Fabrikam"))
	file := save(t, s, how)
	synctest.Test(t, func(t *testing.T) { // the clock of a bubble begins in the year 2000
		restarted := newStore(t, 1<<20)
		if _, err := restarted.Load(bytes.NewReader(file), how); !errors.Is(err, errFuture) || restarted.Stats().Mailboxes != 0 {
			t.Errorf("got %v and hold %+v, want nothing of the future", err, restarted.Stats())
		}
	})
}

// What is loaded ages also when the clock is set back later.
func TestLoadedCalendarsHaveTheClockThatNobodySets(t *testing.T) {
	s := newStore(t, 1<<20)
	put(s, alice, eve, time.Minute, weekOf("Fabrikam"))
	restarted := newStore(t, 1<<20)
	load(t, restarted, save(t, s, how), how)
	if asOf := restarted.peek(keyOf(eve, alice)).held[0].calendar.AsOf; !strings.Contains(asOf.String(), " m=") {
		t.Errorf("AsOf %s has no monotonic reading", asOf)
	}
}

// Whatever is wrong with the last byte of a snapshot, nothing of the first one
// is believed.
func TestADamagedSnapshotLoadsNothing(t *testing.T) {
	s := newStore(t, 1<<30)
	for i := range 3000 {
		put(s, freebusy.SMTP(fmt.Sprintf("somebody.%d@fabrikam.example", i)), eve, 0, weekOf("Fabrikam"))
	}
	file := save(t, s, how)
	if len(file) < 2*frameSize {
		t.Fatalf("%d bytes are too few for this test", len(file))
	}
	for name, file := range map[string][]byte{"cut off": file[:len(file)-1], "longer": append(bytes.Clone(file), 0)} {
		restarted := newStore(t, 1<<30)
		if loaded, err := restarted.Load(bytes.NewReader(file), how); !errors.Is(err, errDamaged) || loaded != (Loaded{}) || restarted.Stats().Bytes != 0 {
			t.Errorf("%s: got %v, %+v and hold %+v", name, err, loaded, restarted.Stats())
		}
	}
}

func TestALoadKeepsWithinTheStore(t *testing.T) {
	const all, room, more = 1000, 400, 100
	somebody := func(i int) freebusy.Mailbox { return freebusy.SMTP(fmt.Sprintf("somebody.%d@fabrikam.example", i)) }
	s := newStore(t, 1<<30)
	for i := range all {
		put(s, somebody(i), eve, 0, weekOf("Fabrikam"))
	}
	favourite := keyOf(eve, somebody(0))
	s.get(favourite)
	restarted := newStore(t, room*(entryCost+heldCost))
	if got, want := load(t, restarted, save(t, s, how), how), (Loaded{Mailboxes: room, Calendars: room, NoRoom: all - room}); got != want {
		t.Errorf("loaded %+v, want %+v", got, want)
	}
	if got := restarted.Stats(); got.Mailboxes != room || got.Bytes > got.Limit {
		t.Errorf("the store holds %+v", got)
	}
	if restarted.peek(favourite).empty() {
		t.Error("who was asked for last was dropped")
	}
	for i := range more { // they push out those that were used longest ago
		put(restarted, somebody(all+i), eve, 0, weekOf("Fabrikam"))
	}
	if restarted.peek(favourite).empty() {
		t.Error("who was asked for last was forgotten first")
	}
}

func TestWhatIsHeldAlreadyStays(t *testing.T) {
	s := newStore(t, 1<<20)
	put(s, alice, eve, time.Minute, weekOf("Fabrikam"))
	file := save(t, s, how)
	put(s, alice, eve, 0, weekOf("Fabrikam"))
	load(t, s, file, how)
	if e := s.peek(keyOf(eve, alice)); len(e.held) != 1 || e.held[0].age(time.Now()) >= time.Minute {
		t.Errorf("the newer calendar is gone: %+v", e.held)
	}
}

func TestASaveThatRunsOutOfTimeIsWhole(t *testing.T) {
	s := newStore(t, 1<<20)
	put(s, alice, eve, 0, weekOf("Fabrikam"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var file bytes.Buffer
	saved, err := s.Save(ctx, &file, how)
	if err != nil || saved != (Saved{LeftOut: 1}) {
		t.Errorf("saved %+v, %v", saved, err)
	}
	if got := load(t, newStore(t, 1<<20), file.Bytes(), how); got != (Loaded{}) {
		t.Errorf("loaded %+v", got)
	}
}

// full is a disk that takes so many bytes.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

func TestASaveThatFailsSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where time takes as many bytes each time
		s := newStore(t, 1<<20)
		put(s, alice, eve, 0, weekOf("Fabrikam"))
		size := len(save(t, s, how))
		for room := range size {
			if _, err := s.Save(t.Context(), &full{room}, how); err == nil {
				t.Errorf("%d bytes found room in %d", size, room)
			}
		}
	})
}

// Two caches, one of which was saved and loaded, give the same answers to the
// same questions and ask the same of a forest, for every scope and at any time.
func TestWhatIsLoadedAnswersAsWhatWasSaved(t *testing.T) {
	o := lifetimes
	o.Revalidate = o.Fresh
	rapid.Check(t, func(drawn *rapid.T) {
		fetched := rapid.SliceOfN(rapid.Custom(drawFetch), 0, 12).Draw(drawn, "fetched")
		steps := rapid.SliceOfN(rapid.Custom(drawStep), 1, 5).Draw(drawn, "steps")
		difference := ""
		synctest.Test(t, func(t *testing.T) {
			saved, restarted := newStore(t, 1<<20), newStore(t, 1<<20)
			for _, f := range fetched {
				put(saved, f.mailbox, f.scope, f.age, f.calendar)
			}
			load(t, restarted, save(t, saved, how), how)
			for _, s := range steps {
				time.Sleep(s.later)
				want, got := answersOf(saved, o, s.query), answersOf(restarted, o, s.query)
				difference += cmp.Diff(want, got, equalCalendars, cmpopts.EquateErrors())
			}
		})
		if difference != "" {
			drawn.Fatalf("(-saved +loaded)\n%s", difference)
		}
	})
}

// fetch is a calendar that came some time ago.
type fetch struct {
	mailbox  freebusy.Mailbox
	scope    freebusy.Scope
	age      time.Duration
	calendar *freebusy.Calendar
}

// step is a question that comes some time later.
type step struct {
	later time.Duration
	query freebusy.Query
}

// outcome is what a question came to.
type outcome struct {
	Answers []freebusy.Answer
	Asked   map[freebusy.Window]int // of the forest
}

// answersOf asks around a forest that is down, which adds nothing to s.
func answersOf(s *Store, o Options, q freebusy.Query) outcome {
	origin := &forest{fail: down}
	o.Negative = 0
	c := New(s, origin, o)
	answers, _ := c.Availability(context.Background(), q)
	c.flights.wait.Wait()
	got := outcome{answers, map[freebusy.Window]int{}}
	for _, w := range origin.windows {
		got.Asked[w]++
	}
	return got
}

// drawTime is one of the half hours of two days, often the same one again.
func drawTime(t *rapid.T, label string) time.Time {
	return monday.Add(time.Duration(rapid.IntRange(0, 96).Draw(t, label)) * 30 * time.Minute)
}

func drawFetch(t *rapid.T) fetch {
	return fetch{
		mailbox: rapid.SampledFrom([]freebusy.Mailbox{alice, anna}).Draw(t, "mailbox"),
		scope:   rapid.SampledFrom([]freebusy.Scope{{}, eve}).Draw(t, "scope"),
		age:     time.Duration(rapid.IntRange(0, 1000).Draw(t, "age")) * time.Second, calendar: drawCalendar(t),
	}
}

func drawStep(t *rapid.T) step {
	from := drawTime(t, "from")
	q := about(freebusy.Window{Start: from, End: from.Add(time.Duration(rapid.IntRange(1, 9).Draw(t, "half hours")) * 30 * time.Minute)}, alice, anna)
	q.Scope = rapid.SampledFrom([]freebusy.Scope{{}, eve}).Draw(t, "scope")
	return step{time.Duration(rapid.IntRange(0, 600).Draw(t, "seconds")) * time.Second, q}
}

func drawCalendar(t *rapid.T) *freebusy.Calendar {
	from := drawTime(t, "known from")
	c := &freebusy.Calendar{
		Known:  freebusy.Window{Start: from, End: from.Add(time.Duration(rapid.IntRange(1, 20).Draw(t, "known hours")) * time.Hour)},
		Detail: rapid.SampledFrom([]freebusy.Detail{freebusy.FreeBusy, freebusy.Detailed}).Draw(t, "detail"),
		Origin: freebusy.Origin{
			Connector: "Fabrikam", Backend: "ews", URL: rapid.SampledFrom([]string{"https://a.example", "https://b.example"}).Draw(t, "url"),
			RequestID: rapid.String().Draw(t, "request id"),
		},
	}
	if rapid.Bool().Draw(t, "digits alone") {
		slots := int(c.Known.Duration() / (30 * time.Minute))
		c.Detail, c.Merged = freebusy.MergedOnly, &freebusy.Merged{Start: from, Interval: 30 * time.Minute, Digits: strings.Repeat("2", slots)}
		return c
	}
	if rapid.Bool().Draw(t, "working hours") {
		c.WorkingHours = &freebusy.WorkingHours{Zone: freebusy.ZoneOf(time.FixedZone("", rapid.IntRange(-14, 14).Draw(t, "east")*3600), monday), Periods: []freebusy.WorkingPeriod{
			{Days: []time.Weekday{time.Sunday, time.Saturday}, Start: 0, End: 1440},
		}}
	}
	for range rapid.IntRange(0, 5).Draw(t, "events") {
		start := drawTime(t, "start")
		e := freebusy.Event{Start: start, End: start.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "minutes")) * time.Minute), Busy: freebusy.BusyType(rapid.IntRange(0, 5).Draw(t, "busy"))}
		if c.Detail == freebusy.Detailed && rapid.Bool().Draw(t, "details") {
			e.Details = &freebusy.Details{Subject: rapid.String().Draw(t, "subject"), IsMeeting: rapid.Bool().Draw(t, "meeting"), IsPrivate: rapid.Bool().Draw(t, "private")}
		}
		c.Events = append(c.Events, e)
	}
	return c
}
