package freebusy

import "sync"

// memoEntries bounds a Calendar's Memo: the same people are asked in few
// zones, views and windows at a time.
const memoEntries = 4

// memo remembers ready presentations of one Calendar, newest last.
type memo struct {
	mu      sync.Mutex // guards entries
	entries []memoEntry
}

type memoEntry struct {
	key   any
	bytes []byte
}

// Memo returns the bytes that render made for key, calling render only when
// they are not held. The key must be comparable and name everything that the
// bytes depend on besides c itself: zone rule, view, interval, window,
// generation. The caller must not change what it gets.
//
// render runs outside the lock and may run twice for the same key when two
// callers meet; both then get the same bytes.
func (c *Calendar) Memo(key any, render func() []byte) []byte {
	if held, ok := c.memo.get(key); ok {
		return held
	}
	return c.memo.keep(key, render())
}

func (m *memo) get(key any) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.find(key)
}

func (m *memo) find(key any) ([]byte, bool) {
	for _, e := range m.entries {
		if e.key == key {
			return e.bytes, true
		}
	}
	return nil, false
}

// keep returns what is held for key, which is bytes unless another caller was
// faster. The oldest entry makes room.
func (m *memo) keep(key any, bytes []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if held, ok := m.find(key); ok {
		return held
	}
	if len(m.entries) == memoEntries {
		m.entries = append(m.entries[:0], m.entries[1:]...)
	}
	m.entries = append(m.entries, memoEntry{key, bytes})
	return bytes
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
