package integration

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
)

// drawnBar is a bar of a strip as it lies in the window: from and to are parts of
// the width of the strip.
type drawnBar struct {
	Class    string
	From, To float64
}

// drawnStrip is a strip as a browser shows it.
type drawnStrip struct {
	Who, Words string
	Bars       []drawnBar
}

const readStrips = `[...document.querySelectorAll('.day .row:not(.axis)')].map(row => {
	const strip = row.querySelector('svg'), at = strip.getBoundingClientRect();
	const inner = at.width - 2, left = at.left + 1; // within its border
	return {Who: row.querySelector('.who').textContent, Words: strip.getAttribute('aria-label'), Bars: [...strip.querySelectorAll('.bar')].map(bar => {
		const b = bar.getBBox();
		return {Class: bar.classList[1], From: b.x / inner, To: (b.x + b.width) / inner};
	})};
})`

// TestStripsTellTheTruth compares what a browser draws of a week with the calendars
// of the forest, on the clocks of two zones.
func TestStripsTellTheTruth(t *testing.T) {
	t.Parallel()
	part(t, "chromium", "chromium")
	f := newForest(t, forest.Options{Seed: 1})
	p := serve(t, []*forest.Forest{f})
	b := newBrowser(t)
	b.do(t, look{1280, "light"}.steps()...)
	who := []string{"alice@fabrikam.example", "bob@fabrikam.example"}
	for windows, name := range map[string]string{"China Standard Time": "Asia/Shanghai", "Eastern Standard Time": "America/New_York"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		b.do(t, append([]step{chromedp.Navigate(p.admin + "/lookup")}, lookUp(strings.Join(who, "\n"), f.Truth.Week, 5, windows)...)...)
		strips := value(t, b, chromedp.Evaluate[[]drawnStrip](readStrips))
		if len(strips) != 5*len(who) {
			t.Fatalf("%d strips: %+v", len(strips), strips)
		}
		for i, got := range strips {
			m, _ := f.Truth.Mailbox(who[i%len(who)])
			year, month, day := f.Truth.Week.Date()
			start := time.Date(year, month, day+i/len(who), 0, 0, 0, 0, zone)
			want := barsOf(m, start, start.AddDate(0, 0, 1))
			slices.SortFunc(got.Bars, byPlace)
			near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 0.005 })
			if diff := cmp.Diff(want, got.Bars, near); got.Who != m.Address || diff != "" {
				t.Errorf("%s in %s on %s (-truth +drawn):\n%s", got.Who, name, start, diff)
			}
			if free := strings.Contains(got.Words, "free all day"); free != (len(want) == 0) || !strings.Contains(got.Words, start.Format("Monday 2 January 2006")) {
				t.Errorf("%s in %s on %s is said to be %q", got.Who, name, start, got.Words)
			}
		}
	}
}

// lookUp fills in the form and sends it.
func lookUp(mailboxes string, day time.Time, days int, zone string) []step {
	return []step{
		chromedp.SetValue(chromedp.ID("f-mailboxes"), mailboxes), chromedp.SetValue(chromedp.ID("f-day"), day.Format(time.DateOnly)),
		chromedp.SetValue(chromedp.ID("f-days"), fmt.Sprint(days)), chromedp.SetValue(chromedp.ID("f-zone"), zone),
		chromedp.Submit(chromedp.ID("f-zone")), chromedp.WaitVisible(chromedp.ID("found")),
	}
}

var classes = map[forest.BusyType]string{
	forest.Tentative: "tentative", forest.Busy: "busy", forest.OOF: "oof", forest.WorkingElsewhere: "elsewhere", forest.NoData: "nodata",
}

// barsOf are the bars of a day that a calendar has in truth.
func barsOf(m forest.Mailbox, start, end time.Time) []drawnBar {
	var all []drawnBar
	for _, e := range m.Events {
		if e.Busy == forest.Free || !within(e, start, end) {
			continue
		}
		part := func(at time.Time) float64 { return float64(at.Sub(start)) / float64(end.Sub(start)) }
		all = append(all, drawnBar{classes[e.Busy], max(0, part(e.Start)), min(1, part(e.End))})
	}
	slices.SortFunc(all, byPlace)
	return all
}

func byPlace(a, b drawnBar) int {
	if near := math.Abs(a.From-b.From) < 0.004; !near {
		return int(math.Copysign(1, a.From-b.From))
	}
	if a.Class != b.Class {
		return strings.Compare(a.Class, b.Class)
	}
	return int(math.Copysign(1, a.To-b.To))
}
