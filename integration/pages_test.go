package integration

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"availproxy/integration/forest"
)

// troubled runs a proxy whose first forest is well until EWS ends there, with a
// shadow that is not, whose second one does not let us in, and whose third one
// nobody hears from.
func troubled(t *testing.T) *proxy {
	t.Helper()
	fabrikam, wingtip := twoForests(t)
	o := forest.Options{Seed: 3, SharesACSWith: fabrikam}
	o.Domain = "tailspin.example"
	tailspin := newForest(t, o)
	wall := newWall(t, false)
	end := time.Now().AddDate(0, 2, 0).Format(time.DateOnly)
	p := serve(t, []*forest.Forest{fabrikam, wingtip, tailspin}, wall.behind(t, tailspin), impatient(t),
		replace(t, "\n#+", "\n"), replace(t, "shadow: graph", "shadow: graph\n    ews_end_date: "+end))
	p.ask(t, "alice@fabrikam.example", "hiro@wingtip.example")
	wingtip.EWS.Faults.Set(forest.Faults{Status: 403})
	for range 4 {
		p.ask(t, "bob@fabrikam.example", wingtip.Truth.Mailboxes[1].Address, wingtip.Truth.Mailboxes[2].Address, tailspin.Truth.Mailboxes[0].Address)
	}
	return p
}

var looks = map[string]look{
	"desktop light": {1280, "light"}, "desktop dark": {1280, "dark"}, "phone light": {360, "light"}, "phone dark": {360, "dark"},
}

// TestPagesOfAProxyInTrouble opens them in a browser, as wide and as dark as people
// have theirs.
func TestPagesOfAProxyInTrouble(t *testing.T) {
	t.Parallel()
	part(t, "chromium", "chromium")
	p := troubled(t)
	b := newBrowser(t)
	mailboxes := strings.Join([]string{"alice@fabrikam.example", "bob@fabrikam.example", "hiro@wingtip.example", p.forests[2].Truth.Mailboxes[0].Address, "nobody@unrelated.example"}, "\n")
	asks := append([]step{chromedp.Navigate(p.admin + "/lookup")}, lookUp(mailboxes, p.forests[0].Truth.Week, 2, "China Standard Time")...)
	pages := map[string][]step{
		"status":  {chromedp.Navigate(p.admin + "/"), chromedp.WaitVisible(chromedp.ID("forests"))},
		"lookup":  asks,
		"queries": {chromedp.Navigate(p.admin + "/queries"), chromedp.WaitVisible(chromedp.ID("failures"))},
		"query":   {chromedp.Navigate(p.admin + "/queries"), chromedp.Click(chromedp.CSS("[aria-labelledby=failures] td a")), chromedp.WaitVisible(chromedp.ID("path"))},
		"mistake": {chromedp.Navigate(p.admin + "/lookup"), chromedp.SetValue(chromedp.ID("f-mailboxes"), "nobody"), chromedp.SetValue(chromedp.ID("f-zone"), "Mars"), chromedp.Submit(chromedp.ID("f-zone")), chromedp.WaitVisible(chromedp.CSS(".wrong"))},
	}
	for page, open := range pages {
		for name, look := range looks {
			t.Run(page+" "+name, func(t *testing.T) {
				b.do(t, append(look.steps(), open...)...)
				b.picture(t, page+" "+name)
				if outside := b.outside(t); len(outside) > 0 {
					t.Errorf("too wide: %s", strings.Join(outside, ", "))
				}
				for _, problem := range b.complaints() {
					if !strings.Contains(problem, "422") { // which is what a mistake is answered
						t.Errorf("the browser complains: %s", problem)
					}
				}
				for _, violation := range b.axe(t) {
					t.Error(violation)
				}
			})
		}
	}
}

// TestPagesNameTheCause reads on the pages why each forest in trouble is so, as the
// catalogue of causes has it.
func TestPagesNameTheCause(t *testing.T) {
	t.Parallel()
	part(t, "chromium", "chromium")
	p := troubled(t)
	b := newBrowser(t)
	const causes = `[...document.querySelectorAll('%s')].map(card => card.querySelector('h3').firstChild.textContent.trim() + ' ' + ((/Cause (\S+)/.exec(card.textContent) || [])[1] || 'well'))`
	lookups := []string{"fabrikam.example", "wingtip.example", "tailspin.example"}
	b.do(t, chromedp.Navigate(p.admin+"/"), chromedp.WaitVisible(chromedp.ID("forests")))
	status := value(t, b, chromedp.Evaluate[[]string](fmt.Sprintf(causes, "[aria-labelledby=forests] article")))
	for i, forest := range lookups {
		lookups[i] = p.forests[i].Truth.Mailboxes[2].Address
		if !strings.HasPrefix(status[i], forest+" ") || strings.HasSuffix(status[i], " well") != (i == 0) {
			t.Errorf("of %s the status says %s", forest, status[i])
		}
	}
	b.do(t, append([]step{chromedp.Navigate(p.admin + "/lookup")}, lookUp(strings.Join(lookups, " "), p.forests[0].Truth.Week, 1, "UTC")...)...)
	found := value(t, b, chromedp.Evaluate[[]string](fmt.Sprintf(causes, "[aria-labelledby=answers] article")))
	for i, answer := range found {
		_, cause, _ := strings.Cut(answer, " ")
		if _, said, _ := strings.Cut(status[i], " "); said != cause {
			t.Errorf("the status says %s, the look-up %s", status[i], answer)
		}
	}
	hops := value(t, b, chromedp.Evaluate[[]string](`[...document.querySelectorAll('.path tbody th')].map(th => th.textContent)`))
	for _, hop := range []string{"availability.lookup", "cache.lookup"} {
		if !slices.Contains(hops, hop) {
			t.Errorf("the path lacks %s: %v", hop, hops)
		}
	}
	b.do(t, chromedp.Click(chromedp.CSS("[aria-labelledby=path] p a")), chromedp.WaitVisible(chromedp.ID("mailboxes")))
	if story := value(t, b, chromedp.TextContent(chromedp.CSS("main"))); strings.Contains(story, "fabrikam.example, ") || strings.Contains(story, lookups[0]) {
		t.Errorf("the story names a mailbox:\n%s", story)
	}
}
