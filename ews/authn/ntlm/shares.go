package ntlm

import (
	"context"
	"net/netip"
	"sync"

	"availproxy/ews/authn"
)

// shares see to it that no address has more than its share of the helpers, nor of
// the places in the queue for them: a stranger who begins handshakes without end
// waits for his own.
type shares struct {
	most int // for one address

	mu sync.Mutex // guards what follows
	of map[netip.Addr]*share
}

type share struct {
	taken chan struct{}
	users int // who have taken of it or wait
}

// newShares leave half of the helpers to others, where there is more than one.
func newShares(helpers int) *shares {
	return &shares{most: max(1, helpers/2), of: map[netip.Addr]*share{}}
}

// take waits for a place of from. Whoever gets one calls give when it is free
// again.
func (s *shares) take(ctx context.Context, from netip.Addr) (give func(), err error) {
	own := s.enter(from)
	select {
	case own.taken <- struct{}{}:
		return func() {
			<-own.taken
			s.leave(from, own)
		}, nil
	case <-ctx.Done():
		s.leave(from, own)
		return nil, refuse(authn.Unavailable, "ntlm: one address may have %d handshakes under way at a time, half of clients.ntlm.pool, and has as many", s.most)
	}
}

func (s *shares) enter(from netip.Addr) *share {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.of[from]
	if own == nil {
		own = &share{taken: make(chan struct{}, s.most)}
		s.of[from] = own
	}
	own.users++
	return own
}

func (s *shares) leave(from netip.Addr, own *share) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if own.users--; own.users == 0 {
		delete(s.of, from)
	}
}
