package authn

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"hash"
)

// basicDesk is room to read the credentials of one request after another, since
// old servers send them with every one.
type basicDesk struct {
	mac            hash.Hash // under a key of BasicUsers
	given, text    []byte
	name, password []byte // parts of text
	sum            []byte
}

// read reads what stands behind "Basic" (RFC 7617 2).
func (d *basicDesk) read(credentials string) (ok bool) {
	var err error
	d.given = append(d.given[:0], credentials...)
	if d.text, err = base64.StdEncoding.AppendDecode(d.text[:0], d.given); err != nil {
		return false
	}
	d.name, d.password, ok = bytes.Cut(d.text, []byte(":"))
	return ok
}

// hash is under a key that dies with the process: what is remembered helps
// nobody who reads our memory image offline to guess passwords cheaply. No name
// has a colon in it, so that the text as a whole tells name from password.
func (d *basicDesk) hash() [sha256.Size]byte {
	d.mac.Reset()
	d.mac.Write(d.text)
	d.sum = d.mac.Sum(d.sum[:0])
	return [sha256.Size]byte(d.sum)
}

// clear leaves no password behind, and no more room than most requests need.
func (d *basicDesk) clear() {
	const kept = 1 << 10
	clear(d.given)
	clear(d.text)
	if cap(d.given) > kept {
		d.given, d.text = nil, nil
	}
}
