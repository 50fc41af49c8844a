package ntlm

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// How often to look whether logons can be checked: as a rule, when they could
// not the last time, and at most.
const (
	lookEvery    = 30 * time.Second
	lookWhenDown = 5 * time.Second
	lookAgain    = time.Second
)

// Run looks after the helpers until ctx ends, and has stopped all of them when
// it returns. Handshakes under way come to their end first.
func (w *Winbind) Run(ctx context.Context) error {
	defer w.end()
	up, _ := otel.Meter("availproxy/ews/authn").Int64Gauge("availproxy.ntlm.up",
		metric.WithDescription("Whether winbind and a domain controller check NTLM logons: 1 or 0."))
	for {
		w.look(ctx, up)
		next := lookEvery
		if !w.Ready() {
			next = lookWhenDown
		}
		if !pause(ctx, lookAgain, nil) || !pause(ctx, next-lookAgain, w.doubt) {
			return ctx.Err()
		}
	}
}

// pause waits for some time or for a sign. It returns false when ctx ends.
func pause(ctx context.Context, d time.Duration, sign <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-sign:
	case <-ctx.Done():
		return false
	}
	return true
}

// suspect asks Run to look soon. It does not block.
func (w *Winbind) suspect() {
	select {
	case w.doubt <- struct{}{}:
	default:
	}
}

// look finds out whether logons can be checked, and says so when it is news.
func (w *Winbind) look(ctx context.Context, up metric.Int64Gauge) {
	err := w.Probe(ctx)
	if ctx.Err() != nil {
		return
	}
	switch was := w.up.Swap(err == nil); {
	case err != nil && was:
		w.options.Log.ErrorContext(ctx, "NTLM is not offered any more: logons cannot be checked", "err", err)
	case err == nil && !was:
		w.options.Log.InfoContext(ctx, "NTLM is offered again")
	}
	if err == nil {
		up.Record(ctx, 1)
	} else {
		up.Record(ctx, 0)
	}
}

// Probe starts a helper of its own and has it check an anonymous logon, which
// goes to the domain controller and counts against no account. The error says
// what keeps logons from being checked.
func (w *Winbind) Probe(ctx context.Context) error {
	h, err := startHelper(w.options.Command)
	if err != nil {
		return fmt.Errorf("ntlm: %w", err)
	}
	_, err = h.challenge(ctx, w.options.Timeout, nobody(negotiateType, 16))
	if err == nil {
		_, _, err = h.check(ctx, w.options.Timeout, nobody(authenticateType, fixedPart))
	}
	complaint := h.stop()
	if said, ok := errors.AsType[status](err); err == nil || ok && !said.ours() {
		return nil
	}
	return fmt.Errorf("ntlm: winbind: %w; the last words of the helper were %q", err, complaint)
}

// nobody is a message with nothing but flags in it, which are the last of its
// fixed part: as an AUTHENTICATE_MESSAGE, an anonymous logon.
func nobody(kind uint32, size int) []byte {
	m := binary.LittleEndian.AppendUint32(append(message{}, signature...), kind)
	m = append(m, make([]byte, size-len(m)-4)...)
	return binary.LittleEndian.AppendUint32(m, flagUnicode|flagNTLM|flagExtendedSession)
}

// end stops every helper, once it has come back.
func (w *Winbind) end() {
	close(w.ended)
	for range cap(w.slots) {
		if h := <-w.slots; h != nil {
			h.stop()
		}
	}
}
