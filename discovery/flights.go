package discovery

import (
	"context"
	"errors"
	"sync"
	"time"
)

// flight is one look-up that everybody waits for who needs what it brings. It
// belongs to none of them, and goes on when they have left.
type flight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	overdue time.Time // nobody waits for it from then on

	// Valid once done is closed.
	outcomes map[string]outcome // by lower-case address
	refused  error              // why it never started
}

// flights are those in the air, by what they look up.
type flights struct {
	budget   time.Duration // for one flight
	patience time.Duration // how much of it is worth waiting for

	wg      sync.WaitGroup
	mu      sync.Mutex // guards the rest
	running map[string]*flight
	stopped bool
}

var errStopped = errors.New("the directory has been stopped")

// join returns the flight of that key. When there is none, it starts one that
// runs lookUp with the values of ctx, but neither its deadline nor its end.
func (fs *flights) join(ctx context.Context, key string, lookUp func(context.Context) map[string]outcome) *flight {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f, ok := fs.running[key]; ok {
		return f
	}
	f := &flight{done: make(chan struct{}), overdue: time.Now().Add(fs.patience)}
	if fs.stopped {
		f.refused = errStopped
		close(f.done)
		return f
	}
	ctx, f.cancel = context.WithTimeout(context.WithoutCancel(ctx), fs.budget)
	if fs.running == nil {
		fs.running = map[string]*flight{}
	}
	fs.running[key] = f
	fs.wg.Go(func() {
		f.outcomes = lookUp(ctx)
		fs.land(key, f)
	})
	return f
}

func (fs *flights) land(key string, f *flight) {
	f.cancel()
	fs.mu.Lock()
	delete(fs.running, key)
	fs.mu.Unlock()
	close(f.done)
}

// stop ends all flights, waits for them, and lets none start again.
func (fs *flights) stop() {
	fs.mu.Lock()
	fs.stopped = true
	for _, f := range fs.running {
		f.cancel()
	}
	fs.mu.Unlock()
	fs.wg.Wait()
}

// wait waits for f, and reports whether it came back before ctx ended. A flight
// that has kept somebody waiting for all of his patience costs nobody else any:
// a service that hangs is as good as dead.
func (f *flight) wait(ctx context.Context) bool {
	select {
	case <-f.done:
		return true
	default:
	}
	ctx, cancel := context.WithDeadlineCause(ctx, f.overdue, errOverdue)
	defer cancel()
	select {
	case <-f.done:
		return true
	case <-ctx.Done():
		return false
	}
}

var errOverdue = errors.New("the look-up takes longer than anybody waits")
