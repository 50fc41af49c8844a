package s2s

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
)

// Why a signature is not good.
var (
	errNoX5T     = errors.New("the header names no certificate by x5t")
	errNotRS256  = errors.New("the token is not signed with RS256")
	errNoKey     = errors.New("the key was not found")
	errSignature = errors.New("the key was found and the signature is not its own")
)

// signedBy checks that the token is signed, with RS256, by the one of these
// certificates that its x5t names.
func (t *token) signedBy(certificates []*x509.Certificate) error {
	if t.header.text("alg") != "RS256" {
		return errNotRS256
	}
	thumbprint, ok := decodeX5T(t.header.text("x5t"))
	if !ok {
		return errNoX5T
	}
	for _, certificate := range certificates {
		if sha1.Sum(certificate.Raw) != thumbprint {
			continue
		}
		key, ok := certificate.PublicKey.(*rsa.PublicKey)
		digest := sha256.Sum256([]byte(t.signed))
		if !ok || rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], t.signature) != nil {
			return errSignature
		}
		return nil
	}
	return errNoKey
}

// decodeX5T reads a SHA-1.
func decodeX5T(x5t string) (thumbprint [sha1.Size]byte, ok bool) {
	data, err := decodeThumbprint(x5t)
	if err != nil || len(data) != len(thumbprint) {
		return thumbprint, false
	}
	return [sha1.Size]byte(data), true
}

// decodeThumbprint reads either base64 alphabet, padded or not: tools in the field
// write all four, MSAL for Go among them.
func decodeThumbprint(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "=")))
}
