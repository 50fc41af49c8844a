package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"availproxy/freebusy"
)

// Loaded says what became of a snapshot: how many mailboxes and calendars of it
// are held now, and how many calendars are not, by the reason.
type Loaded struct {
	Mailboxes, Calendars int

	TooOld  int // as old as Snapshot.Longest, or older
	Future  int // as of a moment that has yet to come: the clock was set back
	Changed int // the connector is another one by now, or none, or has given up the mailbox
	NoRoom  int // the Store is full
}

var errFuture = errors.New("cache: the snapshot is from the future: the clock was set back")

// Load adds to s what a snapshot holds, or nothing when anything about the
// snapshot is wrong; the error then says what. It reads r to its end, and holds
// no more meanwhile than s may. What s holds already stays.
func (s *Store) Load(r io.Reader, how Snapshot) (Loaded, error) {
	counter, err := loadedCounter()
	if err != nil {
		return Loaded{}, err
	}
	frames, err := newFrameReader(r, how.Key)
	if err != nil {
		return Loaded{}, err
	}
	loading := loading{how: how, now: time.Now(), room: s.limit - s.bytes.Load()}
	if err := eachRecord(frames, loading.take); err != nil {
		return Loaded{}, err
	}
	switch {
	case loading.written.IsZero():
		return Loaded{}, fmt.Errorf("%w: it has no beginning", errDamaged)
	case loading.written.After(loading.now): // then no age can be believed
		return Loaded{}, errFuture
	}
	for _, m := range slices.Backward(loading.mailboxes) { // so that what was used last is forgotten last
		s.change(m.key, func(e entry) entry {
			if e.empty() {
				return m.entry
			}
			return e
		})
	}
	loading.loaded.count(counter)
	return loading.loaded, nil
}

func loadedCounter() (metric.Int64Counter, error) {
	return otel.Meter("availproxy/cache").Int64Counter("availproxy.cache.snapshot.calendars",
		metric.WithDescription("Calendars that the snapshot held at the start, by what became of them."), metric.WithUnit("{calendar}"))
}

func (l Loaded) count(in metric.Int64Counter) {
	for outcome, n := range map[string]int{
		"loaded": l.Calendars, "too_old": l.TooOld, "future": l.Future, "changed": l.Changed, "no_room": l.NoRoom,
	} {
		in.Add(context.Background(), int64(n), metric.WithAttributes(attribute.String("outcome", outcome)))
	}
}

// loading is a snapshot on its way in.
type loading struct {
	how       Snapshot
	now       time.Time
	room      int64 // in bytes, that is left
	written   time.Time
	origins   []origin
	mailboxes []loadedMailbox
	loaded    Loaded
}

// origin is where calendars are from.
type origin struct {
	place
	same bool // the connector is what it was
}

type loadedMailbox struct {
	key   key
	entry entry
}

func (l *loading) take(r *reading) {
	kind := r.below(recordMailbox + 1)
	if begins := kind == recordBegin; begins != l.written.IsZero() {
		r.fail()
		return
	}
	switch kind {
	case recordBegin:
		l.written = r.moment()
	case recordOrigin:
		o := origin{place: place{r.text(), r.text(), r.text()}}
		fingerprint := r.text()
		o.same = fingerprint != "" && fingerprint == l.how.Fingerprint(o.connector)
		l.origins = append(l.origins, o)
	default:
		l.mailbox(r)
	}
}

// mailbox takes what is held under one key, so far as it still counts.
func (l *loading) mailbox(r *reading) {
	m := loadedMailbox{key: r.mailbox()}
	for range r.below(maxHeld + 1) {
		if h, counts := l.held(r, m.key); counts {
			m.entry.held = append(m.entry.held, h)
		}
	}
	calendars, size := len(m.entry.held), m.entry.size()+m.key.size()
	switch {
	case r.bad || calendars == 0:
	case size > l.room:
		l.loaded.NoRoom += calendars
	default:
		l.room -= size
		l.mailboxes = append(l.mailboxes, m)
		l.loaded.Mailboxes++
		l.loaded.Calendars += calendars
	}
}

// held takes one calendar and reports whether it still counts.
func (l *loading) held(r *reading, k key) (h held, counts bool) {
	number := r.below(len(l.origins))
	if r.bad {
		return held{}, false
	}
	from := l.origins[number]
	id, asOf := r.text(), r.moment()
	h.jitter = r.fraction(mostJitter)
	h.calendar = r.calendar()
	h.calendar.Origin = freebusy.Origin{Connector: from.connector, Backend: from.backend, URL: from.url, RequestID: id}
	age := l.now.Round(0).Sub(asOf)
	h.calendar.AsOf = l.now.Add(-age) // with a reading of the clock that nobody sets
	switch {
	case r.bad:
	case age < 0:
		l.loaded.Future++
	case !l.how.useful(age):
		l.loaded.TooOld++
	case !from.same, l.how.Belongs != nil && !l.how.Belongs(k.mailbox, h.calendar):
		l.loaded.Changed++
	default:
		return h, true
	}
	return held{}, false
}
