package ntlm

import (
	"bytes"
	"encoding/asn1"
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"availproxy/ews/authn"
)

// message is one of the three of NTLM ([MS-NLMP] 2.2.1).
type message []byte

var signature = []byte("NTLMSSP\x00")

const (
	negotiateType    = 1
	challengeType    = 2
	authenticateType = 3
)

// is reports whether m is long enough to have a type, and has this one.
func (m message) is(kind uint32) bool {
	return len(m) >= 12 && bytes.HasPrefix(m, signature) && m.number(8) == kind
}

// OIDs are the names of NTLM in a negotiation ([MS-NLMP] 1.9).
func OIDs() []asn1.ObjectIdentifier {
	return []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 311, 2, 2, 10}}
}

// Begins reports whether token is a NEGOTIATE_MESSAGE, the first one of a
// handshake.
func Begins(token []byte) bool { return message(token).is(negotiateType) }

// Proves reports whether token is an AUTHENTICATE_MESSAGE, the last one, which a
// [Guard] has to see before anybody else does.
func Proves(token []byte) bool { return message(token).is(authenticateType) }

func (m message) number(at int) uint32 { return binary.LittleEndian.Uint32(m[at:]) }

// payload is what a field at an offset of the fixed part points to: its length,
// its greatest length, and where it begins. An empty one may point anywhere.
func (m message) payload(at int) (data []byte, ok bool) {
	length, offset := uint64(binary.LittleEndian.Uint16(m[at:])), uint64(m.number(at+4))
	switch {
	case length == 0:
		return nil, true
	case offset+length > uint64(len(m)):
		return nil, false
	}
	return m[offset : offset+length], true
}

// The flags that decide anything here ([MS-NLMP] 2.2.2.5).
const (
	flagUnicode         = 1 << 0
	flagOEM             = 1 << 1
	flagRequestTarget   = 1 << 2
	flagSign            = 1 << 4
	flagSeal            = 1 << 5
	flagNTLM            = 1 << 9
	flagAlwaysSign      = 1 << 15
	flagDomainTarget    = 1 << 16
	flagExtendedSession = 1 << 19
	flagTargetInfo      = 1 << 23
	flagVersion         = 1 << 25
	flag128             = 1 << 29
	flagKeyExchange     = 1 << 30
	flag56              = 1 << 31
)

// readNegotiate is the flags of a NEGOTIATE_MESSAGE ([MS-NLMP] 2.2.1.1). What
// else may be in it decides nothing.
func readNegotiate(m message) (flags uint32, err error) {
	if !m.is(negotiateType) || len(m) < 16 {
		return 0, refuse(authn.Malformed, "ntlm: no NEGOTIATE_MESSAGE, %d bytes", len(m))
	}
	return m.number(12), nil
}

// longestName bounds the names in a message, in bytes. Windows has none of more
// than 255 characters.
const longestName = 512

// name reads a user, a domain or a workstation. Names in the code page of the
// caller's machine are read as far as they are ASCII, which is the same in all.
func name(data []byte, flags uint32) (text string, ok bool) {
	switch {
	case len(data) > longestName:
		return "", false
	case flags&flagUnicode == 0:
		return string(data), !bytes.ContainsFunc(data, func(r rune) bool { return r >= 0x80 })
	case len(data)%2 != 0:
		return "", false
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units)), true
}

// wide is text as the protocol hashes it: in UTF-16, little end first.
func wide(text string) []byte {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = binary.LittleEndian.AppendUint16(data, unit)
	}
	return data
}

// sameAccount is one spelling for all that Windows takes for the same account.
func sameAccount(domain, user string) string { return strings.ToLower(domain + `\` + user) }
