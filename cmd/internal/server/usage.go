package server

import (
	"net/http"
	"sync"
)

// usage counts the questions that one wiring is answering. Unlike a
// [sync.WaitGroup] it takes on more while somebody waits. The zero usage is
// ready.
type usage struct {
	mu    sync.Mutex // guards what follows
	count int
	none  chan struct{} // closed when the last question is answered; nil while nobody waits
}

func (u *usage) begin() {
	u.mu.Lock()
	u.count++
	u.mu.Unlock()
}

func (u *usage) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.count--; u.count == 0 && u.none != nil {
		close(u.none)
		u.none = nil
	}
}

// wait returns at a moment at which no question is being answered.
func (u *usage) wait() {
	u.mu.Lock()
	if u.count == 0 {
		u.mu.Unlock()
		return
	}
	if u.none == nil {
		u.none = make(chan struct{})
	}
	none := u.none
	u.mu.Unlock()
	<-none
}

// serveExchange answers as the configuration says that is in force when the
// request comes, also when it is replaced in between.
func (s *Server) serveExchange(rw http.ResponseWriter, r *http.Request) {
	w := s.use()
	defer w.usage.end()
	if s.draining.Load() {
		rw = &lastAnswer{ResponseWriter: rw}
	}
	w.exchange.ServeHTTP(rw, r)
}

// use is the wiring in force. It does not end before its usage has ended.
func (s *Server) use() *wiring {
	for {
		w := s.current.Load()
		w.usage.begin()
		if s.current.Load() == w {
			return w
		}
		w.usage.end() // replaced a moment ago
	}
}
