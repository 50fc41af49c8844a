package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// write prints the result as a Markdown table. In brackets is the ratio to the
// first line.
func (r result) write(w io.Writer) error {
	fmt.Fprintf(w, "\n### %s\n\n%s %d connections, %.1f mailboxes a question.\n\n",
		strings.ToUpper(r.workload.name[:1])+r.workload.name[1:], r.workload.about, r.workload.connections, r.asked)
	table := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(table, "| |\t server CPU each |\t allocations |\t look-ups in the forest |\t requests/s |\t p50 |\t p99 |")
	fmt.Fprintln(table, "| --- |\t --- |\t --- |\t --- |\t --- |\t --- |\t --- |")
	for _, l := range r.lines {
		f, base := l.figures, r.lines[0].figures
		fmt.Fprintf(table, "| %s |\t %s |\t %s |\t %.2f |\t %.0f%s |\t %s |\t %s |\n", l.contestant.name,
			compared(f.cpu.Seconds()*1e6, base.cpu.Seconds()*1e6, "%.1f µs"), compared(f.allocated, base.allocated, "%.0f"),
			f.lookUps, f.rate, ratio(f.rate, base.rate), short(f.p50), short(f.p99))
	}
	for _, why := range r.missing {
		defer fmt.Fprintf(w, "\n%v.\n", why)
	}
	return table.Flush()
}

// compared is a figure beside its ratio, or "-" when it was not measured.
func compared(x, base float64, format string) string {
	if x < 0 {
		return "-"
	}
	return fmt.Sprintf(format, x) + ratio(x, base)
}

func ratio(x, base float64) string {
	if base <= 0 {
		return ""
	}
	return fmt.Sprintf(" (%.2f)", x/base)
}

func short(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
