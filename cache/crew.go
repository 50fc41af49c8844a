package cache

import "sync"

// crew counts goroutines. Unlike a [sync.WaitGroup] it takes on more while
// somebody waits: after a reload, questions that came before it still begin
// fetches. The zero crew is ready.
type crew struct {
	mu   sync.Mutex // guards what follows
	busy int
	idle chan struct{} // closed when the last one ends; nil while nobody waits
}

// Go runs f in a goroutine.
func (c *crew) Go(f func()) {
	c.mu.Lock()
	c.busy++
	c.mu.Unlock()
	go func() {
		defer c.leave()
		f()
	}()
}

func (c *crew) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy--; c.busy == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

// Wait returns at a moment at which none runs.
func (c *crew) Wait() {
	c.mu.Lock()
	if c.busy == 0 {
		c.mu.Unlock()
		return
	}
	if c.idle == nil {
		c.idle = make(chan struct{})
	}
	idle := c.idle
	c.mu.Unlock()
	<-idle
}
