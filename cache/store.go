package cache

import (
	"math"
	"sync"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"

	"availproxy/freebusy"
)

// Store is the memory of a [Cache]: it outlives a change of configuration,
// which makes a new Cache around the same Store.
type Store struct {
	limit   int64
	entries *lru.Cache[key, *stored]
	bytes   atomic.Int64
	writing sync.Mutex // makes look, change and put one step
	metrics instruments
}

// stored is an entry with the size it was counted with.
type stored struct {
	entry
	size    int64        // without memos
	counted atomic.Int64 // with the memos as they were
}

// NewStore returns a Store that holds about limit bytes.
func NewStore(limit int64) (*Store, error) {
	s := &Store{limit: limit}
	var err error
	// The bound is bytes, not entries: see shrink.
	s.entries, err = lru.NewWithEvict(math.MaxInt, func(_ key, e *stored) { s.bytes.Add(-e.counted.Load()) })
	if err != nil {
		return nil, err
	}
	s.metrics, err = newInstruments(s)
	return s, err
}

// get returns what is held under k and marks it as used.
func (s *Store) get(k key) entry {
	e, ok := s.entries.Get(k)
	if !ok {
		return entry{}
	}
	if e.size+e.memoBytes() != e.counted.Load() {
		s.recount(k, e)
	}
	return e.entry
}

// recount follows the memos of e, which grow while it is held.
func (s *Store) recount(k key, e *stored) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if held, ok := s.entries.Peek(k); !ok || held != e {
		return // it was counted off in the meantime
	}
	now := e.size + e.memoBytes()
	s.bytes.Add(now - e.counted.Swap(now))
	s.shrink()
}

// change replaces what is held under k by what f makes of it.
func (s *Store) change(k key, f func(entry) entry) {
	s.writing.Lock()
	defer s.writing.Unlock()
	var old entry
	if e, ok := s.entries.Peek(k); ok {
		old = e.entry
		s.entries.Remove(k) // counts its bytes off
	}
	changed := f(old)
	if changed.empty() {
		return
	}
	e := &stored{entry: changed, size: changed.size()}
	e.counted.Store(e.size + e.memoBytes())
	s.bytes.Add(e.counted.Load())
	s.entries.Add(k, e)
	s.shrink()
}

// shrink drops what was not used for longest until the bytes are in the limit.
func (s *Store) shrink() {
	for s.bytes.Load() > s.limit {
		if _, _, ok := s.entries.RemoveOldest(); !ok {
			return
		}
		s.metrics.evicted()
	}
}

// Purge forgets every calendar that drop accepts, and every failure, since a
// failure may have been about what has just been mended.
func (s *Store) Purge(drop func(mailbox string, c *freebusy.Calendar) bool) {
	for _, k := range s.entries.Keys() {
		s.change(k, func(e entry) entry {
			var kept entry
			for _, h := range e.held {
				if !drop(k.mailbox, h.calendar) {
					kept.held = append(kept.held, h)
				}
			}
			return kept
		})
	}
}

// Stats says how full the Store is.
type Stats struct {
	Mailboxes int
	Bytes     int64
	Limit     int64
}

// Stats returns the present state.
func (s *Store) Stats() Stats {
	return Stats{Mailboxes: s.entries.Len(), Bytes: s.bytes.Load(), Limit: s.limit}
}
