package sspi

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"availproxy/ews/authn"
)

// running has the Authority of w run for as long as the test, in a bubble.
func running(t *testing.T, w *fakeWindows) (a *Authority, end func()) {
	t.Helper()
	a = authority(t, w)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	return a, sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
	})
}

// TestEveryContextIsGivenBack begins a handshake of several legs and has
// something come in between.
func TestEveryContextIsGivenBack(t *testing.T) {
	tests := map[string]struct {
		happens func(t *testing.T, a *Authority, h authn.Handshake, end func())
		hears   string // in the next leg; "" sends none
	}{
		"nothing":                              {func(*testing.T, *Authority, authn.Handshake, func()) {}, byNTLM},
		"the caller hangs up between two legs": {func(_ *testing.T, _ *Authority, h authn.Handshake, _ func()) { h.Close() }, ""},
		"the caller takes its time":            {func(*testing.T, *Authority, authn.Handshake, func()) { time.Sleep(4900 * time.Millisecond) }, byNTLM},
		"the caller takes too long":            {func(*testing.T, *Authority, authn.Handshake, func()) { time.Sleep(5100 * time.Millisecond) }, "late"},
		"a reload, and the caller goes on": {func(t *testing.T, _ *Authority, h authn.Handshake, end func()) {
			go end()
			synctest.Wait()
		}, byNTLM},
		"the proxy stops, and the caller does not go on": {func(t *testing.T, a *Authority, h authn.Handshake, end func()) {
			began := time.Now()
			end()
			if waited := time.Since(began); waited > a.options.Timeout {
				t.Errorf("Run waited %v for a caller", waited)
			}
		}, "late"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &fakeWindows{caller: ex2010, takes: 10 * time.Millisecond}
				a, end := running(t, w)
				h := a.NTLM().Begin(&authn.Connection{})
				if got := hears(t, h, negotiateMessage(t)); got != "challenge" {
					t.Fatal(got)
				}
				tt.happens(t, a, h, end)
				if tt.hears != "" {
					if got := hears(t, h, logon(t, "EX2010$")); got != tt.hears {
						t.Errorf("the second leg hears %q, want %q", got, tt.hears)
					}
					h.Close()
				}
				synctest.Wait()
				if n := w.left(); n != 0 {
					t.Errorf("%d contexts were not given back", n)
				}
				end()
			})
		})
	}
}

// TestACallThatNobodyWaitsFor is about callers who hang up while Windows asks a
// domain controller, and about one that does not answer.
func TestACallThatNobodyWaitsFor(t *testing.T) {
	tests := map[string]struct {
		after time.Duration // the caller hangs up; 0: never
		legs  []string      // what it hears
		first time.Duration // for Windows to take one token
	}{
		"the caller hangs up in the first leg": {after: time.Second, legs: []string{"late"}, first: 4 * time.Second},
		"Windows takes minutes":                {legs: []string{"unavailable"}, first: 2 * time.Minute},
		"Windows is slow":                      {legs: []string{"challenge", byNTLM}, first: 4 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &fakeWindows{caller: ex2010, takes: tt.first}
				a, end := running(t, w)
				h := a.NTLM().Begin(&authn.Connection{})
				ctx := t.Context()
				if tt.after > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.after)
					defer cancel()
				}
				for i, token := range [][]byte{negotiateMessage(t), logon(t, "EX2010$")}[:len(tt.legs)] {
					began := time.Now()
					if got := told(t, h, ctx, token); got != tt.legs[i] {
						t.Errorf("leg %d hears %q, want %q", i, got, tt.legs[i])
					}
					if waited := time.Since(began); waited > a.options.Timeout {
						t.Errorf("leg %d took %v", i, waited)
					}
				}
				h.Close()
				end() // waits for Windows
				if n := w.left(); n != 0 {
					t.Errorf("%d contexts were not given back", n)
				}
			})
		})
	}
}

func TestNothingBeginsAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fakeWindows{caller: ex2010}
		a, end := running(t, w)
		end()
		if got := hears(t, a.NTLM().Begin(&authn.Connection{}), negotiateMessage(t)); got != "unavailable" || w.opened != 0 {
			t.Errorf("it hears %q, and Windows opened %d contexts", got, w.opened)
		}
	})
}

// TestWindowsIsAskedByFewAtATime has many callers at once.
func TestWindowsIsAskedByFewAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fakeWindows{caller: ex2010, takes: 10 * time.Millisecond}
		a, end := running(t, w)
		defer end()
		var callers sync.WaitGroup
		for range 100 {
			callers.Go(func() {
				h := a.NTLM().Begin(&authn.Connection{})
				defer h.Close()
				if got := hears(t, h, negotiateMessage(t)) + hears(t, h, logon(t, "EX2010$")); got != "challenge"+byNTLM {
					t.Error(got)
				}
			})
		}
		callers.Wait()
		if w.busiest != 2 {
			t.Errorf("Windows was asked by %d at a time, want 2", w.busiest)
		}
	})
}

// TestCallersWhoWaitForNothing begin so many handshakes that there is no room for
// more, and let them lie.
func TestCallersWhoWaitForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fakeWindows{caller: ex2010}
		a, end := running(t, w)
		defer end()
		c, first := &authn.Connection{}, negotiateMessage(t)
		began := time.Now()
		for range 3 * mostContexts {
			if got := hears(t, a.NTLM().Begin(c), first); got != "challenge" && got != "unavailable" {
				t.Fatal(got)
			}
		}
		if left := w.left(); left > mostContexts {
			t.Errorf("Windows remembers %d handshakes, want %d at most", left, mostContexts)
		}
		if got := hears(t, a.NTLM().Begin(c), first); got != "unavailable" {
			t.Errorf("when there is no room, a caller hears %q", got)
		}
		time.Sleep(a.options.Timeout / mostContexts * 2)
		if got := hears(t, a.NTLM().Begin(c), first); got != "challenge" {
			t.Errorf("%v later, one hears %q", time.Since(began), got)
		}
	})
}

// TestWhoeverGuessesIsNotAsked keeps wrong passwords from the domain controllers,
// which lock accounts.
func TestWhoeverGuessesIsNotAsked(t *testing.T) {
	tests := map[string]func(*testing.T, *Authority) string{
		"one after the other": func(t *testing.T, a *Authority) string { return guess(t, a.NTLM(), t.Context()) },
		"under Negotiate":     func(t *testing.T, a *Authority) string { return guess(t, a.Negotiate(0), t.Context()) },
		"hanging up before the answer": func(t *testing.T, a *Authority) string {
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Millisecond) // in the second leg
			defer cancel()
			defer time.Sleep(100 * time.Millisecond)
			return guess(t, a.NTLM(), ctx)
		},
	}
	for name, try := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &fakeWindows{caller: ex2010, takes: 10 * time.Millisecond}
				a, end := running(t, w)
				defer end()
				last := ""
				for range 20 {
					last = try(t, a)
				}
				if last != "ntlm throttled" || w.logons() > 5 {
					t.Errorf("after 20 guesses one hears %q, and Windows saw %d of them", last, w.logons())
				}
			})
		})
	}
}

// TestGuessesAtTheSameTime is about somebody who prepares many and sends them at
// once.
func TestGuessesAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fakeWindows{caller: ex2010, takes: 10 * time.Millisecond}
		a, end := running(t, w)
		defer end()
		var callers sync.WaitGroup
		for range 200 {
			callers.Go(func() { guess(t, a.NTLM(), t.Context()) })
		}
		callers.Wait()
		if n, most := w.logons(), 5+cap(a.calls); n > most {
			t.Errorf("Windows saw %d guesses, want %d at most", n, most)
		}
	})
}

func guess(t *testing.T, mechanism authn.Acceptor, ctx context.Context) string {
	h := mechanism.Begin(&authn.Connection{})
	defer h.Close()
	if got := hears(t, h, negotiateMessage(t)); got != "challenge" {
		return got
	}
	return told(t, h, ctx, logon(t, "wrong"))
}

// logons are how many proofs by NTLM have come to Windows.
func (w *fakeWindows) logons() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, what := range w.saw {
		if what == "AUTHENTICATE" {
			n++
		}
	}
	return n
}

func TestProbe(t *testing.T) {
	for name, tt := range map[string]struct {
		unable error
		says   string
	}{
		"all is well":            {nil, "<nil>"},
		"no credentials":         {NoCredentials, "SEC_E_NO_CREDENTIALS (0x8009030E): the account that the proxy runs as has no credentials"},
		"what nobody has listed": {Status(0x80090399), "status 0x80090399 of Windows"},
	} {
		t.Run(name, func(t *testing.T) {
			a := authority(t, &fakeWindows{unable: tt.unable})
			if got := fmt.Sprint(a.Probe(NegotiatePackage)); got != tt.says {
				t.Errorf("it says %q, want %q", got, tt.says)
			}
		})
	}
}
