package authn

import "context"

// Acceptor is our end of a mechanism that proves callers by tokens which go to
// and fro, as in GSS-API (RFC 2743 1.1.4). It must be safe for concurrent use.
type Acceptor interface {
	// Begins reports whether token is of this mechanism and the first of a
	// handshake.
	Begins(token []byte) bool

	// Begin starts a handshake with the caller on c. It does not block, and
	// sends nothing: the caller's first token goes to [Handshake.Step].
	Begin(c *Connection) Handshake

	// Ready reports whether handshakes can succeed at present, so that the
	// mechanism is offered. It does not block.
	Ready() bool
}

// Handshake is one run of a mechanism with one caller. No two goroutines use it
// at the same time.
type Handshake interface {
	// Step takes the caller's next token and gives ours. It may block until
	// ctx ends. As long as the Leg holds no Identity, the handshake goes on.
	// An error ends it; usually it is a [*Refusal].
	Step(ctx context.Context, token []byte) (Leg, error)

	// Close gives back whatever the handshake holds. It is called once, after
	// the last Step, also when the caller has hung up in between.
	Close()
}

// Leg is what comes of one token.
type Leg struct {
	Identity *Identity // set when the handshake has succeeded
	Reply    []byte    // our token; may be empty beside an Identity

	// Binds says that the caller has authenticated the connection and will
	// send nothing more on it, as NTLM does ([MS-NTHT] 1.3). Otherwise the
	// Identity is for this one request.
	Binds bool
}
