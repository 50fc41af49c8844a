package cache

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
)

// SnapshotKeySize is the length of a SnapshotKey in bytes.
const SnapshotKeySize = 32

// SnapshotKey is what snapshots are encrypted with. It cannot be printed: the
// bytes are a string behind a pointer, which fmt does not follow even where a
// struct keeps a key in an unexported field.
type SnapshotKey struct{ bytes *string }

// NewSnapshotKey returns the key with those bytes. The error is about their
// number.
func NewSnapshotKey(bytes []byte) (SnapshotKey, error) {
	if len(bytes) != SnapshotKeySize {
		return SnapshotKey{}, fmt.Errorf("cache: a snapshot key has %d bytes, not %d", SnapshotKeySize, len(bytes))
	}
	own := string(bytes)
	return SnapshotKey{&own}, nil
}

// Format implements [fmt.Formatter].
func (SnapshotKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, "(secret)") }

// MarshalText implements [encoding.TextMarshaler].
func (SnapshotKey) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

// forFile derives the cipher for the one file with that salt, and the mark by
// which its reader knows the key again. What is derived depends on purpose,
// which names the format and its version.
func (k SnapshotKey) forFile(salt []byte, purpose string) (aead cipher.AEAD, mark []byte, err error) {
	if k.bytes == nil {
		return nil, nil, errors.New("cache: there is no snapshot key")
	}
	derived, err := hkdf.Key(sha256.New, []byte(*k.bytes), salt, purpose, 2*SnapshotKeySize) // RFC 5869
	if err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(derived[:SnapshotKeySize])
	if err != nil {
		return nil, nil, err
	}
	aead, err = cipher.NewGCM(block)
	return aead, derived[SnapshotKeySize:], err
}
