package negotiate

import (
	"context"
	"encoding/asn1"

	"availproxy/ews/authn"
)

// handshake is that of the mechanism in the end, wrapped if the caller wraps.
type handshake struct {
	mechanisms Acceptor
	connection *authn.Connection

	inner   authn.Handshake       // nil until a mechanism has been found
	name    asn1.ObjectIdentifier // that we have chosen; nil: nothing is wrapped
	chosen  Mechanism             // by name alone: its first token is still to come
	replied bool                  // so that the choice need not be told again
}

// Step implements [authn.Handshake].
func (h *handshake) Step(ctx context.Context, token []byte) (authn.Leg, error) {
	switch {
	case isInit(token):
		return h.first(ctx, token)
	case h.name != nil:
		return h.next(ctx, token)
	case h.inner == nil:
		h.inner = h.mechanisms.speaking(token).Begin(h.connection) // Begins has found it
	}
	return h.inner.Step(ctx, token)
}

// first reads the caller's list. The token beside it says itself of which
// mechanism it is: that of the caller's favourite, which need not be ours.
func (h *handshake) first(ctx context.Context, token []byte) (authn.Leg, error) {
	init, err := readInit(token)
	if err != nil {
		return authn.Leg{}, err
	}
	if m := h.mechanisms.speaking(init.token); m != nil {
		if h.name = named(m, init.mechanisms); h.name == nil {
			return authn.Leg{}, authn.Refuse("", authn.Malformed, "negotiate: a token of a mechanism that is not on its own list, %s", inWords(init.mechanisms))
		}
		h.inner = m.Begin(h.connection)
		return h.wrap(h.inner.Step(ctx, init.token))
	}
	if h.chosen, h.name = h.mechanisms.among(init.mechanisms); h.chosen == nil {
		return authn.Leg{}, authn.Refuse("", authn.NoMechanism, "negotiate: none of the caller's mechanisms is configured here: %s", inWords(init.mechanisms))
	}
	return h.wrap(authn.Leg{}, nil)
}

// next unwraps the token of a later leg.
func (h *handshake) next(ctx context.Context, token []byte) (authn.Leg, error) {
	inner, err := readResponse(token)
	if err != nil {
		return authn.Leg{}, err
	}
	if h.inner == nil {
		if !h.chosen.Begins(inner) {
			return authn.Leg{}, authn.Refuse("", authn.Malformed, "negotiate: no first token of %s, which was agreed on", inWords([]asn1.ObjectIdentifier{h.name}))
		}
		h.inner = h.chosen.Begin(h.connection)
	}
	return h.wrap(h.inner.Step(ctx, inner))
}

func (h *handshake) wrap(leg authn.Leg, err error) (authn.Leg, error) {
	if err != nil {
		return authn.Leg{}, err
	}
	r := response{state: acceptIncomplete, token: leg.Reply}
	if leg.Identity != nil {
		r.state = acceptCompleted
	}
	if !h.replied {
		r.mechanism = h.name // only in the first reply (RFC 4178 4.2.2)
	}
	h.replied = true
	leg.Reply, err = r.marshal()
	return leg, err
}

// Close implements [authn.Handshake].
func (h *handshake) Close() {
	if h.inner != nil {
		h.inner.Close()
	}
}
