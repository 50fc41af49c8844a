package admin

import (
	"fmt"
	"time"
)

// lasting says how long d is, in the largest unit that says enough.
func lasting(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%d days", d/day)
	}
}

const day = 24 * time.Hour

// left says how long it is until t: whole days as long as there are any.
func left(t time.Time) string {
	switch d := time.Until(t); {
	case d <= 0:
		return "over"
	case d < day:
		return lasting(d)
	case d < 2*day:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", d/day)
	}
}

// milliseconds is d for people: "0.3 ms", "27 ms", "1.4 s".
func milliseconds(d time.Duration) string {
	switch ms := float64(d) / float64(time.Millisecond); {
	case ms < 10:
		return fmt.Sprintf("%.1f ms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0f ms", ms)
	default:
		return fmt.Sprintf("%.1f s", ms/1000)
	}
}

// plural counts things whose name has no special plural.
func plural(n int, name string) string {
	if n == 1 {
		return "1 " + name
	}
	return fmt.Sprintf("%d %ss", n, name)
}

// first is the beginning of a list, of n elements at most.
func first[T any](n int, list []T) []T { return list[:min(n, len(list))] }
