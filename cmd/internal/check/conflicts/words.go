package conflicts

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"availproxy/cmd/internal/exchange"
)

// mostNamed is how many things a finding lists.
const mostNamed = 10

// counted lists what there is, and how often.
func counted(times map[string]int) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(times)) {
		all = append(all, fmt.Sprintf("%s (%d)", name, times[name]))
	}
	return named(all)
}

func named(all []string) string {
	if more := len(all) - mostNamed; more > 0 {
		return strings.Join(all[:mostNamed], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(all, ", ")
}

// quote writes a PowerShell string for what an export says.
func quote(text string) string { return exchange.Quote(text) }
