package negotiate

import (
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"availproxy/ews/authn"
)

var spnego = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 2}

// inApplication is the tag of a GSS-API token, [APPLICATION 0].
const inApplication = tag.Tag(0x60)

// in is the tag of field n.
func in(n uint8) tag.Tag { return tag.Tag(n).Constructed().ContextSpecific() }

// isInit reports whether token is a GSS-API token of SPNEGO (RFC 2743 3.1), the
// one that begins a negotiation.
func isInit(token []byte) bool {
	input := cryptobyte.String(token)
	var framed cryptobyte.String
	var oid asn1.ObjectIdentifier
	return input.ReadASN1(&framed, inApplication) && framed.ReadASN1ObjectIdentifier(&oid) && oid.Equal(spnego)
}

// Unwrap is the token of a mechanism that a caller's token carries: the token
// itself where nothing is wrapped, and empty where there is none inside.
func Unwrap(token []byte) (inner []byte, err error) {
	switch {
	case isInit(token):
		init, err := readInit(token)
		return init.token, err
	case len(token) > 0 && token[0] == byte(in(1)):
		return readResponse(token)
	default:
		return token, nil
	}
}

// initial is a NegTokenInit (RFC 4178 4.2.1).
type initial struct {
	mechanisms []asn1.ObjectIdentifier // the caller's favourite first
	token      []byte                  // of the favourite; may be empty
}

// maxMechanisms is several times what Windows lists.
const maxMechanisms = 32

// readInit reads a token of which isInit holds. What else is in it (flags, hints
// and the MIC) is left alone.
func readInit(token []byte) (init initial, err error) {
	input := cryptobyte.String(token)
	var framed, choice, fields, list, oids cryptobyte.String
	var oid asn1.ObjectIdentifier
	ok := input.ReadASN1(&framed, inApplication) && framed.ReadASN1ObjectIdentifier(&oid) &&
		framed.ReadASN1(&choice, in(0)) && choice.ReadASN1(&fields, tag.SEQUENCE) &&
		fields.ReadASN1(&list, in(0)) && list.ReadASN1(&oids, tag.SEQUENCE)
	for ok && !oids.Empty() {
		var oid asn1.ObjectIdentifier
		ok = oids.ReadASN1ObjectIdentifier(&oid) && len(init.mechanisms) < maxMechanisms
		init.mechanisms = append(init.mechanisms, oid)
	}
	ok = ok && fields.SkipOptionalASN1(in(1)) && readOctets(&fields, 2, &init.token)
	if !ok {
		return initial{}, authn.Refuse("", authn.Malformed, "negotiate: a NegTokenInit that cannot be read, %d bytes", len(token))
	}
	return init, nil
}

// readResponse reads the token inside of a NegTokenResp (RFC 4178 4.2.2), which
// a caller sends from its second leg on.
func readResponse(token []byte) (inner []byte, err error) {
	input := cryptobyte.String(token)
	var choice, fields cryptobyte.String
	ok := input.ReadASN1(&choice, in(1)) && choice.ReadASN1(&fields, tag.SEQUENCE) &&
		fields.SkipOptionalASN1(in(0)) && fields.SkipOptionalASN1(in(1)) && readOctets(&fields, 2, &inner)
	if !ok {
		return nil, authn.Refuse("", authn.Malformed, "negotiate: a NegTokenResp that cannot be read, %d bytes", len(token))
	}
	return inner, nil
}

// readOctets reads an optional octet string.
func readOctets(fields *cryptobyte.String, n uint8, value *[]byte) bool {
	var present bool
	return fields.ReadOptionalASN1OctetString(value, &present, in(n))
}

// The states of a negotiation (RFC 4178 4.2.2).
const (
	acceptCompleted  = 0
	acceptIncomplete = 1
)

// response is a NegTokenResp of ours (RFC 4178 4.2.2).
type response struct {
	state     int
	mechanism asn1.ObjectIdentifier // nil: not said
	token     []byte                // empty: none
}

func (r response) marshal() ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(in(1), func(b *cryptobyte.Builder) {
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(in(0), func(b *cryptobyte.Builder) { b.AddASN1Enum(int64(r.state)) })
			if r.mechanism != nil {
				b.AddASN1(in(1), func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(r.mechanism) })
			}
			if len(r.token) > 0 {
				b.AddASN1(in(2), func(b *cryptobyte.Builder) { b.AddASN1OctetString(r.token) })
			}
		})
	})
	return b.Bytes()
}
