package freebusy

import "time"

// Merge writes MergedFreeBusy ([MS-OXWAVLS] 3.1.4.1.4.1): one digit for each
// slot of interval from w.Start on, the last one possibly cut short by w.End.
// A slot shows the busiest event that reaches into it, be it for a second;
// slots and events are half-open. An event of no length reaches into the slot
// around it, and into none where one slot ends and the next begins. The
// interval must be positive; a window that ends before it starts has no slots.
func Merge(events []Event, w Window, interval time.Duration) string {
	return string(AppendMerged(nil, events, w, interval))
}

// AppendMerged appends to dst what Merge returns.
func AppendMerged(dst []byte, events []Event, w Window, interval time.Duration) []byte {
	before := len(dst)
	dst = append(dst, make([]byte, max(0, slotsUntil(w.End, w, interval)))...)
	slots := dst[before:]
	for i := range slots {
		slots[i] = '0'
	}
	for _, e := range events {
		digit := e.Busy.digit()
		if digit == '0' || !w.Holds(e) {
			continue
		}
		from, to := max(0, int(e.Start.Sub(w.Start)/interval)), min(len(slots), slotsUntil(e.End, w, interval))
		for i := from; i < to; i++ {
			slots[i] = max(slots[i], digit)
		}
	}
	return dst
}

// slotsUntil is how many slots have begun before t, the one around t included.
func slotsUntil(t time.Time, w Window, interval time.Duration) int {
	since := t.Sub(w.Start)
	slots := since / interval
	if slots*interval < since {
		slots++ // rather than rounding up by addition, which a far t overflows
	}
	return int(slots)
}

// digit is the rank of b in a merged stream. WorkingElsewhere counts as free,
// as Exchange Online has it for the sake of old callers, and 4 is never
// written ([MS-OXWAVLS] 4.3).
func (b BusyType) digit() byte {
	switch b {
	case Tentative, Busy, OOF:
		return '0' + byte(b)
	default:
		return '0'
	}
}
