package ntlm

import (
	"bytes"
	"crypto/rc4"
	"encoding/binary"
	"strings"
	"testing"
)

// caller is the other end of a handshake, which can be told to do things that
// no honest one does.
type caller struct {
	domain, user string
	hash         [16]byte // of the password
	flags        uint32   // offered
	promisesMIC  bool
	binding      []byte // nil: says nothing about it
	version1     bool
	spoil        func(*draft) // before the integrity code is computed
	late         func([]byte) // changes to the complete message
}

// offers are the flags of Windows.
const offers = flagUnicode | flagOEM | flagRequestTarget | flagSign | flagSeal | flagNTLM | flagAlwaysSign | flagExtendedSession | flag128 | flagKeyExchange | flag56

// draft is an AUTHENTICATE_MESSAGE before it has its form.
type draft struct {
	lm, nt, domain, user, workstation, key []byte
	flags                                  uint32
	room                                   int // between the fixed part and the payloads: version and code
	exported                               []byte
}

// negotiate is the first message.
func (c caller) negotiate() []byte {
	m := append(message{}, signature...)
	m = binary.LittleEndian.AppendUint32(m, negotiateType)
	m = binary.LittleEndian.AppendUint32(m, c.flags)
	return append(m, make([]byte, 16)...)
}

// authenticate answers a challenge.
func (c caller) authenticate(t testing.TB, negotiate, challenge []byte) []byte {
	t.Helper()
	m := message(challenge)
	info, ok := m.payload(40)
	pairs, complete := readPairs(info)
	if !m.is(challengeType) || !ok || !complete {
		t.Fatalf("no challenge: %x", challenge)
	}
	d := c.draft(m.number(20)&c.flags, challenge[24:32], pairs)
	if c.spoil != nil {
		c.spoil(d)
	}
	last := d.message()
	if c.promisesMIC && d.room > 0 {
		copy(last[atMIC:], mac(d.exported, negotiate, challenge, last))
	}
	if c.late != nil {
		c.late(last)
	}
	return last
}

func (c caller) draft(flags uint32, nonce []byte, pairs avPairs) *draft {
	encode := wide
	if flags&flagUnicode == 0 {
		encode = func(s string) []byte { return []byte(s) }
	}
	d := &draft{domain: encode(c.domain), user: encode(c.user), workstation: encode("WORKSTATION"), flags: flags, room: 8}
	if c.version1 {
		d.lm, d.nt = make([]byte, 24), bytes.Repeat([]byte{1}, 24)
		return d
	}
	pairs = bytes.Clone(pairs)
	if c.promisesMIC {
		pairs, d.room = pairs.and(avFlags, []byte{flagMIC, 0, 0, 0}), 24
	}
	if c.binding != nil {
		pairs = pairs.and(avChannelBindings, c.binding)
	}
	blob := append([]byte{1, 1, 0, 0, 0, 0, 0, 0}, pairs.value(avTimestamp)...)
	blob = append(blob, bytes.Repeat([]byte{0xaa}, 8)...)
	blob = append(append(blob, 0, 0, 0, 0), append(pairs.and(avEOL, nil), 0, 0, 0, 0)...)
	key := mac(c.hash[:], wide(strings.ToUpper(c.user)+c.domain))
	nt := mac(key, nonce, blob)
	session := mac(key, nt)
	d.lm, d.nt, d.exported = make([]byte, 24), append(nt, blob...), session
	if flags&flagKeyExchange != 0 {
		d.exported, d.key = bytes.Repeat([]byte{0x55}, 16), make([]byte, 16)
		cipher, _ := rc4.NewCipher(session)
		cipher.XORKeyStream(d.key, d.exported)
	}
	return d
}

// message gives the draft its form.
func (d *draft) message() []byte {
	m := append(message{}, signature...)
	m = binary.LittleEndian.AppendUint32(m, authenticateType)
	payload := make([]byte, d.room)
	for _, part := range [][]byte{d.lm, d.nt, d.domain, d.user, d.workstation, d.key} {
		m = m.pointer(len(part), fixedPart+len(payload))
		payload = append(payload, part...)
	}
	m = binary.LittleEndian.AppendUint32(m, d.flags)
	return append(m, payload...)
}
