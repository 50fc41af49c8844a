package freebusy

import (
	"bytes"
	"hash/maphash"
	"slices"
	"sync"
)

// memoEntries bounds a Calendar's Memo: the same people are asked in few
// zones, views and windows at a time.
const memoEntries = 4

// memo remembers ready presentations of one Calendar, newest last.
type memo struct {
	mu      sync.Mutex // guards what follows
	entries []memoEntry
	once    [2 * memoEntries]uint32 // hashes of keys that were asked for once, newest last
}

type memoEntry struct {
	key   any
	bytes []byte
}

// memoSeed is that of the hashes in each memo.
var memoSeed = maphash.MakeSeed()

// Memo appends to dst the bytes that render appends for key, calling render only
// when they are not held. The key must be comparable and name everything that
// the bytes depend on besides c itself: zone rule, view, interval, window,
// generation.
//
// Bytes are held from the second time on that their key is asked for, so that
// windows that begin now, of which none is asked for again, push nothing out.
//
// render runs outside the lock and may run for two callers at the same time.
func (c *Calendar) Memo(dst []byte, key any, render func(dst []byte) []byte) []byte {
	held, again := c.memo.get(key)
	if held != nil {
		return append(dst, held...)
	}
	before := len(dst)
	dst = render(dst)
	if again {
		c.memo.keep(key, bytes.Clone(dst[before:])) // no more than there is, since room has to be found for it
	}
	return dst
}

// get returns the bytes for key, or nil and whether key was asked for before.
func (m *memo) get(key any) (held []byte, again bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if held = m.find(key); held != nil {
		return held, true
	}
	hash := uint32(maphash.Comparable(memoSeed, key))
	if slices.Contains(m.once[:], hash) {
		return nil, true
	}
	copy(m.once[:], m.once[1:])
	m.once[len(m.once)-1] = hash
	return nil, false
}

func (m *memo) find(key any) []byte {
	for _, e := range m.entries {
		if e.key == key {
			return e.bytes
		}
	}
	return nil
}

// keep holds bytes unless another caller was faster. The oldest entry makes room.
func (m *memo) keep(key any, bytes []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.find(key) != nil {
		return
	}
	if len(m.entries) == memoEntries {
		m.entries = append(m.entries[:0], m.entries[1:]...)
	}
	m.entries = append(m.entries, memoEntry{key, bytes})
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

func (m *memo) size() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, e := range m.entries {
		n += cap(e.bytes)
	}
	return n
}
