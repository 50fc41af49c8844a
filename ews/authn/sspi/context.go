package sspi

import (
	"sync"
	"time"
)

// counted is a Context that an Authority knows of until it is deleted.
type counted struct {
	of      *Authority
	pkg     Package
	context Context // nil before the first token
}

// Accept implements [Context].
func (c *counted) Accept(token []byte, b Binding) (reply []byte, done bool, err error) {
	if c.context == nil {
		if c.context, err = c.of.provider.Open(c.pkg); err != nil {
			return nil, false, err
		}
	}
	return c.context.Accept(token, b)
}

// Caller implements [Context].
func (c *counted) Caller() (Caller, error) { return c.context.Caller() }

// Delete implements [Context].
func (c *counted) Delete() {
	if c.context != nil {
		c.context.Delete()
	}
	<-c.of.contexts
	c.of.work.Done()
}

// held is a context that waits for its caller, for a while.
type held struct {
	patience *time.Timer

	mu      sync.Mutex // guards context
	context Context    // nil once it has been taken
}

func (a *Authority) hold(c Context) *held {
	h := &held{context: c}
	h.mu.Lock() // against a timer that is faster than the line below
	defer h.mu.Unlock()
	h.patience = time.AfterFunc(a.patience(), h.release)
	return h
}

// take is the context, for one taker; nil for all others.
func (h *held) take() Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.context
	h.context = nil
	h.patience.Stop()
	return c
}

// release deletes the context if nobody has taken it.
func (h *held) release() {
	if c := h.take(); c != nil {
		c.Delete()
	}
}
