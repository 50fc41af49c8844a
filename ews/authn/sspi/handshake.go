package sspi

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"availproxy/ews/authn"
	"availproxy/ews/authn/kerberos"
	"availproxy/ews/authn/negotiate"
	"availproxy/ews/authn/ntlm"
)

// handshake is one logon. Between its legs the context waits in held.
type handshake struct {
	of         acceptor
	connection *authn.Connection
	held       *held // nil before the first leg
	legs       int
}

// mostLegs is twice what there can be: SPNEGO with NTLM, and a check of the list
// of mechanisms (RFC 4178 5).
const mostLegs = 8

// Step implements [authn.Handshake].
func (h *handshake) Step(ctx context.Context, token []byte) (authn.Leg, error) {
	l, err := h.leg(token)
	if err != nil {
		return authn.Leg{}, err
	}
	c, err := h.context()
	if err != nil {
		return authn.Leg{}, err
	}
	t := h.of.authority.call(ctx, c, l.take)
	switch {
	case t.err != nil:
		return authn.Leg{}, t.err
	case t.caller == nil:
		h.held = h.of.authority.hold(c)
		return authn.Leg{Reply: t.reply}, nil
	}
	id, err := t.caller.identity()
	if err != nil {
		return authn.Leg{}, err
	}
	// Kerberos is for one request, as it is with a keytab.
	return authn.Leg{Identity: id, Reply: t.reply, Binds: id.Mechanism == authn.NTLM}, nil
}

// context is the one under way, or a new one.
func (h *handshake) context() (Context, error) {
	if h.held == nil {
		return h.of.authority.begin(h.of.pkg)
	}
	c := h.held.take()
	if c == nil {
		return nil, authn.Refuse("", ntlm.Late, "sspi: the caller has taken too long to answer")
	}
	return c, nil
}

// Close implements [authn.Handshake].
func (h *handshake) Close() {
	if h.held != nil {
		h.held.release()
	}
}

// leg is a token on its way to Windows. It outlives a caller who hangs up.
type leg struct {
	pkg        Package
	connection *authn.Connection
	logons     *ntlm.Guard
	binding    Binding
	token      []byte
	inner      []byte // the token of a mechanism in it
	claims     string // who the caller says it is, for the log; "" where nobody knows
}

func (h *handshake) leg(token []byte) (*leg, error) {
	if h.legs++; h.legs > mostLegs {
		return nil, authn.Refuse("", authn.Malformed, "sspi: %s: a handshake without an end", h.of.pkg)
	}
	inner, err := negotiate.Unwrap(token)
	if err != nil {
		return nil, err
	}
	l := &leg{pkg: h.of.pkg, connection: h.connection, logons: h.of.authority.logons, token: token, inner: inner}
	if h.of.binding == kerberos.BindingIgnored {
		return l, nil
	}
	l.binding = Binding{EndPoint: h.connection.EndPoint(), Required: h.of.binding == kerberos.BindingRequired}
	if l.binding.Required && l.binding.EndPoint == nil {
		return nil, authn.Refuse("", authn.ChannelBinding, "sspi: %s: channel_binding is required, and this connection is without TLS", h.of.pkg)
	}
	return l, nil
}

// take has Windows take the token. A logon by NTLM passes the guard first, at
// the moment when Windows has time for it: of those who guess at the same time,
// most find out that others have guessed wrong.
func (l *leg) take(c Context) (t turn) {
	if !ntlm.Proves(l.inner) {
		return l.accept(c)
	}
	err := l.logons.Check(l.connection, l.inner, func(who *ntlm.Logon) error {
		l.claims = who.String()
		t = l.accept(c)
		return t.err
	})
	if err != nil {
		return turn{err: err}
	}
	return t
}

// errSilent is what no package does: a handshake that nobody could go on with.
var errSilent = errors.New("Windows waits for another token and gives none")

func (l *leg) accept(c Context) turn {
	reply, done, err := c.Accept(l.token, l.binding)
	switch {
	case err != nil:
		return l.refuse(err)
	case !done && len(reply) == 0:
		return l.refuse(errSilent)
	case !done:
		return turn{reply: reply}
	}
	who, err := c.Caller()
	if err != nil {
		return l.refuse(fmt.Errorf("who has logged on: %w", err))
	}
	return turn{reply: reply, caller: &who}
}

func (l *leg) refuse(err error) turn {
	if l.claims != "" {
		err = fmt.Errorf("%s: %w", l.claims, err)
	}
	return turn{err: refusal(l.mechanism(), l.pkg, err)}
}

// mechanism is what the token is of, as far as it tells.
func (l *leg) mechanism() authn.Mechanism {
	switch {
	case bytes.HasPrefix(l.inner, []byte("NTLMSSP\x00")):
		return authn.NTLM
	case len(l.inner) > 0 && l.inner[0] == inApplication:
		return authn.Kerberos
	default:
		return ""
	}
}
