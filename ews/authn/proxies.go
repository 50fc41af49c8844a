package authn

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

type clientKey struct{}

// behind notes in r for whom a trusted proxy has passed it on: the last address
// in X-Forwarded-For that is none of the proxies themselves. What stands before
// it is anybody's word. An entry that is no address makes the client unknown.
func behind(proxies []netip.Prefix, r *http.Request) *http.Request {
	if !within(proxies, peer(r)) {
		return r
	}
	client := peer(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if hop = strings.TrimSpace(hop); hop == "" {
			continue
		}
		if client = hopAddress(hop); !client.IsValid() || !within(proxies, client) {
			break
		}
	}
	return r.WithContext(context.WithValue(r.Context(), clientKey{}, client))
}

// hopAddress reads one entry: an address, or one with a port, as Application
// Request Routing of IIS writes it. The zero Addr is what is neither.
func hopAddress(hop string) netip.Addr {
	if withPort, err := netip.ParseAddrPort(hop); err == nil {
		return withPort.Addr().Unmap().WithZone("")
	}
	addr, _ := netip.ParseAddr(hop)
	return addr.Unmap().WithZone("")
}

// client is the address that a request comes from: that of the connection,
// unless a trusted proxy has named another.
func client(r *http.Request) netip.Addr {
	if addr, ok := r.Context().Value(clientKey{}).(netip.Addr); ok {
		return addr
	}
	return peer(r)
}

// passedOn reports whether r has come through a trusted proxy.
func passedOn(r *http.Request) bool {
	_, yes := r.Context().Value(clientKey{}).(netip.Addr)
	return yes
}
