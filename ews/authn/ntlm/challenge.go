package ntlm

import (
	"encoding/binary"
	"time"
)

// agreed are the flags of which a challenge holds those that the caller offers.
const agreed = flagSign | flagSeal | flagAlwaysSign | flagExtendedSession | flag128 | flagKeyExchange | flag56

// challenge makes a CHALLENGE_MESSAGE ([MS-NLMP] 2.2.1.2, 3.2.5.1.1).
func (a *Accounts) challenge(offered uint32, nonce [8]byte) []byte {
	flags := offered&agreed | flagNTLM | flagRequestTarget | flagDomainTarget | flagTargetInfo
	target := []byte(a.domain)
	if offered&flagUnicode != 0 {
		flags, target = flags|flagUnicode, wide(a.domain)
	} else {
		flags |= flagOEM
	}
	info := a.targetInfo(time.Now())
	const payload = 56 // behind the version, which is not told
	m := append(message{}, signature...)
	m = binary.LittleEndian.AppendUint32(m, challengeType)
	m = m.pointer(len(target), payload)
	m = binary.LittleEndian.AppendUint32(m, flags)
	m = append(m, nonce[:]...)
	m = append(m, make([]byte, 8)...) // Reserved
	m = m.pointer(len(info), payload+len(target))
	m = append(m, make([]byte, 8)...) // Version
	return append(append(m, target...), info...)
}

// pointer adds a field that points to a payload.
func (m message) pointer(length, offset int) message {
	m = binary.LittleEndian.AppendUint16(m, uint16(length))
	m = binary.LittleEndian.AppendUint16(m, uint16(length))
	return binary.LittleEndian.AppendUint32(m, uint32(offset))
}

// targetInfo says who we are. The time makes callers add a message integrity
// code, if they know it ([MS-NLMP] 3.1.5.1.2).
func (a *Accounts) targetInfo(now time.Time) avPairs {
	const since1601 = 116444736000000000 // in units of 100 ns, until 1970
	stamp := binary.LittleEndian.AppendUint64(nil, uint64(now.UnixNano()/100+since1601))
	return avPairs{}.and(avDomainName, wide(a.domain)).and(avComputerName, wide(a.computer)).and(avTimestamp, stamp).and(avEOL, nil)
}
