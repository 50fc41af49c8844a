package cache

import (
	"context"
	"io"
	"iter"
	"time"
)

// Saved says what a snapshot holds.
type Saved struct {
	Mailboxes, Calendars int
	LeftOut              int // mailboxes for which there was no time, or too large
}

// Save writes what s holds to w, encrypted, what was used last first, and may
// block for as long as w does. When ctx ends the rest is left out; what has been
// written is a whole snapshot all the same.
func (s *Store) Save(ctx context.Context, w io.Writer, how Snapshot) (Saved, error) {
	frames, err := newFrameWriter(w, how.Key)
	if err != nil {
		return Saved{}, err
	}
	saving := saving{out: frames, how: how, now: time.Now(), places: map[place]int{}}
	if err := saving.begin(); err != nil {
		return Saved{}, err
	}
	for k := range s.lastUsedFirst() {
		if ctx.Err() != nil {
			saving.saved.LeftOut++
			continue
		}
		if err := saving.mailbox(k, s.peek(k)); err != nil {
			return Saved{}, err
		}
	}
	return saving.saved, frames.Close()
}

// lastUsedFirst are all keys, in the order of their use so far as the shards
// tell.
func (s *Store) lastUsedFirst() iter.Seq[key] {
	return func(yield func(key) bool) {
		var keys [shards][]key // oldest first
		longest := 0
		for i := range s.shards {
			keys[i] = s.shards[i].entries.Keys()
			longest = max(longest, len(keys[i]))
		}
		for rank := 1; rank <= longest; rank++ {
			for _, of := range keys {
				if rank <= len(of) && !yield(of[len(of)-rank]) {
					return
				}
			}
		}
	}
}

// peek returns what is held under k and counts as no use of it.
func (s *Store) peek(k key) entry {
	if e, ok := s.shard(k).entries.Peek(k); ok {
		return e.entry
	}
	return entry{}
}

// saving is a snapshot on its way out.
type saving struct {
	out    io.Writer
	how    Snapshot
	now    time.Time
	places map[place]int // those written, by their number
	record pen
	saved  Saved
}

func (s *saving) begin() error {
	s.start(recordBegin)
	s.record.moment(s.now)
	return s.record.writeTo(s.out)
}

func (s *saving) start(kind int) {
	s.record = s.record[:0]
	s.record.count(kind)
}

// mailbox writes what of e is of use to the next process.
func (s *saving) mailbox(k key, e entry) error {
	var useful []held
	for _, h := range e.held {
		if !s.how.useful(h.age(s.now)) {
			continue
		}
		known, err := s.place(placeOf(h.calendar.Origin))
		if err != nil {
			return err
		}
		if known {
			useful = append(useful, h)
		}
	}
	if len(useful) == 0 {
		return nil
	}
	s.start(recordMailbox)
	s.record.mailbox(k)
	s.record.count(len(useful))
	for _, h := range useful {
		s.held(h)
	}
	if len(s.record) > mostRecord {
		s.saved.LeftOut++
		return nil
	}
	s.saved.Mailboxes++
	s.saved.Calendars += len(useful)
	return s.record.writeTo(s.out)
}

// place writes where calendars are from, once, and reports whether there is
// still such a connector.
func (s *saving) place(p place) (known bool, err error) {
	if _, written := s.places[p]; written {
		return true, nil
	}
	fingerprint := s.how.Fingerprint(p.connector)
	if fingerprint == "" {
		return false, nil
	}
	s.places[p] = len(s.places)
	s.start(recordOrigin)
	for _, text := range []string{p.connector, p.backend, p.url, fingerprint} {
		s.record.text(text)
	}
	return true, s.record.writeTo(s.out)
}

func (s *saving) held(h held) {
	c := h.calendar
	s.record.count(s.places[placeOf(c.Origin)])
	s.record.text(c.Origin.RequestID)
	s.record.moment(s.now.Round(0).Add(-h.age(s.now))) // AsOf, even if the clock was set back since
	s.record.fraction(h.jitter)
	s.record.calendar(c)
}
