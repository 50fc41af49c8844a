package sspi

import (
	"context"
	"sync"
	"time"

	"availproxy/ews/authn"
	"availproxy/ews/authn/ntlm"
)

// Authority is the Local Security Authority of this machine, as callers get to
// see it. It is safe for concurrent use.
type Authority struct {
	provider Provider
	options  Options
	logons   *ntlm.Guard
	calls    chan struct{} // one in it for each call under way
	contexts chan struct{} // one in it for each context there is

	mu    sync.Mutex // guards ended, and that nothing is added to work after it
	ended bool
	work  sync.WaitGroup // contexts and calls
}

// Options bound what callers may take of Windows.
type Options struct {
	Calls   int           // under way at a time; each of them holds a thread
	Timeout time.Duration // for one answer of Windows, and at most for the caller's answer to it
}

// mostContexts bounds handshakes of several legs, each of which Windows remembers
// until its caller answers.
const mostContexts = 1024

// NewAuthority returns one that asks Windows nothing yet. Run gives back what it
// will have taken.
func NewAuthority(p Provider, o Options) (*Authority, error) {
	logons, err := ntlm.NewGuard()
	return &Authority{
		provider: p, options: o, logons: logons,
		calls: make(chan struct{}, o.Calls), contexts: make(chan struct{}, mostContexts),
	}, err
}

// Run returns once ctx has ended and Windows has got back everything. No handshake
// begins after that; those under way come to their end first.
func (a *Authority) Run(ctx context.Context) error {
	<-ctx.Done()
	a.mu.Lock()
	a.ended = true
	a.mu.Unlock()
	a.work.Wait()
	return ctx.Err()
}

// Probe finds out whether we have credentials for logons by p. It may block.
func (a *Authority) Probe(p Package) error {
	c, err := a.provider.Open(p)
	if err != nil {
		return err
	}
	c.Delete()
	return nil
}

// begin returns a context that Windows knows nothing of until it takes a token.
func (a *Authority) begin(p Package) (Context, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return nil, authn.Refuse("", authn.Unavailable, "sspi: the configuration that the handshake began with is no longer in force")
	}
	select {
	case a.contexts <- struct{}{}:
		a.work.Add(1)
		return &counted{of: a, pkg: p}, nil
	default:
		return nil, authn.Refuse("", authn.Unavailable, "sspi: %d handshakes are waiting for their callers, and no more may", mostContexts)
	}
}

// patience is how long to wait for a caller's next token: the less, the more
// callers there are to wait for. A stranger who begins handshakes and lets them
// lie must not keep others from theirs.
func (a *Authority) patience() time.Duration {
	left := cap(a.contexts) - len(a.contexts) + 1
	return a.options.Timeout * time.Duration(left) / time.Duration(cap(a.contexts))
}
