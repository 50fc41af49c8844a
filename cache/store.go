package cache

import (
	"hash/maphash"
	"math"
	"sync"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"

	"availproxy/freebusy"
)

// shards divide a Store, so that questions about different people do not wait
// for each other. A power of two.
const shards = 16

// Store is the memory of a [Cache]: it outlives a change of configuration,
// which makes a new Cache around the same Store.
type Store struct {
	limit   int64
	seed    maphash.Seed // callers choose addresses, and must not choose a shard
	shards  [shards]shard
	bytes   atomic.Int64
	turn    atomic.Uint32 // which shard forgets next
	metrics instruments
}

// shard is the part of a Store for some of the keys.
type shard struct {
	writing sync.Mutex // makes look, change and put one step
	entries *lru.Cache[key, *stored]
}

// stored is an entry with the size it was counted with.
type stored struct {
	entry
	uses    atomic.Int32 // since it was stored
	size    int64        // without memos
	counted atomic.Int64 // with the memos as they were
}

// NewStore returns a Store that holds about limit bytes.
func NewStore(limit int64) (*Store, error) {
	s := &Store{limit: limit, seed: maphash.MakeSeed()}
	for i := range s.shards {
		// The bound is bytes, not entries: see shrink.
		entries, err := lru.NewWithEvict(math.MaxInt, func(_ key, e *stored) { s.bytes.Add(-e.counted.Load()) })
		if err != nil {
			return nil, err
		}
		s.shards[i].entries = entries
	}
	var err error
	s.metrics, err = newInstruments(s)
	return s, err
}

func (s *Store) shard(k key) *shard {
	return &s.shards[maphash.String(s.seed, k.mailbox)%shards]
}

// get returns what is held under k, marks it as used, and says how often it was
// used before.
func (s *Store) get(k key) (e entry, uses int) {
	sh := s.shard(k)
	found, ok := sh.entries.Get(k)
	if !ok {
		return entry{}, 0
	}
	if found.size+found.memoBytes() != found.counted.Load() {
		s.recount(sh, k, found)
	}
	return found.entry, int(found.uses.Add(1)) - 1
}

// recount follows the memos of e, which grow while it is held.
func (s *Store) recount(sh *shard, k key, e *stored) {
	sh.writing.Lock()
	defer sh.writing.Unlock()
	if held, ok := sh.entries.Peek(k); !ok || held != e {
		return // it was counted off in the meantime
	}
	now := e.size + e.memoBytes()
	s.bytes.Add(now - e.counted.Swap(now))
	s.shrink(sh)
}

// change replaces what is held under k by what f makes of it.
func (s *Store) change(k key, f func(entry) entry) {
	sh := s.shard(k)
	sh.writing.Lock()
	defer sh.writing.Unlock()
	var old entry
	if e, ok := sh.entries.Peek(k); ok {
		old = e.entry
		sh.entries.Remove(k) // counts its bytes off
	}
	changed := f(old)
	if changed.empty() {
		return
	}
	e := &stored{entry: changed, size: changed.size()}
	e.counted.Store(e.size + e.memoBytes())
	s.bytes.Add(e.counted.Load())
	sh.entries.Add(k, e)
	s.shrink(sh)
}

// shrink drops what was not used for longest until the bytes are in the limit.
// The shards take turns, so that all of them forget at the same pace; what has
// just been written goes last.
func (s *Store) shrink(written *shard) {
	for s.bytes.Load() > s.limit {
		if !s.removeOldest(written) {
			return
		}
		s.metrics.evicted()
	}
}

func (s *Store) removeOldest(written *shard) bool {
	for range shards {
		sh := &s.shards[s.turn.Add(1)%shards]
		if sh == written && sh.entries.Len() == 1 {
			continue
		}
		if _, _, ok := sh.entries.RemoveOldest(); ok {
			return true
		}
	}
	_, _, ok := written.entries.RemoveOldest()
	return ok
}

// Purge forgets every calendar that drop accepts, and every failure, since a
// failure may have been about what has just been mended.
func (s *Store) Purge(drop func(mailbox string, c *freebusy.Calendar) bool) {
	for i := range s.shards {
		for _, k := range s.shards[i].entries.Keys() {
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
}

// Stats says how full the Store is.
type Stats struct {
	Mailboxes int
	Bytes     int64
	Limit     int64
}

// Stats returns the present state.
func (s *Store) Stats() Stats {
	stats := Stats{Bytes: s.bytes.Load(), Limit: s.limit}
	for i := range s.shards {
		stats.Mailboxes += s.shards[i].entries.Len()
	}
	return stats
}
