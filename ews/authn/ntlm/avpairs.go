package ntlm

import "encoding/binary"

// The attributes that decide anything here ([MS-NLMP] 2.2.2.1).
const (
	avEOL             = 0
	avComputerName    = 1 // NetBIOS
	avDomainName      = 2 // NetBIOS
	avFlags           = 6
	avTimestamp       = 7
	avChannelBindings = 10
)

// flagMIC in avFlags promises a message integrity code.
const flagMIC = 1 << 1

// avPairs is a list of attributes and values ([MS-NLMP] 2.2.2.1).
type avPairs []byte

// readPairs reads a list up to its end mark. What follows is not part of it.
func readPairs(data []byte) (pairs avPairs, ok bool) {
	for at := 0; len(data)-at >= 4; {
		if binary.LittleEndian.Uint16(data[at:]) == avEOL {
			return avPairs(data[:at]), true
		}
		at += 4 + int(binary.LittleEndian.Uint16(data[at+2:]))
		if at > len(data) {
			break
		}
	}
	return nil, false
}

// value is that of the first pair with this attribute, or nil.
func (p avPairs) value(attribute uint16) []byte {
	for rest := p; len(rest) >= 4; {
		end := 4 + int(binary.LittleEndian.Uint16(rest[2:]))
		if binary.LittleEndian.Uint16(rest) == attribute {
			return rest[4:end]
		}
		rest = rest[end:]
	}
	return nil
}

// promisesMIC reports whether the caller has put a message integrity code into
// its message. Nobody in between can take that back: the proof covers it.
func (p avPairs) promisesMIC() bool {
	flags := p.value(avFlags)
	return len(flags) == 4 && binary.LittleEndian.Uint32(flags)&flagMIC != 0
}

// and returns p with another pair at its end.
func (p avPairs) and(attribute uint16, value []byte) avPairs {
	p = binary.LittleEndian.AppendUint16(p, attribute)
	p = binary.LittleEndian.AppendUint16(p, uint16(len(value)))
	return append(p, value...)
}
