package kerberos

import (
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// mechanism is Kerberos version 5 (RFC 4121 1).
var mechanism = asn1.ObjectIdentifier{1, 2, 840, 113554, 1, 2, 2}

// The kinds of token (RFC 4121 4.1).
const (
	apRequest uint16 = 0x0100
	apReply   uint16 = 0x0200
)

// inApplication is the tag of a GSS-API token, [APPLICATION 0].
const inApplication = tag.Tag(0x60)

// unframe takes the message out of a GSS-API token of that kind (RFC 2743 3.1).
func unframe(token []byte, kind uint16) (message []byte, ok bool) {
	input := cryptobyte.String(token)
	var framed cryptobyte.String
	var oid asn1.ObjectIdentifier
	var found uint16
	ok = input.ReadASN1(&framed, inApplication) && framed.ReadASN1ObjectIdentifier(&oid) && oid.Equal(mechanism) &&
		framed.ReadUint16(&found) && found == kind
	return framed, ok
}

// frame is the reverse of unframe.
func frame(kind uint16, message []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(inApplication, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(mechanism)
		b.AddUint16(kind)
		b.AddBytes(message)
	})
	return b.BytesOrPanic() // the name is a constant, and lengths have no end here
}
