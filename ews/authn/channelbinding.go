package authn

import (
	"crypto"
	"crypto/md5"
	"crypto/x509"
	"encoding/binary"
)

// Binding is what a caller's proof holds when it is meant for this connection
// alone: the MD5 of the GSS channel bindings with the tls-server-end-point of
// our certificate (RFC 4121 4.1.1.2, RFC 5929 4; [MS-NLMP] 2.2.2.1
// MsvAvChannelBindings). ok is false where there is nothing to be bound to: no
// TLS, or TLS that ends in front of us.
func (c *Connection) Binding() (hash [md5.Size]byte, ok bool) {
	data := c.EndPoint()
	if data == nil {
		return hash, false
	}
	return bindingsHash(data), true
}

// EndPoint is what [Connection.Binding] is the hash of: the kind of the channel
// binding, a colon, and the hash of our certificate (RFC 5929 4.1). It is nil
// where there is nothing to be bound to.
func (c *Connection) EndPoint() []byte {
	leaf := c.certificate()
	if leaf == nil {
		return nil
	}
	sum := endPointHash(leaf.SignatureAlgorithm).New()
	sum.Write(leaf.Raw)
	return sum.Sum([]byte("tls-server-end-point:"))
}

// bindingsHash is that of bindings without addresses: both address types and
// lengths are zero (RFC 4121 4.1.1.2).
func bindingsHash(data []byte) [md5.Size]byte {
	bindings := binary.LittleEndian.AppendUint32(make([]byte, 16), uint32(len(data)))
	return md5.Sum(append(bindings, data...))
}

// endPointHash is the hash of the certificate's signature, and SHA-256 in the
// place of those that are broken (RFC 5929 4.1).
func endPointHash(a x509.SignatureAlgorithm) crypto.Hash {
	switch a {
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		return crypto.SHA384
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		return crypto.SHA512
	default:
		return crypto.SHA256
	}
}
