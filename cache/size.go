package cache

// The cost in memory of the parts of an entry, in bytes, with the allocator's
// rounding and the maps and lists that hold them. A test compares their sum
// with the heap.
const (
	entryCost   = 400 // with a key of the usual length
	usualKey    = 32
	failureCost = 250
	heldCost    = 350
	eventCost   = 64
	detailsCost = 64
)

// size is about what e costs in memory, but for the memos of its calendars.
func (e entry) size() int64 {
	n := entryCost
	if e.failure != nil {
		n += failureCost + rounded(e.failure.err.Text)
	}
	for _, h := range e.held {
		n += heldCost + cap(h.calendar.Events)*eventCost
		if m := h.calendar.Merged; m != nil {
			n += rounded(m.Digits)
		}
		for _, event := range h.calendar.Events {
			if d := event.Details; d != nil {
				n += detailsCost + rounded(d.ID) + rounded(d.Subject) + rounded(d.Location)
			}
		}
	}
	return int64(n)
}

// size is about what k costs beyond a key of the usual length: callers choose
// addresses.
func (k key) size() int64 {
	return int64(max(0, rounded(k.mailbox)-usualKey))
}

// rounded is what the allocator gives for a text of the usual length.
func rounded(text string) int { return (len(text) + 15) &^ 15 }

func (e entry) memoBytes() int64 {
	n := 0
	for _, h := range e.held {
		n += h.calendar.MemoBytes()
	}
	return int64(n)
}
