package sspi

import (
	"context"
	"time"

	"availproxy/ews/authn"
	"availproxy/ews/authn/ntlm"
)

// turn is what has come of one token.
type turn struct {
	reply  []byte
	caller *Caller // set when the logon has succeeded
	err    error   // a refusal
}

// over reports whether no further token is to come.
func (t turn) over() bool { return t.caller != nil || t.err != nil }

// call takes a turn with c in Windows. c waits for the next token afterwards,
// unless the turn is over: then it has been deleted.
//
// When the caller hangs up or time is over, call stops waiting. Since nothing
// stops Windows, the turn is taken to its end all the same.
func (a *Authority) call(ctx context.Context, c Context, take func(Context) turn) turn {
	timer := time.NewTimer(a.options.Timeout)
	defer timer.Stop()
	answer, nobody := make(chan turn), make(chan struct{})
	a.work.Go(func() { a.answer(c, take, answer, nobody) })
	select {
	case t := <-answer:
		return t
	case <-ctx.Done():
		close(nobody)
		return turn{err: authn.Refuse("", ntlm.Late, "sspi: the caller has hung up")}
	case <-timer.C:
		close(nobody)
		return turn{err: authn.Refuse("", authn.Unavailable,
			"sspi: Windows has not answered for %v; it checks %d logons at a time (clients.ntlm.pool)", a.options.Timeout, cap(a.calls))}
	}
}

// answer takes the turn once a thread is free for it, and hands it to whoever
// waits. If nobody does any more, c is deleted.
func (a *Authority) answer(c Context, take func(Context) turn, answer chan<- turn, nobody <-chan struct{}) {
	select {
	case a.calls <- struct{}{}:
	case <-nobody:
		c.Delete()
		return
	}
	t := take(c)
	if t.over() {
		c.Delete()
	}
	<-a.calls
	select {
	case answer <- t:
	case <-nobody:
		if !t.over() {
			c.Delete()
		}
	}
}
