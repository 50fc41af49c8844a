package ntlm

import (
	"context"
	"sync"
	"time"

	"availproxy/ews/authn"
)

// lent is a helper in the hands of one handshake. Until the caller answers, it
// can be taken back.
type lent struct {
	from     *Winbind
	giveBack func(*helper)
	patience *time.Timer

	mu     sync.Mutex // guards helper
	helper *helper    // nil once it has been taken
}

// lend waits for an answer the less patiently, the fewer helpers are left: a
// stranger who begins handshakes and lets them lie must not keep all of them.
func (w *Winbind) lend(h *helper, giveBack func(*helper)) *lent {
	l := &lent{from: w, giveBack: giveBack, helper: h}
	left := len(w.slots) + 1
	l.mu.Lock() // against a timer that is faster than the line below
	defer l.mu.Unlock()
	l.patience = time.AfterFunc(w.options.Timeout*time.Duration(left)/time.Duration(cap(w.slots)), l.Close)
	return l
}

// take is the helper, for one taker; nil for all others.
func (l *lent) take() *helper {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.helper
	l.helper = nil
	l.patience.Stop()
	return h
}

// Check implements [Exchange].
func (l *lent) Check(ctx context.Context, logon *Logon) (*authn.Identity, error) {
	h := l.take()
	if h == nil {
		return nil, refuse(Late, "ntlm: %s has taken too long to answer the challenge", logon)
	}
	domain, user, err := h.check(ctx, l.from.options.Timeout, logon.Message)
	h, err = l.from.judge(ctx, h, err, logon.String())
	l.giveBack(h)
	if err != nil {
		return nil, err
	}
	return &authn.Identity{Mechanism: authn.NTLM, Name: user, Realm: domain}, nil
}

// Close implements [Exchange]. The next handshake replaces the challenge that
// the helper still knows.
func (l *lent) Close() {
	if h := l.take(); h != nil {
		l.giveBack(h)
	}
}
