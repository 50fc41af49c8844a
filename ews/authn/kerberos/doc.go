// Package kerberos recognises callers by Kerberos tickets for our service (RFC
// 4120), as Exchange servers send them for their computer accounts. The tokens
// are those of GSS-API (RFC 4121), bare or inside of SPNEGO.
//
// The messages are read and written by github.com/jcmturner/gokrb5, of which
// only the lowest packages are used, behind one interface. What a message means is
// judged here: its own acceptor takes the caller's word for its realm, gives no answer
// to a caller that wants to know who we are, and can be brought down by a
// stranger's token.
//
// A logon is worth one request: an authenticator that has been seen is refused
// for as long as it could be valid. That memory is of this process; replicas
// that share a keytab have one each, and a restart begins with an empty one.
package kerberos
