//go:build linux

package ntlm

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"availproxy/integration/activedirectory"
)

// TestSamba has a domain controller judge what the fake of the other tests
// judges there.
func TestSamba(t *testing.T) {
	if !activedirectory.Inside(t) {
		return
	}
	ad := activedirectory.Start(t)
	server := exchangeServer()
	server.hash = [16]byte(unhex(t, "5d3aa09f392225d6a3c8127d6dbeaf94")) // of ExchangeServer.Password
	member := func(require string) WinbindOptions {
		o := WinbindOptions{Command: slices.Clone(ad.Helper()), Pool: 2, Timeout: 20 * time.Second}
		if require != "" {
			o.Command = append(o.Command, "--require-membership-of="+require)
		}
		return o
	}
	tests := map[string]struct {
		require string // the SID of a group
		change  func(*caller)
		want    string
	}{
		"an Exchange server":               {"", func(*caller) {}, ex2010},
		"without an integrity code":        {"", func(c *caller) { c.promisesMIC = false }, ex2010},
		"with names in a code page":        {"", func(c *caller) { c.flags &^= flagUnicode }, ex2010},
		"a wrong password":                 {"", func(c *caller) { c.hash[0]++ }, "bad_password"},
		"a wrong integrity code":           {"", func(c *caller) { c.late = func(m []byte) { m[atMIC]++ } }, "malformed"},
		"flags changed on the way":         {"", func(c *caller) { c.late = func(m []byte) { m[atFlags+1] ^= 0x80 } }, "malformed"},
		"a code under a key of nobody":     {"", func(c *caller) { c.spoil = func(d *draft) { d.key, d.exported = nil, nil } }, "malformed"},
		"an account of another domain":     {"", func(c *caller) { c.domain = "FABRIKAM" }, "bad_password"},
		"an account that there is not":     {"", func(c *caller) { c.user = "EX2019$" }, "bad_password"},
		"version 1":                        {"", func(c *caller) { c.version1 = true }, "ntlm_v1"},
		"an anonymous logon":               {"", func(c *caller) { c.spoil = anonymous }, "anonymous_logon"},
		"an integrity code left out":       {"", func(c *caller) { c.spoil = func(d *draft) { d.room = 8 } }, "bad_integrity"},
		"an integrity code blotted out":    {"", func(c *caller) { c.late = func(m []byte) { clear(m[atMIC:behindMIC]) } }, "bad_integrity"},
		"bound to another connection":      {"", func(c *caller) { c.binding = bytes.Repeat([]byte{1}, 16) }, "channel_binding"},
		"another account's name":           {"", func(c *caller) { c.user = "PRINT01$" }, "bad_password"},
		"a member of the group":            {ad.ExchangeServers, func(*caller) {}, ex2010},
		"somebody who is not in the group": {"S-1-5-32-544", func(*caller) {}, "bad_password"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			who := server
			tt.change(&who)
			if got := run(t, io.Discard, member(tt.require)).tries(t, who); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	t.Run("the challenge of another connection", func(t *testing.T) {
		a := run(t, io.Discard, member(""))
		one, other := a.Begin(comingFrom(t, "192.0.2.1")), a.Begin(comingFrom(t, "192.0.2.2"))
		defer one.Close()
		defer other.Close()
		mine, err := one.Step(t.Context(), server.negotiate())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Step(t.Context(), server.negotiate()); err != nil {
			t.Fatal(err)
		}
		answer := server.authenticate(t, server.negotiate(), mine.Reply)
		if leg, err := other.Step(t.Context(), answer); outcome(t, leg, err) != "malformed" { // its integrity code is of other messages
			t.Errorf("its answer there: got %+v, %v", leg, err)
		}
		if leg, err := one.Step(t.Context(), answer); outcome(t, leg, err) != ex2010 {
			t.Errorf("its answer where it belongs: got %+v, %v", leg, err)
		}
	})
	t.Run("guesses in every spelling that the domain controller knows", func(t *testing.T) {
		a := run(t, io.Discard, member(""))
		var spelled []caller
		for _, spelling := range []struct{ domain, user string }{
			{"CONTOSO", "EX2010$"}, {"contoso.example", "ex2010$"}, {"", "EX2010$"}, {"", "EX2010$@contoso.example"}, {"CONTOSO", " EX2010$ "},
		} {
			who := server
			who.domain, who.user = spelling.domain, spelling.user
			spelled = append(spelled, who)
			if got := a.tries(t, who); got != ex2010 {
				t.Errorf("%q is %s", spelling, got)
			}
		}
		heard := map[string]int{}
		for _, who := range spelled {
			who.hash[0]++
			for range 3 {
				heard[a.tries(t, who)]++
			}
		}
		if heard["bad_password"] != 5 || heard["throttled"] != 10 {
			t.Errorf("got %v", heard)
		}
		if got := a.triesFrom(t, "192.0.2.2", server); got != ex2010 {
			t.Errorf("the server itself, from elsewhere: got %s", got)
		}
	})
	t.Run("more servers than helpers", func(t *testing.T) {
		a := run(t, io.Discard, member(""))
		var servers sync.WaitGroup
		for range 20 {
			servers.Go(func() {
				if got := a.tries(t, server); got != ex2010 {
					t.Errorf("got %s", got)
				}
			})
		}
		servers.Wait()
	})
	t.Run("winbind comes and goes", func(t *testing.T) {
		log := make(journal, 100)
		a := run(t, log, member(""))
		for range 2 {
			if got := a.tries(t, server); got != ex2010 {
				t.Errorf("got %s", got)
			}
			ad.StopWinbind(t)
			if got := a.tries(t, server); got != "unavailable" {
				t.Errorf("without winbind: got %s", got)
			}
			log.await(t, "not offered any more")
			ad.StartWinbind(t)
			log.await(t, "offered again")
		}
	})
}
