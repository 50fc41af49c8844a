package cli

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/server"
	"availproxy/cmd/internal/telemetry"
	"availproxy/integration/forest"
)

// playground is a staging forest and a proxy in front of it, both on loopback
// in this process, wired from files as `serve` would be.
type playground struct {
	forest   *forest.Forest
	config   *config.Config
	urls     forest.URLs
	dir      string
	recorder *telemetry.Recorder
}

// play runs f in a playground and takes it down afterwards.
func play(ctx context.Context, io IO, seed int64, log *slog.Logger, f func(context.Context, *playground) error) error {
	dir, err := os.MkdirTemp("", "availproxy-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p := &playground{dir: dir, recorder: &telemetry.Recorder{}}
	if p.forest, err = forest.New(forest.Options{Seed: seed}); err != nil {
		return err
	}
	if err := p.forest.Start(ctx); err != nil {
		return err
	}
	defer p.forest.Close()
	if p.urls, err = (forest.Material{Forests: []*forest.Forest{p.forest}}).Write(dir); err != nil {
		return err
	}
	path := filepath.Join(dir, "config.yaml")
	if p.config, err = config.Read(path, io.Getenv); err != nil {
		return fmt.Errorf("the staging forest's own configuration: %w", err)
	}
	running, err := telemetry.Start(ctx, telemetry.Options{
		Version: io.Version, Getenv: io.Getenv, Recorder: p.recorder,
	})
	if err != nil {
		return err
	}
	defer stopTelemetry(ctx, running)

	listening := make(chan struct{})
	s, err := server.New(p.config, server.Options{
		Version: io.Version, Log: log, Metrics: running.Metrics, Path: path,
		Read:      func() (*config.Config, error) { return config.Read(path, io.Getenv) },
		Listening: func() { close(listening) },
	})
	if err != nil {
		return err
	}
	return p.run(ctx, s, listening, f)
}

// run serves while f runs.
func (p *playground) run(ctx context.Context, s *server.Server, listening <-chan struct{}, f func(context.Context, *playground) error) error {
	group, ctx := errgroup.WithContext(ctx)
	serving, stop := context.WithCancel(ctx)
	group.Go(func() error { return s.Run(serving) })
	group.Go(func() error {
		defer stop()
		select {
		case <-listening:
			return f(ctx, p)
		case <-ctx.Done():
			return nil // s.Run says why
		}
	})
	return group.Wait()
}

// caller is an old server of that organisation.
func (p *playground) caller(g forest.Generation, zone forest.Zone) *forest.Caller {
	return &forest.Caller{
		URL: p.urls.Proxy, Generation: g, Zone: zone, RootCAs: p.forest.RootCAs(),
		User: p.forest.Organization.User, Password: p.forest.Organization.Password,
	}
}

// told is a reply as a result, with the path that the recorder has seen.
func (p *playground) told(ctx context.Context, q forest.Question, r *forest.Reply) result {
	waiting, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	p.recorder.Await(waiting, question)
	path := pathResult{Cache: "none", Hops: []hopResult{}}
	for _, h := range r.Hops {
		path.Hops = append(path.Hops, hopResult{Name: "caller: " + h.Name, MS: milliseconds(h.Took)})
	}
	for _, h := range p.recorder.Take() {
		if cache := h.Attributes["availproxy.cache"]; cache != "" {
			path.Cache = cache
		}
		path.Hops = append(path.Hops, newHop(h))
	}
	res := fromReply(q, r)
	for i := range res.Mailboxes {
		m := &res.Mailboxes[i]
		m.Path = path
		m.Path.Connector, m.Path.Backend = connectorFor(p.config, m.Address)
	}
	return res
}
