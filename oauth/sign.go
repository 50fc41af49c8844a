package oauth

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// backdate is how much earlier than now tokens become valid, for the sake of
// clocks that are late. ACS backdates its own as much.
const backdate = 5 * time.Minute

// sign makes the compact token of c, signed by cert.
func sign(c claims, cert *Certificate) (string, error) {
	token := jwt.NewWithClaims(rs256{}, c)
	token.Header["x5t"] = cert.X5T()
	compact, err := token.SignedString(cert.signer)
	if err != nil {
		return "", fmt.Errorf("oauth: signing with %s: %w", cert.Thumbprint(), err)
	}
	return compact, nil
}

// rs256 is RS256 for a key behind a crypto.Signer, where the method of the
// library takes an *rsa.PrivateKey alone.
type rs256 struct{}

// Alg implements [jwt.SigningMethod].
func (rs256) Alg() string { return jwt.SigningMethodRS256.Alg() }

// Sign implements [jwt.SigningMethod].
func (rs256) Sign(text string, key any) ([]byte, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, jwt.ErrInvalidKeyType
	}
	digest := sha256.Sum256([]byte(text))
	return signer.Sign(rand.Reader, digest[:], crypto.SHA256)
}

// Verify implements [jwt.SigningMethod].
func (rs256) Verify(text string, signature []byte, key any) error {
	return jwt.SigningMethodRS256.Verify(text, signature, key)
}
