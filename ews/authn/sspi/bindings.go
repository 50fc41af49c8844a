package sspi

import "encoding/binary"

// channelBindings is a SEC_CHANNEL_BINDINGS without addresses, with the data
// behind it (learn.microsoft.com "ns-sspi-sec_channel_bindings").
func channelBindings(data []byte) []byte {
	const fixedPart, atLength, atOffset = 32, 24, 28
	b := make([]byte, fixedPart, fixedPart+len(data))
	binary.LittleEndian.PutUint32(b[atLength:], uint32(len(data)))
	binary.LittleEndian.PutUint32(b[atOffset:], fixedPart)
	return append(b, data...)
}
