package integration

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a headless Chromium that finds no host but 127.0.0.1, also under the
// name of an attacker.
type browser struct {
	ctx context.Context

	mu       sync.Mutex // guards problems
	problems []string   // what it complained of: errors, and what the policy forbids
}

// newBrowser starts one that runs until the test ends.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(part(t, "chromium", "chromium")), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, // root may not have one
		chromedp.Flag("host-resolver-rules", "MAP evil.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...) // t.Context() ends before cleanup
	ctx, cancel := chromedp.NewContext(allocator)
	b := &browser{ctx: ctx}
	t.Cleanup(func() {
		chromedp.Cancel(ctx) // waits until the process has ended
		cancel()
		stop()
	})
	if err := chromedp.Listen(ctx, b.note); err != nil {
		t.Fatal(err)
	}
	b.do(t, command(log.Enable, cdp.Empty{}))
	return b
}

// note keeps what goes wrong in a page.
func (b *browser) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			b.problems = append(b.problems, e.Entry.Text+" "+e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, e.ExceptionDetails.Text)
	}
}

// complaints are the problems since the last time.
func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.problems
	b.problems = nil
	return all
}

// step is something that a browser does.
type step = chromedp.Action[chromedp.Void]

// command is a step that has no action of its own.
func command[P, R any](c cdp.Command[P, R], params P) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// do takes steps one after the other.
func (b *browser) do(t *testing.T, steps ...step) {
	t.Helper()
	value(t, b, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Void{}, chromedp.Do(ctx, steps...)
	})
}

// value is what came of an action.
func value[T any](t *testing.T, b *browser, action chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// look is a window of that width in that colour scheme.
type look struct {
	width  int64
	scheme string // light or dark
}

func (l look) steps() []step {
	return []step{
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: l.width, Height: 800, DeviceScaleFactor: 1, Mobile: l.width < 600,
		}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}},
		}),
	}
}

// outside are the elements that reach beyond the window on the right, but for
// those in a part of the page that scrolls by itself.
func (b *browser) outside(t *testing.T) []string {
	t.Helper()
	return value(t, b, chromedp.Evaluate[[]string](`[...document.querySelectorAll('body *')]
		.filter(e => !e.closest('.scroll, .skip, svg') && e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
		.map(e => e.tagName + '.' + e.getAttribute('class'))
		.concat(document.documentElement.scrollWidth > document.documentElement.clientWidth ? ['the page scrolls sideways'] : [])`))
}

// axe is what axe-core finds against the rules of WCAG 2.2 AA.
func (b *browser) axe(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(os.Getenv("AVAILPROXY_NODE_MODULES"), "axe-core", "axe.min.js"))
	if err != nil {
		missing(t, "axe-core (npm install, AVAILPROXY_NODE_MODULES says where)")
	}
	b.do(t, chromedp.Evaluate[chromedp.Void](string(source)))
	return value(t, b, chromedp.Evaluate[[]string](`axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
		.then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.target + ': ' + n.failureSummary)))`, chromedp.EvalAwaitPromise))
}

// picture writes what the whole page looks like into the directory that
// AVAILPROXY_SCREENSHOTS names, if it does.
func (b *browser) picture(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("AVAILPROXY_SCREENSHOTS")
	if dir == "" {
		return
	}
	png := value(t, b, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}
