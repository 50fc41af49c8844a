package freebusy

import "time"

// Merge writes MergedFreeBusy ([MS-OXWAVLS] 3.1.4.1.3.12): one digit for each
// slot of interval from w.Start on, the last one possibly cut short by w.End.
// A slot shows the busiest event that reaches into it, be it for a second;
// slots and events are half-open. The interval must be positive.
func Merge(events []Event, w Window, interval time.Duration) string {
	slots := make([]byte, (w.Duration()+interval-1)/interval)
	for i := range slots {
		slots[i] = '0'
	}
	for _, e := range events {
		if !w.Holds(e) {
			continue
		}
		digit := e.Busy.digit()
		from := max(0, int(e.Start.Sub(w.Start)/interval))
		to := min(len(slots), int((e.End.Sub(w.Start)+interval-1)/interval))
		for i := from; i < to; i++ {
			slots[i] = max(slots[i], digit)
		}
	}
	return string(slots)
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
