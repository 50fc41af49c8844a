package cache

import (
	"hash/maphash"
	"math"
	"strings"
	"sync"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
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
	tallies tallies
}

// shard is the part of a Store for some of the keys.
type shard struct {
	writing sync.Mutex // makes look, change and put one step
	entries *lru.Cache[key, *stored]
}

// stored is an entry with the size it was counted with.
type stored struct {
	entry
	tally   *tally       // of its forest
	uses    atomic.Int32 // since it was stored
	size    int64        // without memos
	counted atomic.Int64 // with the memos as they were
}

// NewStore returns a Store that holds about limit bytes.
func NewStore(limit int64) (*Store, error) {
	s := &Store{limit: limit, seed: maphash.MakeSeed()}
	for i := range s.shards {
		// The bound is bytes, not entries: see shrink.
		entries, err := lru.NewWithEvict(math.MaxInt, func(_ key, e *stored) {
			s.count(e, -e.counted.Load())
			e.tally.mailboxes.Add(-1)
		})
		if err != nil {
			return nil, err
		}
		s.shards[i].entries = entries
	}
	return s, publish(&s.tallies)
}

// count notes that e takes so many bytes more than before.
func (s *Store) count(e *stored, bytes int64) {
	s.bytes.Add(bytes)
	e.tally.bytes.Add(bytes)
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
	s.count(e, now-e.counted.Swap(now))
	s.shrink(sh)
}

// change replaces what is held under k by what f makes of it.
func (s *Store) change(k key, f func(entry) entry) {
	sh := s.shard(k)
	sh.writing.Lock()
	defer sh.writing.Unlock()
	s.replace(sh, k, f)
}

// replace is change, for whoever has sh to himself.
func (s *Store) replace(sh *shard, k key, f func(entry) entry) {
	var old entry
	if e, ok := sh.entries.Peek(k); ok {
		old = e.entry
		sh.entries.Remove(k) // counts its bytes off
	}
	changed := f(old)
	if changed.empty() {
		return
	}
	e := &stored{entry: changed, size: changed.size() + k.size(), tally: s.tallies.of(changed.forest())}
	e.counted.Store(e.size + e.memoBytes())
	s.count(e, e.counted.Load())
	e.tally.mailboxes.Add(1)
	k.mailbox = strings.Clone(k.mailbox) // which may be a part of all that a request asked about
	sh.entries.Add(k, e)
	s.shrink(sh)
}

// shrink drops what was not used for longest until the bytes are in the limit.
// The shards take turns, so that all of them forget at the same pace; what has
// just been written goes last.
func (s *Store) shrink(written *shard) {
	for s.bytes.Load() > s.limit {
		e, ok := s.removeOldest(written)
		if !ok {
			return
		}
		e.tally.evicted.Add(1)
	}
}

func (s *Store) removeOldest(written *shard) (e *stored, ok bool) {
	for range shards {
		sh := &s.shards[s.turn.Add(1)%shards]
		if sh == written && sh.entries.Len() == 1 {
			continue
		}
		if _, e, ok := sh.entries.RemoveOldest(); ok {
			return e, true
		}
	}
	_, e, ok = written.entries.RemoveOldest()
	return e, ok
}

// Stats says how full the Store is, and what has become of what it was asked.
type Stats struct {
	Mailboxes int
	Bytes     int64
	Limit     int64
	Forests   []Counts // by name
}

// Stats returns the present state.
func (s *Store) Stats() Stats {
	stats := Stats{Bytes: s.bytes.Load(), Limit: s.limit, Forests: s.tallies.counts()}
	for i := range s.shards {
		stats.Mailboxes += s.shards[i].entries.Len()
	}
	return stats
}
