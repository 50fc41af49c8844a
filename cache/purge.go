package cache

import "availproxy/freebusy"

// Purge forgets all that is known, in every scope, of the mailboxes whose
// [freebusy.Mailbox.Key] match accepts, and returns how many those were. What is
// on its way to them is still the answer for those who wait for it, but is
// neither remembered nor given to anybody who comes later.
func (c *Cache) Purge(match func(mailbox string) bool) (mailboxes int) {
	// Before the Store, into which they may land until now.
	c.flights.ground(func(k key) bool { return match(k.mailbox) }, func(f *flight) { f.void.Store(true) })
	for i := range c.store.shards {
		mailboxes += c.store.shards[i].purge(match)
	}
	return mailboxes
}

// ground keeps the flights to some mailboxes from being joined, and marks them.
func (f *flights) ground(match func(key) bool, mark func(*flight)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for course, flight := range f.byWhat {
		if match(course.key) {
			mark(flight)
			delete(f.byWhat, course)
		}
	}
}

// purge counts a mailbox once, in however many scopes it is held: all of them
// are in one shard.
func (sh *shard) purge(match func(mailbox string) bool) int {
	sh.writing.Lock()
	defer sh.writing.Unlock()
	purged := map[string]bool{}
	for _, k := range sh.entries.Keys() {
		if !match(k.mailbox) {
			continue
		}
		if e, ok := sh.entries.Peek(k); ok && sh.entries.Remove(k) {
			e.tally.purged.Add(1)
			purged[k.mailbox] = true
		}
	}
	return len(purged)
}

// Purge forgets every calendar that drop accepts, and every failure, since a
// failure may have been about what has just been mended. It is for what a new
// configuration has changed: retire the Cache of the old one before.
func (s *Store) Purge(drop func(mailbox string, c *freebusy.Calendar) bool) {
	for i := range s.shards {
		s.sweep(&s.shards[i], func(k key, e entry) (entry, bool) { return entry{held: e.without(k, drop)}, true })
	}
}

// Moved forgets every calendar that drop accepts: its mailbox is asked for
// elsewhere from now on, or under another address.
func (c *Cache) Moved(drop func(mailbox string, c *freebusy.Calendar) bool) {
	for i := range c.store.shards {
		c.store.sweep(&c.store.shards[i], func(k key, e entry) (entry, bool) {
			before := len(e.held)
			e.held = e.without(k, drop)
			return e, len(e.held) < before
		})
	}
}

func (e entry) without(k key, drop func(mailbox string, c *freebusy.Calendar) bool) (kept []held) {
	for _, h := range e.held {
		if !drop(k.mailbox, h.calendar) {
			kept = append(kept, h)
		}
	}
	return kept
}

// sweep changes the entries for which f returns another one. Nobody else writes
// into the shard meanwhile: whoever looks, while he writes, whether he still may
// has either written before and is swept, or sees that he may not.
func (s *Store) sweep(sh *shard, f func(key, entry) (entry, bool)) {
	sh.writing.Lock()
	defer sh.writing.Unlock()
	for _, k := range sh.entries.Keys() {
		held, ok := sh.entries.Peek(k)
		if !ok {
			continue // it has made room
		}
		if swept, changed := f(k, held.entry); changed {
			s.replace(sh, k, func(entry) entry { return swept })
		}
	}
}
