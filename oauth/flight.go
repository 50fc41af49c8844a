package oauth

import (
	"context"
	"sync"
)

// flights lets callers that want the same thing at the same time share one
// piece of work. There is no goroutine: the first caller does the work within
// its own context, the others wait. When the first gives up because its context
// ends, the next one takes over. The zero value is ready.
type flights[K comparable, V any] struct {
	mu      sync.Mutex // guards running
	running map[K]*flight[V]
}

type flight[V any] struct {
	landed    chan struct{} // closed when the fields below are set
	value     V
	err       error
	abandoned bool // not failed, but given up: somebody else has to do it
}

// do returns what work made for key, be it called by this caller or by another.
// An error is shared as well, so that a crowd does not fail one by one. work
// should look once more whether it is still needed.
func (f *flights[K, V]) do(ctx context.Context, key K, work func(context.Context) (V, error)) (V, error) {
	for {
		mine, other := f.join(key)
		if mine != nil {
			f.fly(ctx, key, mine, work)
			return mine.value, mine.err
		}
		select {
		case <-other.landed:
			if !other.abandoned {
				return other.value, other.err
			}
		case <-ctx.Done():
			var none V
			return none, context.Cause(ctx)
		}
	}
}

// join returns a flight that the caller has to do, or the one under way.
func (f *flights[K, V]) join(key K) (mine, other *flight[V]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if other, ok := f.running[key]; ok {
		return nil, other
	}
	if f.running == nil {
		f.running = make(map[K]*flight[V])
	}
	mine = &flight[V]{landed: make(chan struct{}), abandoned: true}
	f.running[key] = mine
	return mine, nil
}

// fly lands mine whatever happens, so that nobody waits for ever when work
// panics.
func (f *flights[K, V]) fly(ctx context.Context, key K, mine *flight[V], work func(context.Context) (V, error)) {
	defer func() {
		f.mu.Lock()
		delete(f.running, key)
		f.mu.Unlock()
		close(mine.landed)
	}()
	mine.value, mine.err = work(ctx)
	mine.abandoned = mine.err != nil && ctx.Err() != nil
}
