package admin

import "availproxy/cmd/internal/history"

// hopBar is a hop with its place on the time that the whole path took.
type hopBar struct {
	history.Hop
	bar
}

// hopBars draws hops on the time from the beginning of the first to the end of the
// last, as far as that is known.
func hopBars(path []history.Hop) []hopBar {
	all := 0.001 // ms, so that a path that took no time has a length
	for _, h := range path {
		all = max(all, h.StartMS+h.MS)
	}
	bars := make([]hopBar, len(path))
	for i, h := range path {
		width := max(100*h.MS/all, narrowest)
		bars[i] = hopBar{h, bar{X: percent(max(0, min(100*h.StartMS/all, 100-width))), Width: percent(width)}}
	}
	return bars
}
