package admin

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// luminance is that of a colour "#rrggbb" (WCAG 2.2, relative luminance).
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	rgb, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil || len(colour) != 7 {
		t.Fatalf("%q is no colour of six digits", colour)
	}
	linear := func(c uint64) float64 {
		s := float64(c&255) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(rgb>>16) + 0.7152*linear(rgb>>8) + 0.0722*linear(rgb)
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

var variable = regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`)

// schemes are the colours of the stylesheet, light and dark, by their names.
func schemes(t *testing.T) map[string]map[string]string {
	t.Helper()
	css, err := files.ReadFile("style.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, found := strings.Cut(string(css), "prefers-color-scheme: dark")
	if !found {
		t.Fatal("the stylesheet has no dark colours")
	}
	all := map[string]map[string]string{"light": {}, "dark": {}}
	for scheme, part := range map[string]string{"light": light, "dark": dark} {
		for _, found := range variable.FindAllStringSubmatch(part, -1) {
			all[scheme][found[1]] = found[2]
		}
	}
	return all
}

// TestContrastIsEnough computes it for each pair of colours that meets: 4.5 for
// text (WCAG 2.2, 1.4.3), 3 for what else must be told apart (1.4.11).
func TestContrastIsEnough(t *testing.T) {
	const text, graphics = 4.5, 3
	pairs := map[string]float64{}
	for _, paper := range []string{"paper", "sheet", "attention"} {
		for _, ink := range []string{"ink", "quiet", "link", "bad", "warn", "good"} {
			pairs[ink+" on "+paper] = text
		}
	}
	for _, busy := range []string{"tentative", "busy", "oof", "elsewhere", "nodata"} {
		for _, under := range []string{"free", "work"} {
			pairs[busy+" on "+under] = graphics
		}
	}
	for pair, least := range map[string]float64{"paper on link": text, "line on paper": graphics, "line on sheet": graphics, "work-line on free": graphics, "work-line on work": graphics} {
		pairs[pair] = least
	}
	for scheme, colours := range schemes(t) {
		for pair, least := range pairs {
			ink, paper, _ := strings.Cut(pair, " on ")
			if got := contrast(t, colours[ink], colours[paper]); got < least {
				t.Errorf("%s: %s is %.2f, want %v", scheme, pair, got, least)
			}
		}
	}
	if got := fmt.Sprintf("%.2f", contrast(t, "#000000", "#ffffff")); got != "21.00" {
		t.Errorf("black on white is %s", got)
	}
}

// TestBothSchemesHaveTheSameColours finds one that was forgotten in the dark.
func TestBothSchemesHaveTheSameColours(t *testing.T) {
	all := schemes(t)
	for name := range all["light"] {
		if _, ok := all["dark"][name]; !ok {
			t.Errorf("--%s has no dark colour", name)
		}
	}
	if len(all["light"]) < 15 {
		t.Errorf("found only %v", all["light"])
	}
}
