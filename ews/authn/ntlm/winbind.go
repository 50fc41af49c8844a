package ntlm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os/exec"
	"sync/atomic"
	"time"

	"availproxy/ews/authn"
)

// Winbind checks logons with a domain controller, through the winbindd of Samba
// on this machine, which must be a member of the domain. ntlm_auth processes
// stand in between; each belongs to one handshake at a time. They tell the name
// of an account, and no SIDs.
type Winbind struct {
	options WinbindOptions
	slots   chan *helper  // one for each helper there may be; nil where none runs
	shares  *shares       // of them
	ended   chan struct{} // closed at the end of Run
	doubt   chan struct{} // a sign that something is wrong
	up      atomic.Bool
}

var _ Backend = (*Winbind)(nil)

// WinbindOptions are how helpers are run.
type WinbindOptions struct {
	Command []string      // line of ntlm_auth; empty where Samba is configured in its usual place
	Pool    int           // how many may run at a time
	Timeout time.Duration // for one answer of a helper, and at most for the caller's answer to it
	Log     *slog.Logger
}

// NewWinbind returns a Winbind that starts helpers as they are needed; Run ends
// them. The error is about the command.
func NewWinbind(o WinbindOptions) (*Winbind, error) {
	if len(o.Command) == 0 {
		o.Command = []string{"ntlm_auth", "--helper-protocol=squid-2.5-ntlmssp"}
	}
	if _, err := exec.LookPath(o.Command[0]); err != nil {
		return nil, fmt.Errorf("ntlm: %w (Debian has ntlm_auth in the package winbind)", err)
	}
	w := &Winbind{options: o, slots: make(chan *helper, o.Pool), shares: newShares(o.Pool), ended: make(chan struct{}), doubt: make(chan struct{}, 1)}
	for range o.Pool {
		w.slots <- nil
	}
	w.up.Store(true) // until Run knows better
	return w, nil
}

// Ready implements [Backend]: whether winbindd and a domain controller have
// answered the last time that Run asked.
func (w *Winbind) Ready() bool { return w.up.Load() }

// Challenge implements [Backend].
func (w *Winbind) Challenge(ctx context.Context, from netip.Addr, negotiate []byte) (Exchange, []byte, error) {
	h, giveBack, err := w.borrow(ctx, from)
	if err != nil {
		return nil, nil, err
	}
	h, challenge, err := w.challenge(ctx, h, negotiate)
	if err != nil {
		giveBack(h)
		return nil, nil, err
	}
	return w.lend(h, giveBack), challenge, nil
}

// borrow takes a slot. The helper in it may be nil, or have ended.
func (w *Winbind) borrow(ctx context.Context, from netip.Addr) (h *helper, giveBack func(*helper), err error) {
	ctx, cancel := context.WithTimeout(ctx, w.options.Timeout)
	defer cancel()
	give, err := w.shares.take(ctx, from)
	if err != nil {
		return nil, nil, err
	}
	giveBack = func(h *helper) {
		w.slots <- h
		give()
	}
	select {
	case h := <-w.slots:
		return h, giveBack, nil
	case <-w.ended:
		err = refuse(authn.Unavailable, "ntlm: the configuration that the handshake began with is no longer in force")
	case <-ctx.Done():
		err = refuse(authn.Unavailable, "ntlm: all helpers are busy; there may be %d (clients.ntlm.pool)", w.options.Pool)
	}
	give()
	return nil, nil, err
}

// challenge has h answer, or a new helper if h has ended while nobody needed it.
// It returns the helper that goes on, or nil.
func (w *Winbind) challenge(ctx context.Context, h *helper, negotiate []byte) (*helper, []byte, error) {
	var challenge []byte
	err := errGone
	if h != nil {
		challenge, err = h.challenge(ctx, w.options.Timeout, negotiate)
	}
	if errors.Is(err, errGone) {
		if h != nil {
			h.stop()
		}
		if h, err = startHelper(w.options.Command); err != nil {
			w.suspect()
			return nil, nil, refuse(authn.Unavailable, "ntlm: a helper does not start: %w", err)
		}
		challenge, err = h.challenge(ctx, w.options.Timeout, negotiate)
	}
	h, err = w.judge(ctx, h, err, "a caller")
	return h, challenge, err
}

// judge says what err, of a conversation with h about who, means for the caller
// and for h. A helper of which nobody knows what it is doing is stopped, and nil
// returned in its place.
func (w *Winbind) judge(ctx context.Context, h *helper, err error, who string) (*helper, error) {
	said, isStatus := errors.AsType[status](err)
	switch {
	case err == nil:
		return h, nil
	case isStatus && said.ours():
		w.suspect()
		return h, refuse(authn.Unavailable, "ntlm: %s: %w", who, err)
	case isStatus && said == "NT_STATUS_INVALID_PARAMETER":
		return h, refuse(authn.Malformed, "ntlm: %s: %w; the messages were changed on the way, or cannot be read", who, err)
	case isStatus:
		return h, refuse(authn.BadPassword, "ntlm: %s: %w", who, err)
	}
	complaint := h.stop()
	if ctx.Err() != nil {
		return nil, refuse(Late, "ntlm: %s has hung up", who)
	}
	w.suspect()
	return nil, refuse(authn.Unavailable, "ntlm: %s: winbind: %w; the last words of the helper were %q", who, err, complaint)
}
