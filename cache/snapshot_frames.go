package cache

import (
	"bufio"
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A sealed file is a head and then frames:
//
//	"availproxy-cache", one byte of version, 32 random bytes of salt, 32 bytes by which the key is known again,
//	AES-256-GCM of 65536 bytes each, the last of them of as many as are left, which may be none.
//
// This is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: "Online
// Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015). Each
// file has a key of its own, derived from its salt, so that no frame of one is
// any good in another. The nonce of a frame is its number and whether it is the
// last one: frames in another order, twice, left out, cut off or added do not
// open.

const (
	snapshotMagic = "availproxy-cache" // of every version

	// snapshotVersion counts the formats: of the frames and of what is in them.
	snapshotVersion = 1

	saltSize  = 32
	markSize  = SnapshotKeySize
	headSize  = len(snapshotMagic) + 1 + saltSize + markSize
	frameSize = 64 << 10 // of what is sealed in one
)

// purpose is what the key of a file is derived for.
var purpose = fmt.Sprintf("%s snapshot, version %d", snapshotMagic, snapshotVersion)

// The reasons for which a snapshot is not read.
var (
	errNotASnapshot = errors.New("cache: this is not a snapshot")
	errOtherVersion = errors.New("cache: the snapshot is of another version")
	errOtherKey     = errors.New("cache: the snapshot was written with another key")
	errDamaged      = errors.New("cache: the snapshot is damaged or not complete")
)

// IsSnapshot reports whether r begins as snapshots do, of whatever version. It
// reads no further.
func IsSnapshot(r io.Reader) bool {
	begin := make([]byte, len(snapshotMagic))
	_, err := io.ReadFull(r, begin)
	return err == nil && string(begin) == snapshotMagic
}

// nonce makes no two frames of a file alike.
func nonce(number uint64, last bool) []byte {
	n := make([]byte, 12)
	binary.BigEndian.PutUint64(n[3:], number)
	if last {
		n[11] = 1
	}
	return n
}

// frameWriter seals what is written to it. Close writes the last frame, without
// which the file is worth nothing, and leaves w open.
type frameWriter struct {
	w      io.Writer
	aead   cipher.AEAD
	number uint64
	open   []byte // what the next frame is made of
	sealed []byte
}

func newFrameWriter(w io.Writer, key SnapshotKey) (*frameWriter, error) {
	head := append([]byte(snapshotMagic), snapshotVersion)
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	aead, mark, err := key.forFile(salt, purpose)
	if err != nil {
		return nil, err
	}
	head = append(append(head, salt...), mark...)
	if _, err := w.Write(head); err != nil {
		return nil, err
	}
	return &frameWriter{w: w, aead: aead, open: make([]byte, 0, frameSize)}, nil
}

// Write implements [io.Writer].
func (f *frameWriter) Write(p []byte) (written int, err error) {
	for len(p) > 0 {
		if len(f.open) == frameSize { // and something follows: it is not the last one
			if err := f.seal(false); err != nil {
				return written, err
			}
		}
		n := copy(f.open[len(f.open):frameSize], p)
		f.open, p, written = f.open[:len(f.open)+n], p[n:], written+n
	}
	return written, nil
}

func (f *frameWriter) seal(last bool) error {
	f.sealed = f.aead.Seal(f.sealed[:0], nonce(f.number, last), f.open, nil)
	f.number++
	f.open = f.open[:0]
	_, err := f.w.Write(f.sealed)
	return err
}

// Close implements [io.Closer].
func (f *frameWriter) Close() error { return f.seal(true) }

// frameReader opens what a frameWriter has sealed. It reads one frame at a time
// and gives nothing that is not proven to be in its place. The end of the file
// is [io.EOF] only behind the last frame.
type frameReader struct {
	r      *bufio.Reader
	aead   cipher.AEAD
	number uint64
	sealed []byte
	open   []byte // what has not been read of the present frame
	last   bool   // the present frame is the last one
	err    error  // once there was one, there is nothing more
}

func newFrameReader(r io.Reader, key SnapshotKey) (*frameReader, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	switch {
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		return nil, err
	case !bytes.HasPrefix(head[:n], []byte(snapshotMagic)):
		return nil, errNotASnapshot
	case n > len(snapshotMagic) && head[len(snapshotMagic)] != snapshotVersion:
		return nil, errOtherVersion
	case err != nil:
		return nil, fmt.Errorf("%w: it ends in its head", errDamaged)
	}
	salt, mark := head[len(snapshotMagic)+1:][:saltSize], head[headSize-markSize:]
	aead, own, err := key.forFile(salt, purpose)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(own, mark) != 1 {
		return nil, errOtherKey
	}
	return &frameReader{r: bufio.NewReader(r), aead: aead, sealed: make([]byte, frameSize+aead.Overhead())}, nil
}

// Read implements [io.Reader].
func (f *frameReader) Read(p []byte) (int, error) {
	for len(f.open) == 0 {
		if f.err == nil && f.last {
			f.err = io.EOF
		}
		if f.err == nil {
			f.err = f.next()
		}
		if f.err != nil {
			return 0, f.err
		}
	}
	n := copy(p, f.open)
	f.open = f.open[n:]
	return n, nil
}

// next opens the next frame. The one that the file ends with must be the last
// one, and no other.
func (f *frameReader) next() error {
	n, err := io.ReadFull(f.r, f.sealed)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	_, err = f.r.Peek(1)
	if err != nil && err != io.EOF {
		return err
	}
	f.last = err == io.EOF
	f.open, err = f.aead.Open(f.sealed[:0], nonce(f.number, f.last), f.sealed[:n], nil)
	if err != nil {
		return fmt.Errorf("%w: frame %d of it does not open", errDamaged, f.number)
	}
	f.number++
	return nil
}
