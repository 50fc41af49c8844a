package ews

import (
	"errors"
	"time"

	"availproxy/freebusy"
)

// mergedElsewhere is for digits of other hours than those asked for. There is
// no answer to make of them, and free is the last thing to say.
var mergedElsewhere = freebusy.GenerationFailed(errors.New("ews: the digits are of other hours than those asked for"))

// coversMerged reports whether m tells about every moment of w.
func coversMerged(m *freebusy.Merged, w freebusy.Window) bool {
	if m == nil || m.Interval <= 0 {
		return false
	}
	end := m.Start.Add(m.Interval * time.Duration(len(m.Digits)))
	return !m.Start.After(w.Start) && !end.Before(w.End)
}

// remerge gives the digits of m for other slots: the greatest of those that
// reach into each. For the start and interval that m was made for these are
// the digits themselves. Where no data (4) reaches into a slot, nothing is
// known about the slot.
func remerge(m *freebusy.Merged, w freebusy.Window, interval time.Duration) string {
	slots := make([]byte, (w.Duration()+interval-1)/interval)
	for i := range slots {
		from := w.Start.Add(interval * time.Duration(i)).Sub(m.Start)
		to := min(from+interval, w.End.Sub(m.Start))
		slots[i] = '0'
		for k := int(from / m.Interval); k < len(m.Digits) && time.Duration(k)*m.Interval < to; k++ {
			slots[i] = max(slots[i], m.Digits[k])
		}
	}
	return string(slots)
}
