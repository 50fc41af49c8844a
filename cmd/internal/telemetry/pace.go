package telemetry

import (
	"sync"

	"golang.org/x/time/rate"
)

// What bounds the traces that are kept beyond the sampler's choice. Where all
// fails, some tell as much as all; and whoever is turned away at the door must
// not fill the back end, nor push out the questions that failed.
const (
	keptASecond = 10
	keptAtOnce  = 100
	mostKinds   = 64 // names of spans, which only this program chooses
)

// pace limits traces of each kind, which is the name of a span. Its zero value is
// ready.
type pace struct {
	mu    sync.Mutex // guards kinds
	kinds map[string]*rate.Limiter
}

func (p *pace) allow(kind string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kinds == nil {
		p.kinds = map[string]*rate.Limiter{}
	}
	if p.kinds[kind] == nil && len(p.kinds) >= mostKinds {
		kind = ""
	}
	if p.kinds[kind] == nil {
		p.kinds[kind] = rate.NewLimiter(keptASecond, keptAtOnce)
	}
	return p.kinds[kind].Allow()
}
