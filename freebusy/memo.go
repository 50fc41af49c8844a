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
// callers meet; both then get equal bytes.
func (c *Calendar) Memo(key any, render func() []byte) []byte {
	if held, ok := c.memo.get(key); ok {
		return held
	}
	bytes := render()
	c.memo.put(key, bytes)
	return bytes
}

func (m *memo) get(key any) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.entries {
		if e.key == key {
			return e.bytes, true
		}
	}
	return nil, false
}

func (m *memo) put(key any, bytes []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.entries) == memoEntries {
		m.entries = append(m.entries[:0], m.entries[1:]...)
	}
	m.entries = append(m.entries, memoEntry{key, bytes})
}

// MemoBytes is how many bytes the Memo of c and of its limited twins holds
// now, for whoever keeps c within a memory budget.
func (c *Calendar) MemoBytes() int {
	n := c.memo.size()
	for i := range c.limited {
		if twin := c.limited[i].Load(); twin != nil {
			n += twin.memo.size()
		}
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
