package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"availproxy/cmd/internal/admin"
	"availproxy/ews/authn"
)

// Run listens and serves until ctx ends, and then finishes what has begun. It
// returns nil after an orderly end.
func (s *Server) Run(ctx context.Context) error { return s.While(ctx, s.serve) }

// listener is one of the doors of the process.
type listener struct {
	name    string
	address string
	tls     *listenerTLS // nil: plain HTTP
	handler http.Handler
	writing time.Duration // for one answer; 0 is no limit
}

// serve opens every door before it reports that it is there, so that a port in
// use is an error of the start.
func (s *Server) serve(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range s.listeners() {
		open, err := (&net.ListenConfig{}).Listen(ctx, "tcp", l.address)
		if err != nil {
			return fmt.Errorf("listen for %s: %w", l.name, err)
		}
		server := s.httpServer(l)
		s.options.Log.InfoContext(ctx, "listening", "for", l.name, "address", open.Addr().String(), "tls", l.tls != nil)
		group.Go(func() error { return serveOn(server, open, l.tls != nil) })
		group.Go(func() error { return s.shutDown(ctx, server) })
	}
	group.Go(func() error { return s.watch(ctx) })
	if s.options.Listening != nil {
		s.options.Listening()
	}
	return group.Wait()
}

func (s *Server) listeners() []listener {
	c := s.current.Load().config
	pages := s.pages()
	doors := []listener{
		{"exchange", string(c.Listen), &s.tls, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.current.Load().exchange.ServeHTTP(w, r)
		}), time.Minute + time.Duration(c.Timeouts.Answer)},
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

// httpServer has the time-outs of the contract: callers keep connections for a
// while, .NET for less than IdleTimeout.
func (s *Server) httpServer(l listener) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // authentication of a connection does not go through HTTP/2
	connections := &authn.Connections{}
	server := &http.Server{
		Handler: l.handler, Protocols: protocols,
		ConnContext: connections.ConnContext, ConnState: connections.ConnState,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: l.writing, IdleTimeout: 150 * time.Second,
		ErrorLog: httpLog(s.options.Log.With("listener", l.name)),
	}
	if l.tls != nil {
		server.TLSConfig = l.tls.config()
	}
	return server
}

func serveOn(server *http.Server, open net.Listener, secure bool) error {
	var err error
	if secure {
		err = server.ServeTLS(open, "", "")
	} else {
		err = server.Serve(open)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// shutDown waits for the end of ctx, lets the requests under way finish, and
// closes what does not finish in time.
func (s *Server) shutDown(ctx context.Context, server *http.Server) error {
	<-ctx.Done()
	s.draining.Store(true)
	server.SetKeepAlivesEnabled(false) // Connection: close on every answer from now on
	patience := time.Duration(s.current.Load().config.Timeouts.Answer) + 2*time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("shutdown: %w", err), server.Close())
	}
	return nil
}

func (s *Server) pages() *admin.Admin {
	c := s.current.Load().config
	pages := &admin.Admin{
		Status: s.status, NotReady: s.notReady, Reload: s.Reload, Metrics: s.options.Metrics, Hosts: words(c.Admin.Hosts),
	}
	if s.current.Load().users != nil {
		pages.Protect = s.protect
	}
	return pages
}
