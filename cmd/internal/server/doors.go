package server

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// listener is one of the doors of the process.
type listener struct {
	name    string
	address string
	tls     *listenerTLS // nil: plain HTTP
	handler http.Handler
	writing time.Duration // for one answer; 0 is no limit
}

func (s *Server) listeners() []listener {
	c := s.current.Load().config
	pages := s.pages()
	doors := []listener{
		{"exchange", string(c.Listen), &s.tls, http.HandlerFunc(s.serveExchange), time.Minute + time.Duration(c.Timeouts.Answer)},
		{"admin", string(c.Admin.Listen), &s.admin, pages.Handler(), 0}, // profiles take their time
	}
	if !c.TLS.Enabled() {
		doors[0].tls = nil
	}
	if !c.Admin.TLS.Enabled() {
		doors[1].tls = nil
	}
	if c.Admin.Probes != "" {
		doors = append(doors, listener{"probes", string(c.Admin.Probes), nil, pages.Probes(), time.Minute})
	}
	return doors
}

// open listens for all doors, or for none, before any is served at: a port in
// use is an error of the start.
func (s *Server) open(ctx context.Context, doors []listener) (all []net.Listener, err error) {
	inherited := maps.Clone(s.options.Inherited)
	defer func() {
		for _, unused := range inherited {
			unused.Close()
		}
		if err != nil {
			for _, open := range all {
				open.Close()
			}
		}
	}()
	for _, l := range doors {
		open, ok := inherited[l.name]
		delete(inherited, l.name)
		if ok {
			all = append(all, open)
			if err := isFor(open, l.address); err != nil {
				return all, fmt.Errorf("listen for %s: %w", l.name, err)
			}
			continue
		}
		if open, err = (&net.ListenConfig{}).Listen(ctx, "tcp", l.address); err != nil {
			return all, fmt.Errorf("listen for %s: %w", l.name, err)
		}
		all = append(all, open)
	}
	if len(inherited) > 0 {
		return all, fmt.Errorf("there is no listener for the inherited sockets %q", slices.Sorted(maps.Keys(inherited)))
	}
	for i, l := range doors {
		s.options.Log.InfoContext(ctx, "listening", "for", l.name, "address", all[i].Addr().String(), "tls", l.tls != nil)
	}
	return all, nil
}

// isFor reports an inherited socket that is not where the configuration says: what
// it allows without TLS or users depends on who reaches the address.
func isFor(open net.Listener, address string) error {
	got, err := netip.ParseAddrPort(open.Addr().String())
	if err != nil {
		return fmt.Errorf("the inherited socket is no TCP socket: %w", err)
	}
	want, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return err
	}
	wanted, _ := netip.AddrFromSlice(want.IP) // none, as in ":443", is every address
	everywhere := (!wanted.IsValid() || wanted.IsUnspecified()) && got.Addr().IsUnspecified()
	if int(got.Port()) != want.Port || !everywhere && got.Addr().Unmap() != wanted.Unmap() {
		return fmt.Errorf("the inherited socket is at %s, the configuration says %s", got, address)
	}
	return nil
}
