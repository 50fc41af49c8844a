package server

import (
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

// gatheredListener gives answers out in as few pieces as may be. net/http hands
// over the first 4 KB of an answer by themselves, which costs a system call more,
// for us and for the caller, and most answers are little longer.
type gatheredListener struct{ net.Listener }

// Accept implements [net.Listener].
func (l gatheredListener) Accept() (net.Conn, error) {
	plain, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &gathered{Conn: plain}, nil
}

// gathered is a connection that holds the first piece of an answer back until the
// next one comes, or the answer has ended.
type gathered struct {
	net.Conn

	mu        sync.Mutex // guards what follows
	answering bool
	held      []byte
	pieces    [2][]byte
	sending   net.Buffers // what is left of pieces
}

// A piece of firstPiece bytes is what net/http writes when its buffer is full; in
// a TLS record it is a little longer.
const (
	firstPiece    = 4 << 10
	longestRecord = firstPiece + 100
)

// Write implements [net.Conn]. An error of what is held shows in the next Write.
func (c *gathered) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.held) == 0 {
		if c.answering && len(p) >= firstPiece && len(p) <= longestRecord {
			c.held = append(c.held, p...)
			return len(p), nil
		}
		return c.Conn.Write(p)
	}
	held := len(c.held)
	c.pieces = [...][]byte{c.held, p}
	c.sending = c.pieces[:]
	n, err := c.sending.WriteTo(c.Conn)
	c.pieces, c.held = [2][]byte{}, c.held[:0]
	return max(int(n)-held, 0), err
}

// follow is told of each state of the connection, as [http.Server.ConnState] is.
func (c *gathered) follow(state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answering = state == http.StateActive
	if !c.answering {
		c.flush()
	}
}

// flush is for an answer that ends with its first piece. net/http has taken its
// time-out back by then. Whoever is told of an error reads no more from us anyway.
func (c *gathered) flush() {
	if len(c.held) == 0 {
		return
	}
	c.Conn.SetWriteDeadline(time.Now().Add(time.Second))
	c.Conn.Write(c.held)
	c.Conn.SetWriteDeadline(time.Time{})
	c.held = c.held[:0]
}

// Close implements [net.Conn].
func (c *gathered) Close() error {
	c.follow(http.StateClosed)
	return c.Conn.Close()
}

// CloseWrite is that of TCP, with which net/http ends connections on which
// something is still coming.
func (c *gathered) CloseWrite() error {
	c.follow(http.StateClosed)
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// gather follows the state of a connection, if it is gathered.
func gather(c net.Conn, state http.ConnState) {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	if g, ok := c.(*gathered); ok {
		g.follow(state)
	}
}
