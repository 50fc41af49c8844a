package freebusy

import (
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
)

// memoEntries bounds a Calendar's Memo: the same people are asked in few
// zones, views and windows at a time.
const memoEntries = 4

// memo remembers ready presentations of one Calendar, newest last.
type memo struct {
	held  atomic.Pointer[[]memoEntry] // never changed, only replaced
	bytes atomic.Int64                // that they take

	mu   sync.Mutex              // guards what follows, and the writing of what is above
	once [2 * memoEntries]uint32 // hashes of keys that were asked for once, newest last
}

type memoEntry struct {
	key   any
	bytes []byte
}

// memoSeed is that of the hashes in each memo.
var memoSeed = maphash.MakeSeed()

// Memo returns the bytes that render appends to room for key, calling render only
// when they are not held. The key must be comparable and name everything that
// the bytes depend on besides c itself: zone rule, view, interval, window,
// generation.
//
// The bytes may be shared and must not be changed. rest is room with what has
// been rendered into it, to be given to the next Memo: its bytes are not to be
// written over before those returned have been used.
//
// Bytes are held from the second time on that their key is asked for, so that
// windows that begin now, of which none is asked for again, push nothing out.
//
// render runs outside the lock and may run for two callers at the same time.
func (c *Calendar) Memo(room []byte, key any, render func(room []byte) []byte) (bytes, rest []byte) {
	if held := c.memo.find(key); held != nil {
		return slices.Clip(held), room
	}
	again := c.memo.again(key)
	rest = render(room)
	bytes = rest[len(room):len(rest):len(rest)]
	if again {
		c.memo.keep(key, slices.Clone(bytes)) // no more than there is, since room has to be found for it
	}
	return bytes, rest
}

// find returns the bytes held for key, or nil.
func (m *memo) find(key any) []byte {
	entries := m.held.Load()
	if entries == nil {
		return nil
	}
	for _, e := range *entries {
		if e.key == key {
			return e.bytes
		}
	}
	return nil
}

// again reports whether key was asked for before.
func (m *memo) again(key any) bool {
	hash := uint32(maphash.Comparable(memoSeed, key))
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.Contains(m.once[:], hash) {
		return true
	}
	copy(m.once[:], m.once[1:])
	m.once[len(m.once)-1] = hash
	return false
}

// keep holds bytes unless another caller was faster. The oldest entry makes room.
func (m *memo) keep(key any, bytes []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.find(key) != nil {
		return
	}
	var entries []memoEntry
	if held := m.held.Load(); held != nil {
		entries = (*held)[max(0, len(*held)-memoEntries+1):]
	}
	entries = append(slices.Clip(entries), memoEntry{key, bytes})
	var size int64
	for _, e := range entries {
		size += int64(cap(e.bytes))
	}
	m.held.Store(&entries)
	m.bytes.Store(size)
}

// MemoBytes is how many bytes hang on c now beyond those it came with: its
// Memo and its twins, limited and stale, with theirs. It is for whoever keeps c within a
// memory budget.
func (c *Calendar) MemoBytes() int {
	n := c.memo.size()
	c.twins(func(twin *Calendar) {
		n += len(twin.Events)*eventBytes + twin.memo.size()
	})
	if stale := c.stale.Load(); stale != nil {
		n += stale.MemoBytes()
	}
	return n
}

func (m *memo) size() int { return int(m.bytes.Load()) }
