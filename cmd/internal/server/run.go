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
	"availproxy/cmd/internal/osservice"
	"availproxy/ews/authn"
)

// Run listens and serves until ctx ends and for Options.LameDuck more, in which
// /-/ready says no and every answer closes its connection, and then finishes what
// has begun. It returns nil after an orderly end. The cache begins and ends with the snapshot
// on disk, if the configuration names one.
func (s *Server) Run(ctx context.Context) error {
	served := false
	err := s.While(ctx, func(ctx context.Context) error {
		doors := s.listeners()
		open, err := s.open(ctx, doors)
		if err != nil {
			return err
		}
		served = true
		s.adviseMemory(ctx)
		s.warmUp(ctx)
		return s.serve(ctx, doors, open)
	})
	if served { // else the snapshot is still another process's
		s.keep(ctx) // after the last fetch has ended
	}
	return err
}

// serve serves at the open doors until told ends. Then the door of Exchange closes
// first, after the lame duck: until the last answer has gone out there, the others
// say that we are not ready.
func (s *Server) serve(told context.Context, doors []listener, open []net.Listener) error {
	group, ctx := errgroup.WithContext(told)
	drained := make(chan struct{})
	for i, l := range doors {
		server := s.httpServer(l)
		if i == 0 {
			open[i] = gatheredListener{open[i]}
		}
		group.Go(func() error { return serveOn(server, open[i], l.tls != nil) })
		if i == 0 {
			group.Go(func() error {
				defer close(drained)
				<-ctx.Done()
				if told.Err() != nil { // else a door is broken, and there is nothing to wait for
					s.lameDuck(ctx)
				}
				return s.shutDown(ctx, server)
			})
			continue
		}
		group.Go(func() error {
			<-drained
			return s.shutDown(ctx, server)
		})
	}
	group.Go(func() error { return s.watch(ctx) })
	group.Go(func() error { return s.report(ctx) })
	s.tell(ctx, osservice.Ready, s.summary())
	if s.options.Listening != nil {
		s.options.Listening()
	}
	return group.Wait()
}

// httpServer has the time-outs of the contract: callers keep connections for a
// while, .NET for less than IdleTimeout.
func (s *Server) httpServer(l listener) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // authentication of a connection does not go through HTTP/2
	connections := &authn.Connections{}
	server := &http.Server{
		Handler: l.handler, Protocols: protocols,
		ConnContext: connections.ConnContext, ConnState: func(c net.Conn, state http.ConnState) {
			gather(c, state)
			connections.ConnState(c, state)
		},
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

// shutDown lets the requests under way finish, and closes what does not finish
// in time.
func (s *Server) shutDown(ctx context.Context, server *http.Server) error {
	server.SetKeepAlivesEnabled(false) // Connection: close on every answer from now on
	patience := time.Duration(s.current.Load().config.Timeouts.Answer) + 2*time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("shutdown: %w", err), server.Close())
	}
	return nil
}

// pages asks for what may change with a reload anew for each request.
func (s *Server) pages() *admin.Admin {
	return &admin.Admin{
		Version: s.options.Version, Status: s.status, NotReady: s.notReady, Reload: s.Reload, Purge: s.purge, Metrics: s.options.Metrics, Protect: s.protect,
		LogLevel: s.logLevel(), Queries: s.queries, Query: s.query, Ask: s.lookup, Allowed: func() bool { return s.current.Load().config.Admin.AllowLookup },
		Hosts: func() []string { return words(s.current.Load().config.Admin.Hosts) },
	}
}
