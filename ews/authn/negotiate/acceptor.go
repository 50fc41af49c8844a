package negotiate

import (
	"encoding/asn1"
	"slices"

	"availproxy/ews/authn"
)

// Mechanism is one that can be negotiated.
type Mechanism interface {
	authn.Acceptor

	// OIDs are the names under which callers list the mechanism, our favourite
	// first.
	OIDs() []asn1.ObjectIdentifier
}

// Acceptor is an [authn.Acceptor] of any of its mechanisms. When a caller leaves
// the choice to us, the first is the best.
type Acceptor []Mechanism

var _ authn.Acceptor = Acceptor{}

// Begins implements [authn.Acceptor].
func (a Acceptor) Begins(token []byte) bool { return isInit(token) || a.speaking(token) != nil }

// Begin implements [authn.Acceptor].
func (a Acceptor) Begin(c *authn.Connection) authn.Handshake {
	return &handshake{mechanisms: a, connection: c}
}

// Ready implements [authn.Acceptor]: one mechanism is enough.
func (a Acceptor) Ready() bool { return slices.ContainsFunc(a, Mechanism.Ready) }

// speaking is the mechanism whose first token this is, or nil.
func (a Acceptor) speaking(token []byte) Mechanism {
	for _, m := range a {
		if m.Begins(token) {
			return m
		}
	}
	return nil
}

// among is our favourite mechanism on the caller's list and the caller's name
// for it, or nil.
func (a Acceptor) among(list []asn1.ObjectIdentifier) (Mechanism, asn1.ObjectIdentifier) {
	for _, m := range a {
		if name := named(m, list); m.Ready() && name != nil {
			return m, name
		}
	}
	return nil, nil
}

// named is the first name of m on the list, or nil.
func named(m Mechanism, list []asn1.ObjectIdentifier) asn1.ObjectIdentifier {
	for _, oid := range list {
		if slices.ContainsFunc(m.OIDs(), oid.Equal) {
			return oid
		}
	}
	return nil
}
