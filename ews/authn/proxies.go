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
		addr, err := netip.ParseAddr(hop)
		if err != nil {
			client = netip.Addr{}
			break
		}
		if client = addr.Unmap().WithZone(""); !within(proxies, client) {
			break
		}
	}
	return r.WithContext(context.WithValue(r.Context(), clientKey{}, client))
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
