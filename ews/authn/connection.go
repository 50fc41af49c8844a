package authn

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// Connection is what authentication knows about one connection of a caller.
// Its methods may be called from any goroutine.
type Connection struct {
	peer netip.Addr // at the other end

	mu        sync.Mutex // guards what follows
	shows     *x509.Certificate
	owner     *Identity         // who has authenticated the connection; nil: nobody
	known     *KnownConnections // to whom owner is known; nil: to nobody
	handshake Handshake         // under way; nil: none
	scheme    string            // under which it runs
}

// Peer is the address at the other end; the zero Addr where there is none.
func (c *Connection) Peer() netip.Addr { return c.peer }

// ownerBy is who has authenticated the connection to the knowledge of k, or nil.
// That stays until a new handshake begins. The Identity must not be changed.
func (c *Connection) ownerBy(k *KnownConnections) *Identity {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.owner == nil || k == nil || c.known != k {
		return nil
	}
	return c.owner
}

// Show notes the certificate that we show the caller on this connection, for
// [Connection.Binding]. The listener calls it during the TLS handshake.
func (c *Connection) Show(leaf *x509.Certificate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shows = leaf
}

func (c *Connection) certificate() *x509.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shows
}

// begin puts h in the place of any other handshake, and takes the connection
// from whoever had authenticated it.
func (c *Connection) begin(scheme string, h Handshake) { c.replace(scheme, h, nil, nil) }

// end closes the handshake under way. The connection belongs to nobody.
func (c *Connection) end() { c.replace("", nil, nil, nil) }

// give closes the handshake under way. The connection belongs to owner from now
// on, to the knowledge of k.
func (c *Connection) give(owner *Identity, k *KnownConnections) { c.replace("", nil, owner, k) }

func (c *Connection) replace(scheme string, h Handshake, owner *Identity, k *KnownConnections) {
	c.mu.Lock()
	before := c.handshake
	c.scheme, c.handshake, c.owner, c.known = scheme, h, owner, k
	c.mu.Unlock()
	if before != nil {
		before.Close()
	}
}

// resume is the handshake under way, or nil.
func (c *Connection) resume(scheme string) Handshake {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.scheme != scheme {
		return nil
	}
	return c.handshake
}

// Connections keeps a [Connection] for each connection of a listener. Its two
// methods go into the fields of [http.Server] that have their names. The zero
// value is ready.
type Connections struct{ open sync.Map }

type connectionKey struct{}

// ConnContext gives each new connection its [Connection].
func (cs *Connections) ConnContext(ctx context.Context, conn net.Conn) context.Context {
	c := &Connection{peer: address(conn.RemoteAddr().String())}
	cs.open.Store(conn, c)
	return context.WithValue(ctx, connectionKey{}, c)
}

// ConnState ends the handshake of a caller who has hung up.
func (cs *Connections) ConnState(conn net.Conn, state http.ConnState) {
	if state != http.StateClosed && state != http.StateHijacked {
		return
	}
	if c, found := cs.open.LoadAndDelete(conn); found {
		c.(*Connection).end()
	}
}

// ConnectionFrom returns the [Connection] of a context that comes from a
// listener with [Connections], or nil.
func ConnectionFrom(ctx context.Context) *Connection {
	c, _ := ctx.Value(connectionKey{}).(*Connection)
	return c
}
