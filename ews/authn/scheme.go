package authn

import (
	"bytes"
	"encoding/base64"
	"net/http"
)

// Scheme recognises callers by an HTTP authentication scheme that carries the
// tokens of an [Acceptor] in base64: Negotiate (RFC 4559 4) or NTLM ([MS-NTHT]
// 2.1). A handshake of several legs needs a listener with [Connections].
type Scheme struct {
	Name     string
	Acceptor Acceptor
	Known    *KnownConnections // remembers who has authenticated a connection; nil where no mechanism does that

	// OwnConnection says that no handshake comes to an end on a connection that
	// is not the caller's alone, so that the scheme is not offered there.
	OwnConnection bool
}

var _ Authenticator = Scheme{}

// Authenticate implements [Authenticator].
func (s Scheme) Authenticate(r *http.Request) (Outcome, error) {
	credentials, ok := Credentials(r, s.Name)
	if !ok {
		return Outcome{}, nil
	}
	c, lasts := connection(r)
	leg, err := s.step(r, c, credentials)
	if err == nil && leg.Identity == nil && !lasts {
		err = Refuse("", NoHandshake, "authn: %s: a handshake of several legs needs a connection of its own, of HTTP/1.1 and not through a proxy", s.Name)
	}
	switch {
	case err != nil:
		c.end()
		return Outcome{}, err
	case leg.Identity != nil && leg.Binds:
		c.give(leg.Identity, s.Known)
	case leg.Identity != nil:
		c.end()
	}
	return Outcome{Identity: leg.Identity, Answer: s.answer(leg)}, nil
}

// step gives the token to the handshake under way on c, or to a new one.
func (s Scheme) step(r *http.Request, c *Connection, credentials string) (Leg, error) {
	token, err := decodeToken(credentials)
	if err != nil {
		return Leg{}, err
	}
	if s.Acceptor.Begins(token) {
		c.begin(s.Name, s.Acceptor.Begin(c))
	}
	h := c.resume(s.Name)
	switch {
	case h != nil:
		return h.Step(r.Context(), token)
	case continues(token):
		return Leg{}, Refuse("", NoHandshake, "authn: %s: a token that is not a first one, on a connection that has seen no first one", s.Name)
	default:
		return Leg{}, Refuse("", Malformed, "authn: %s: a token of %d bytes that is none of any mechanism here, or was cut off on the way", s.Name, len(token))
	}
}

// continues reports whether token looks like one of a later leg: a NegTokenResp
// (RFC 4178 4.2) or an AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3).
func continues(token []byte) bool {
	return bytes.HasPrefix(token, []byte{0xa1}) || bytes.HasPrefix(token, []byte("NTLMSSP\x00\x03\x00\x00\x00"))
}

func (s Scheme) answer(leg Leg) string {
	if len(leg.Reply) == 0 && leg.Identity != nil {
		return ""
	}
	return s.Name + " " + base64.StdEncoding.EncodeToString(leg.Reply)
}

// Challenge implements [Authenticator].
func (s Scheme) Challenge(r *http.Request) string {
	if !s.Acceptor.Ready() || s.OwnConnection && shared(r) {
		return ""
	}
	return s.Name
}

// maxToken bounds a token, in bytes before base64. Windows lets tickets grow to
// 48,000 bytes, and to 65,535 where an admin says so (learn.microsoft.com
// kerberos-authentication-problems-if-user-belongs-to-groups).
const maxToken = 64 << 10

func decodeToken(credentials string) ([]byte, error) {
	if n := len(credentials); n == 0 || n > base64.StdEncoding.EncodedLen(maxToken) {
		return nil, Refuse("", Malformed, "authn: a token of %d characters; more than none and up to %d bytes are read", n, maxToken)
	}
	token, err := base64.StdEncoding.DecodeString(credentials)
	if err != nil {
		return nil, Refuse("", Malformed, "authn: a token that is no base64: %w", err)
	}
	return token, nil
}

// connection is that of r, and whether it will be the same caller's with the
// next request. Over HTTP/2, and behind a proxy, the requests of several callers
// may share one: nobody becomes the owner of such a connection.
func connection(r *http.Request) (c *Connection, lasts bool) {
	switch c = ConnectionFrom(r.Context()); {
	case c == nil:
		return &Connection{}, false
	case shared(r):
		return &Connection{peer: c.peer, shows: c.certificate()}, false
	default:
		return c, true
	}
}

// shared reports whether requests of several callers may come on the connection
// of r.
func shared(r *http.Request) bool { return r.ProtoMajor != 1 || passedOn(r) }
