package authn

import (
	"net/http"
	"net/netip"
	"slices"
)

// peer is the address at the other end of the connection that carries r,
// whatever headers say.
func peer(r *http.Request) netip.Addr { return address(r.RemoteAddr) }

// address is that of one end of a connection, without the port.
func address(end string) netip.Addr {
	addr, err := netip.ParseAddrPort(end)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Addr().Unmap().WithZone("")
}

func within(networks []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// AnonymousNetworks recognises callers by the address of their connection and
// nothing else, be there a proxy or not. It never knows on whose behalf they ask.
type AnonymousNetworks []netip.Prefix

var _ Authenticator = AnonymousNetworks{}

// Authenticate implements [Authenticator].
func (n AnonymousNetworks) Authenticate(r *http.Request) (Outcome, error) {
	addr := peer(r)
	if !within(n, addr) {
		return Outcome{}, nil
	}
	return Outcome{Identity: &Identity{Mechanism: Network, Name: addr.String()}}, nil
}

// Challenge implements [Authenticator]: there is nothing to offer.
func (AnonymousNetworks) Challenge(*http.Request) string { return "" }
