package integration

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
)

// TestTheKeyboardIsEnough looks somebody up without a mouse, and sees on the way
// that whatever has the focus shows it.
func TestTheKeyboardIsEnough(t *testing.T) {
	t.Parallel()
	part(t, "chromium", "chromium")
	p := serve(t, []*forest.Forest{newForest(t, forest.Options{})})
	b := newBrowser(t)
	b.do(t, append(look{1280, "light"}.steps(), chromedp.Navigate(p.admin+"/lookup"))...)
	type focus struct {
		Name  string
		Shown bool
	}
	const focused = `(e => ({Name: e.id || e.textContent.trim(), Shown: getComputedStyle(e).outlineStyle !== 'none'}))(document.activeElement)`
	var order []string
	for range 24 { // a date has several stops
		b.do(t, chromedp.KeyEvent(kb.Tab))
		at := value(t, b, chromedp.Evaluate[focus](focused))
		if !at.Shown {
			t.Errorf("%s does not show that it has the focus", at.Name)
		}
		if len(order) == 0 || order[len(order)-1] != at.Name {
			order = append(order, at.Name)
		}
		if at.Name == "f-mailboxes" {
			b.do(t, chromedp.KeyEvent("alice@fabrikam.example"))
		}
		if at.Name == "Look up" {
			break
		}
	}
	want := []string{"Skip to the content", "Status", "Look-up", "Questions", "Metrics", "Readiness", "Profiler", "f-mailboxes", "f-day", "f-days", "f-zone", "Look up"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("the order of the focus (-want +got):\n%s", diff)
	}
	b.do(t, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.ID("found")))
	if words := value(t, b, chromedp.Evaluate[string](`document.querySelector('svg.strip').getAttribute('aria-label')`)); !strings.HasPrefix(words, "alice@fabrikam.example on ") {
		t.Errorf("found %q", words)
	}
}

// TestOtherSitesReachNothing has an attacker's page in the operator's browser: it
// sends forms to the listener, and reads it under a name of its own that leads
// there.
func TestOtherSitesReachNothing(t *testing.T) {
	t.Parallel()
	part(t, "chromium", "chromium")
	p := serve(t, []*forest.Forest{newForest(t, forest.Options{})})
	b := newBrowser(t)
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<form method="post" action="%s"><input name="all" value="true"><input name="mailboxes" value="alice@fabrikam.example"></form>`, r.URL.Query().Get("to"))
	}))
	t.Cleanup(evil.Close)
	sites := map[string]string{"another port": evil.URL, "another site": strings.Replace(evil.URL, "127.0.0.1", "evil.example", 1)}
	for site, url := range sites {
		for _, path := range []string{"/-/purge", "/-/reload", "/lookup"} {
			b.do(t, chromedp.Navigate(url+"/?to="+p.admin+path))
			response, err := chromedp.RunResponse(b.ctx, chromedp.Submit(chromedp.CSS("form")))
			if err != nil {
				t.Fatal(err)
			}
			if response.Status != http.StatusForbidden || !strings.HasSuffix(response.URL, path) {
				t.Errorf("%s: %s is answered %d", site, response.URL, response.Status)
			}
		}
		if log := p.log.String(); strings.Contains(log, "cache purged") || strings.Contains(log, "configuration reloaded") || strings.Contains(log, "look-up from the pages") {
			t.Errorf("%s: something was done:\n%s", site, log)
		}
	}
	rebound := strings.Replace(p.admin, "127.0.0.1", "evil.example", 1)
	for _, path := range []string{"/", "/lookup", "/queries", "/metrics", "/-/ready", "/debug/pprof/", "/style.css"} {
		response := value(t, b, chromedp.NavigateResponse(rebound+path))
		if response.Status != http.StatusMisdirectedRequest {
			t.Errorf("%s is answered %d", response.URL, response.Status)
		}
		if text := value(t, b, chromedp.Evaluate[string](`document.body.textContent`)); strings.Contains(text, "fabrikam") {
			t.Errorf("under another name it tells %s", text)
		}
	}
	if complaints := b.complaints(); slices.ContainsFunc(complaints, func(c string) bool { return strings.Contains(c, "Uncaught") }) {
		t.Errorf("the browser complains: %v", complaints)
	}
}
