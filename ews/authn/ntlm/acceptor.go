package ntlm

import (
	"context"
	"encoding/asn1"
	"net/netip"

	"availproxy/ews/authn"
	"availproxy/ews/authn/negotiate"
)

// Backend knows what callers' proofs are checked against. It must be safe for
// concurrent use.
type Backend interface {
	// Challenge answers a NEGOTIATE_MESSAGE that came from an address with a
	// CHALLENGE_MESSAGE, and keeps in the Exchange what it takes to check the
	// answer to that. It may block until ctx ends.
	Challenge(ctx context.Context, from netip.Addr, negotiate []byte) (Exchange, []byte, error)

	// Ready reports whether logons can be checked at present. It does not block.
	Ready() bool
}

// Exchange is a challenge that waits for its answer. No two goroutines use it at
// the same time.
type Exchange interface {
	// Check takes the one answer that there is. It may block until ctx ends.
	// The error is usually an [*authn.Refusal]; its reason for a wrong proof is
	// [authn.BadPassword].
	Check(ctx context.Context, l *Logon) (*authn.Identity, error)

	// Close gives back whatever the Exchange holds. It is called once.
	Close()
}

// Acceptor is our end of NTLM.
type Acceptor struct {
	backend Backend
	guard   *Guard
}

var _ negotiate.Mechanism = (*Acceptor)(nil)

// New returns an Acceptor for whoever proves to b to be somebody.
func New(b Backend) (*Acceptor, error) {
	guard, err := NewGuard()
	return &Acceptor{b, guard}, err
}

// OIDs implements [negotiate.Mechanism].
func (a *Acceptor) OIDs() []asn1.ObjectIdentifier { return OIDs() }

// Begins implements [authn.Acceptor].
func (a *Acceptor) Begins(token []byte) bool { return Begins(token) }

// Ready implements [authn.Acceptor].
func (a *Acceptor) Ready() bool { return a.backend.Ready() }

// Begin implements [authn.Acceptor].
func (a *Acceptor) Begin(c *authn.Connection) authn.Handshake {
	return &handshake{acceptor: a, connection: c}
}

// handshake has two legs.
type handshake struct {
	acceptor   *Acceptor
	connection *authn.Connection
	exchange   Exchange // nil until the caller has got its challenge
}

// Step implements [authn.Handshake].
func (h *handshake) Step(ctx context.Context, token []byte) (authn.Leg, error) {
	if h.exchange == nil {
		return h.challenge(ctx, token)
	}
	id, err := h.prove(ctx, token)
	return authn.Leg{Identity: id, Binds: true}, err
}

func (h *handshake) challenge(ctx context.Context, token []byte) (authn.Leg, error) {
	if _, err := readNegotiate(token); err != nil {
		return authn.Leg{}, err
	}
	exchange, reply, err := h.acceptor.backend.Challenge(ctx, h.connection.Peer(), token)
	if err != nil {
		return authn.Leg{}, err
	}
	h.exchange = exchange
	return authn.Leg{Reply: reply}, nil
}

func (h *handshake) prove(ctx context.Context, token []byte) (*authn.Identity, error) {
	var id *authn.Identity
	err := h.acceptor.guard.Check(h.connection, token, func(l *Logon) (err error) {
		id, err = h.exchange.Check(ctx, l)
		return err
	})
	return id, err
}

// Close implements [authn.Handshake].
func (h *handshake) Close() {
	if h.exchange != nil {
		h.exchange.Close()
	}
}
