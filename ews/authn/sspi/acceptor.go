package sspi

import (
	"encoding/asn1"

	"availproxy/ews/authn"
	"availproxy/ews/authn/kerberos"
	"availproxy/ews/authn/negotiate"
	"availproxy/ews/authn/ntlm"
)

// acceptor is our end of a package of Windows.
type acceptor struct {
	authority *Authority
	pkg       Package
	binding   kerberos.Binding
}

// Begin implements [authn.Acceptor].
func (a acceptor) Begin(c *authn.Connection) authn.Handshake {
	return &handshake{of: a, connection: c}
}

// Ready implements [authn.Acceptor].
func (a acceptor) Ready() bool { return true }

// Negotiate is our end of SPNEGO as Windows speaks it: Kerberos with the keys of
// the account that we run as, or NTLM.
type Negotiate struct{ acceptor }

var _ authn.Acceptor = Negotiate{}

// Negotiate returns the mechanism, which asks so much of channel bindings.
func (a *Authority) Negotiate(b kerberos.Binding) Negotiate {
	return Negotiate{acceptor{a, NegotiatePackage, b}}
}

// inApplication is the tag of the first token of any mechanism of GSS-API (RFC
// 2743 3.1).
const inApplication = 0x60

// Begins implements [authn.Acceptor]. What such a token is of, SPNEGO or Kerberos
// or NTLM as it is, Windows finds out.
func (Negotiate) Begins(token []byte) bool {
	return len(token) > 0 && token[0] == inApplication || ntlm.Begins(token)
}

// NTLM is our end of NTLM as Windows speaks it.
type NTLM struct{ acceptor }

var _ negotiate.Mechanism = NTLM{}

// NTLM returns the mechanism. A logon that is bound to another TLS connection is
// refused as by every back end of package ntlm.
func (a *Authority) NTLM() NTLM {
	return NTLM{acceptor{a, NTLMPackage, kerberos.BindingIgnored}}
}

// OIDs implements [negotiate.Mechanism].
func (NTLM) OIDs() []asn1.ObjectIdentifier { return ntlm.OIDs() }

// Begins implements [authn.Acceptor].
func (NTLM) Begins(token []byte) bool { return ntlm.Begins(token) }
