package kerberos

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// ndr reads the transfer syntax of remote procedure calls, little endian
// (DCE 1.1: Remote Procedure Call, chapter 14). Past the end it reads zeros and
// remembers that it failed; no count in the data makes it ask for memory that the
// data does not fill.
type ndr struct {
	data   []byte
	at     int
	failed bool
}

// take returns the next n bytes, or nil.
func (r *ndr) take(n int) []byte {
	if n < 0 || n > len(r.data)-r.at {
		r.failed = true
		return nil
	}
	r.at += n
	return r.data[r.at-n : r.at]
}

func (r *ndr) skip(n int) { r.take(n) }

func (r *ndr) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// pointer reports whether there is something at its end.
func (r *ndr) pointer() bool { return r.uint32() != 0 }

// count reads the size of an array that is as long as it says, of elements of
// that size.
func (r *ndr) count(size int) int {
	n := int64(r.uint32())
	if n*int64(size) > int64(len(r.data)-r.at) {
		r.failed = true
		return 0
	}
	return int(n)
}

// text reads what an RPC_UNICODE_STRING points to ([MS-DTYP] 2.3.10).
func (r *ndr) text() string {
	r.skip(8) // room, and where it begins in that: at its beginning
	n := 2 * r.count(2)
	s, _ := utf16le(r.take(n), n)
	if r.at%4 != 0 {
		r.skip(2)
	}
	return s
}

// sid reads an RPC_SID ([MS-DTYP] 2.4.2.3).
func (r *ndr) sid() string {
	n := r.count(4)
	head := r.take(8)
	if head == nil || int(head[1]) != n {
		r.failed = true
		return ""
	}
	var s strings.Builder
	fmt.Fprintf(&s, "S-%d-%d", head[0], binary.BigEndian.Uint64(append(make([]byte, 2, 8), head[2:]...)))
	for range n {
		fmt.Fprintf(&s, "-%d", r.uint32())
	}
	return s.String()
}

// utf16le reads n bytes of text.
func utf16le(data []byte, n int) (string, bool) {
	if n > len(data) || n%2 != 0 {
		return "", false
	}
	units := make([]uint16, n/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units)), true
}
