package oauth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// assertion says who we are, to this tenant alone and for five minutes
// (learn.microsoft.com certificate-credentials). Entra ID finds the certificate
// by its SHA-256; older federation servers know the SHA-1 alone.
func (e *Entra) assertion(cert *Certificate) (string, error) {
	if cert == nil {
		return "", errors.New("there is no certificate to sign with")
	}
	now := time.Now()
	if err := cert.Check(now); err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(e.algorithm().method(), jwt.MapClaims{
		"aud": e.Endpoint,
		"iss": e.ApplicationID,
		"sub": e.ApplicationID,
		"jti": newGUID(),
		"iat": now.Unix(),
		"nbf": now.Add(-time.Minute).Unix(), // its clock may be late
		"exp": now.Add(assertionLife).Unix(),
	})
	token.Header["x5t#S256"], token.Header["x5t"] = cert.X5TS256(), cert.X5T()
	return signed(token, cert)
}

// newGUID is a random UUID (RFC 9562 5.4).
func newGUID() string {
	var id [16]byte
	rand.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
