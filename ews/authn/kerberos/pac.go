package kerberos

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// The buffers of a PAC that matter to a service ([MS-PAC] 2.4).
const (
	logonInfo       = 1
	serverSignature = 6
	kdcSignature    = 7
	clientInfo      = 10
)

// buffer is a part of a PAC.
type buffer struct {
	at   int // where in the PAC it begins
	data []byte
}

// readPAC reads the PAC of l: who the client is in Active Directory, and its
// groups. It is read here and not by the library, which takes the counts in it at
// their word and asks for as much memory.
//
// A KDC of MIT puts a PAC without any groups into its tickets: that gives an
// empty membership and no error.
func readPAC(l *logon, lib library) (membership, error) {
	buffers, err := pacBuffers(l.pac)
	if err != nil {
		return membership{}, err
	}
	if err := checkSignature(l, buffers, lib); err != nil {
		return membership{}, err
	}
	if err := checkClient(l, buffers[clientInfo].data); err != nil {
		return membership{}, err
	}
	info, ok := buffers[logonInfo]
	if !ok {
		return membership{}, nil
	}
	return readLogonInfo(info.data)
}

// pacBuffers finds the buffers of a PAC ([MS-PAC] 2.3). Of two of the same kind
// the first counts.
func pacBuffers(pac []byte) (map[uint32]buffer, error) {
	const header, entry, most = 8, 16, 64
	if len(pac) < header {
		return nil, errors.New("kerberos: a PAC without a header")
	}
	n := binary.LittleEndian.Uint32(pac)
	if n > most || len(pac) < header+int(n)*entry {
		return nil, fmt.Errorf("kerberos: a PAC of %d bytes with %d buffers", len(pac), n)
	}
	buffers := make(map[uint32]buffer, n)
	for i := range int(n) {
		e := pac[header+i*entry:]
		kind, size, at := binary.LittleEndian.Uint32(e), uint64(binary.LittleEndian.Uint32(e[4:])), binary.LittleEndian.Uint64(e[8:])
		if at > uint64(len(pac)) || size > uint64(len(pac))-at {
			return nil, fmt.Errorf("kerberos: a PAC of %d bytes with a buffer of %d bytes at %d", len(pac), size, at)
		}
		if _, before := buffers[kind]; !before {
			buffers[kind] = buffer{int(at), pac[at : at+size]}
		}
	}
	return buffers, nil
}

// checkSignature verifies the server signature, made with the key that has opened
// the ticket over the PAC with both signatures zeroed ([MS-PAC] 2.8.1). The KDC's
// is for KDCs, who alone have its key.
func checkSignature(l *logon, buffers map[uint32]buffer, lib library) error {
	signed := bytes.Clone(l.pac)
	var kind int32
	var signature []byte
	for _, b := range []buffer{buffers[kdcSignature], buffers[serverSignature]} {
		if len(b.data) < 4 {
			return errors.New("kerberos: a PAC without signatures")
		}
		kind = int32(binary.LittleEndian.Uint32(b.data))
		signature = b.data[4:min(len(b.data), 4+signatureSize(kind))]
		clear(signed[b.at+4 : b.at+4+len(signature)])
	}
	if ok, err := lib.signed(l.service, kind, signed, signature); err != nil || !ok {
		return errors.Join(errors.New("kerberos: the signature of the PAC is wrong"), err)
	}
	return nil
}

// signatureSize is that of a type of checksum; an identifier may follow
// ([MS-PAC] 2.8).
func signatureSize(kind int32) int {
	switch kind {
	case 15, 16: // HMAC-SHA1-96 with AES
		return 12
	case 20: // HMAC-SHA384-192 with AES
		return 24
	default:
		return 16
	}
}

// checkClient sees to it that the PAC is of this ticket: it repeats when the
// client logged on, in hundreds of nanoseconds since 1601, and its name ([MS-PAC]
// 2.7).
func checkClient(l *logon, info []byte) error {
	if len(info) < 10 {
		return errors.New("kerberos: a PAC that does not say whose it is")
	}
	since1601 := binary.LittleEndian.Uint64(info)
	seconds := int64(since1601/uint64(time.Second/100)) - 11_644_473_600
	name, ok := utf16le(info[10:], int(binary.LittleEndian.Uint16(info[8:])))
	if !ok || seconds != l.authorized.Unix() || !strings.EqualFold(name, l.client.name) {
		return fmt.Errorf("kerberos: the PAC is of %.100q, at another time or with another name than the ticket", name)
	}
	return nil
}
