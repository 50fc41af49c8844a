package oauth

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// backdate is how much earlier than now tokens become valid, for the sake of
// clocks that are late. ACS backdates its own as much.
const backdate = 5 * time.Minute

// sign makes the compact token of c, signed with RS256 by cert.
func sign(c claims, cert *Certificate) (string, error) {
	token := jwt.NewWithClaims(RS256.method(), c)
	token.Header["x5t"] = cert.X5T()
	return signed(token, cert)
}

func signed(token *jwt.Token, cert *Certificate) (string, error) {
	compact, err := token.SignedString(cert.signer)
	if err != nil {
		return "", fmt.Errorf("oauth: signing with %s: %w", cert.Thumbprint(), err)
	}
	return compact, nil
}

// Algorithm is how a token is signed (RFC 7518 3.1), with a key of RSA.
type Algorithm string

// The algorithms of tokens for Exchange and of assertions for Entra ID.
const (
	RS256 Algorithm = "RS256" // PKCS #1 v1.5, what Exchange and old hardware know
	PS256 Algorithm = "PS256" // PSS
)

func (a Algorithm) method() jwt.SigningMethod {
	if a == PS256 {
		// RFC 7518 3.5: the salt is as long as the hash.
		return signerMethod{jwt.SigningMethodPS256, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}}
	}
	return signerMethod{jwt.SigningMethodRS256, crypto.SHA256}
}

// signerMethod is a method over SHA-256 for a key behind a crypto.Signer, where
// that of the library takes an *rsa.PrivateKey alone.
type signerMethod struct {
	jwt.SigningMethod
	options crypto.SignerOpts
}

// Sign implements [jwt.SigningMethod].
func (m signerMethod) Sign(text string, key any) ([]byte, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, jwt.ErrInvalidKeyType
	}
	digest := sha256.Sum256([]byte(text))
	return signer.Sign(rand.Reader, digest[:], m.options)
}
