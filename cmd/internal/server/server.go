package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"availproxy/cache"
	"availproxy/cmd/internal/capture"
	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/history"
	"availproxy/cmd/internal/osservice"
	"availproxy/cmd/internal/telemetry"
	"availproxy/ews"
	"availproxy/ews/authn/kerberos"
	"availproxy/ews/authn/sspi"
	"availproxy/freebusy"
)

// Options are what a Server gets from the process around it.
type Options struct {
	Version string
	Log     *slog.Logger
	Metrics http.Handler // the page that Prometheus scrapes

	History   *history.History     // of questions, which gets the traces that end; nil remembers nothing
	Verbosity *telemetry.Verbosity // of Log, which the admin listener changes; nil: it cannot

	// Read reads the configuration anew; Changed is a sign that this is due,
	// such as SIGHUP. Without Read there are no reloads.
	Read    func() (*config.Config, error)
	Changed <-chan os.Signal
	Path    string // of the configuration

	Supervisor osservice.Supervisor    // is told what becomes of us; nil is nobody
	Inherited  map[string]net.Listener // that are open already, by the name of the listener: exchange, admin, probes

	LameDuck  time.Duration    // between the word to end and the end, see [Server.Run]
	Listening func()           // called once every listener is open; nil is nothing
	Capture   *capture.Capture // gets what comes to the door for Exchange; nil gets nothing

	GeneralPath bool // takes [ews.Handler.General], for benchmarks

	Pseudonyms freebusy.Pseudonyms // where the configuration has no key for any; zero: under a random key

	wire        *wireLog                      // of one wiring
	replays     *kerberos.Replays             // of this process, so that a reload opens no gap
	occupancies *occupancies                  // likewise
	tally       *ews.Tally                    // likewise
	requests    *requests                     // likewise
	windows     func() (sspi.Provider, error) // that checks logons; nil is this machine's
}

// hostName is how we call ourselves in errors, as Exchange servers do.
func (o Options) hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "availproxy"
	}
	return name
}

// Server answers old Exchange servers as one configuration after the other
// says.
type Server struct {
	options Options
	store   *cache.Store
	tls     listenerTLS
	admin   listenerTLS
	started time.Time
	exposed bool // other machines reach the admin listener, whatever a reload says

	current  atomic.Pointer[wiring]
	draining atomic.Bool
	retired  sync.WaitGroup // wirings that a reload has replaced and that still work

	reloading   sync.Mutex // one at a time
	reloadError atomic.Pointer[string]
}

// New makes a Server that does nothing yet. The error is about the
// configuration.
func New(c *config.Config, o Options) (*Server, error) {
	store, err := cache.NewStore(int64(c.Cache.Size))
	if err != nil {
		return nil, err
	}
	o.Pseudonyms = cmp.Or(o.Pseudonyms, freebusy.NewPseudonyms(rand.Text()))
	if o.Supervisor == nil {
		o.Supervisor = osservice.Nobody{}
	}
	o.replays, o.occupancies = kerberos.NewReplays(), &occupancies{}
	if o.tally, err = ews.NewTally(); err != nil {
		return nil, err
	}
	if o.requests, err = newRequests(); err != nil {
		return nil, err
	}
	s := &Server{options: o, store: store, started: time.Now(), exposed: !c.Admin.Listen.Loopback()}
	if err := s.loadTLS(c); err != nil {
		return nil, err
	}
	w, err := wire(c, store, o)
	if err != nil {
		return nil, err
	}
	s.current.Store(w)
	return s, s.publish()
}

// loadTLS gives both listeners what c says of their TLS, or neither.
func (s *Server) loadTLS(c *config.Config) error {
	clients, err := clientCertificates(c.Clients.Certificates)
	if err != nil {
		return err
	}
	exchange, err := listenerConfig(c.TLS, clients)
	admin, adminErr := listenerConfig(c.Admin.TLS, nil)
	if err := errors.Join(err, adminErr); err != nil {
		return err
	}
	s.tls.swap(exchange)
	s.admin.swap(admin)
	return nil
}

// While runs f with everything working but the listeners, and returns what f
// returns once all work behind it has ended.
func (s *Server) While(ctx context.Context, f func(context.Context) error) error {
	s.current.Load().start(s.options.Log)
	defer func() {
		s.current.Load().end()
		s.retired.Wait()
	}()
	return f(ctx)
}

// Source is the path that every question takes, without the listener in front
// of it. Ask it only inside of While.
func (s *Server) Source() freebusy.Source { return s.current.Load().source }

// Reload reads the configuration and swaps to it in one step. Requests under
// way finish with the one they began with. When anything is wrong with the new
// configuration, the one in force stays, and the error says why. restart names
// the keys that take effect at the next start.
func (s *Server) Reload(ctx context.Context) (restart []string, err error) {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	s.whileReloading(ctx, func() { restart, err = s.reload(ctx) })
	said := ""
	if err != nil {
		said = err.Error()
		s.options.Log.ErrorContext(ctx, "reload failed, the configuration before it stays in force", "err", err)
	}
	s.reloadError.Store(&said)
	return restart, err
}

func (s *Server) reload(ctx context.Context) (restart []string, err error) {
	if s.options.Read == nil {
		return nil, errors.New("server: this one was started without a configuration file")
	}
	c, err := s.options.Read()
	if err != nil {
		return nil, err
	}
	next, err := wire(c, s.store, s.options)
	if err != nil {
		return nil, err
	}
	if err := s.loadTLS(c); err != nil {
		return nil, err
	}
	old := s.current.Load()
	changes := config.Diff(old.config, c)
	next.start(s.options.Log)
	old.cache.Retire()
	s.forget(next, changes) // before anybody asks next
	s.current.Store(next)
	s.retired.Go(old.end)
	s.options.Log.InfoContext(ctx, "configuration reloaded", "needs_restart", changes.Restart, "dropped_connectors", changes.Dropped)
	for _, w := range c.Warnings {
		s.options.Log.WarnContext(ctx, "configuration", "warning", w.String())
	}
	return changes.Restart, nil
}

// forget drops what was answered by a forest that is another one by now, or
// that does not hold the mailbox any more.
func (s *Server) forget(w *wiring, changes config.Changes) {
	changed := map[string]bool{}
	for _, name := range changes.Dropped {
		changed[name] = true
	}
	s.store.Purge(func(mailbox string, c *freebusy.Calendar) bool {
		return !w.belongs(mailbox, c) || changed[c.Origin.Connector]
	})
}

// notReady lists what keeps us from serving.
func (s *Server) notReady() []string {
	var reasons []string
	if s.draining.Load() {
		reasons = append(reasons, "shutting down")
	}
	reasons = append(reasons, s.current.Load().servers.unusable(time.Now())...)
	return reasons
}
