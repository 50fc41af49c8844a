package cache

import (
	"slices"
	"time"

	"availproxy/freebusy"
)

// missing are the hours of w that none of the known windows covers, in order.
func missing(w freebusy.Window, known []freebusy.Window) []freebusy.Window {
	if len(known) == 0 && w.Start.Before(w.End) {
		return []freebusy.Window{w}
	}
	known = slices.SortedFunc(slices.Values(known), func(a, b freebusy.Window) int { return a.Start.Compare(b.Start) })
	var gaps []freebusy.Window
	for _, k := range known {
		if !k.End.After(w.Start) || !k.Start.Before(w.End) {
			continue
		}
		if k.Start.After(w.Start) {
			gaps = append(gaps, freebusy.Window{Start: w.Start, End: k.Start})
		}
		w.Start = k.End
	}
	if w.Start.Before(w.End) {
		gaps = append(gaps, w)
	}
	return gaps
}

const day = 24 * time.Hour

// pad widens gap, a part of the asked window, to whole days of UTC with padding
// on either side, so that questions about neighbouring hours meet. A side that
// borders on what is known stays as it is. Where that is longer than longest
// the padding gets smaller, and at last there is none.
func pad(gap, asked freebusy.Window, padding, longest time.Duration) freebusy.Window {
	for padding > 0 {
		padded := gap
		if gap.Start.Equal(asked.Start) {
			padded.Start = gap.Start.Add(-padding).UTC().Truncate(day)
		}
		if gap.End.Equal(asked.End) {
			padded.End = gap.End.Add(padding + day - 1).UTC().Truncate(day)
		}
		if padded.Duration() <= longest && writable(padded) {
			return padded
		}
		padding = (padding / 2).Truncate(time.Hour)
	}
	return gap
}

// writable reports whether .NET can read the ends of w, whose years have four
// digits.
func writable(w freebusy.Window) bool { return w.Start.Year() >= 1 && w.End.Year() <= 9999 }

// utc gives equal moments equal keys.
func utc(w freebusy.Window) freebusy.Window {
	return freebusy.Window{Start: w.Start.UTC(), End: w.End.UTC()}
}
