package oauth

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// claims are those of all tokens here. [MS-XOAUTH] 2.2 makes every value a
// string, dates included, and the audience a single one.
type claims struct {
	Audience             string `json:"aud"`
	Issuer               string `json:"iss"`
	IssuedAt             epoch  `json:"iat,omitzero"`
	NotBefore            epoch  `json:"nbf,omitzero"`
	Expires              epoch  `json:"exp,omitzero"`
	NameID               string `json:"nameid,omitempty"`
	NameIDIssuer         string `json:"nii,omitempty"`
	UPN                  string `json:"upn,omitempty"`
	SMTP                 string `json:"smtp,omitempty"`
	SIP                  string `json:"sip,omitempty"`
	IdentityProvider     string `json:"identityprovider,omitempty"`
	TrustedForDelegation string `json:"trustedfordelegation,omitempty"`
	ActorToken           string `json:"actortoken,omitempty"`
}

// The claims of RFC 7519 as the JWT library wants to see them.
var _ jwt.Claims = claims{}

func (c claims) GetExpirationTime() (*jwt.NumericDate, error) { return c.Expires.numericDate(), nil }
func (c claims) GetIssuedAt() (*jwt.NumericDate, error)       { return c.IssuedAt.numericDate(), nil }
func (c claims) GetNotBefore() (*jwt.NumericDate, error)      { return c.NotBefore.numericDate(), nil }
func (c claims) GetIssuer() (string, error)                   { return c.Issuer, nil }
func (c claims) GetSubject() (string, error)                  { return "", nil }
func (c claims) GetAudience() (jwt.ClaimStrings, error)       { return jwt.ClaimStrings{c.Audience}, nil }

// epoch is a number of seconds, since 1970 unless said otherwise. It is written
// as a string and read as a string or a number; it is never zero when it was
// read.
type epoch int64

// maxEpoch ends the year 9999, beyond which a time.Time cannot be written.
const maxEpoch = 253402300799

func epochOf(t time.Time) epoch { return epoch(t.Unix()) }

func (e epoch) time() time.Time { return time.Unix(int64(e), 0).UTC() }

func (e epoch) numericDate() *jwt.NumericDate {
	if e == 0 {
		return nil
	}
	return jwt.NewNumericDate(e.time())
}

// MarshalJSON writes a quoted number.
func (e epoch) MarshalJSON() ([]byte, error) {
	return []byte(`"` + strconv.FormatInt(int64(e), 10) + `"`), nil
}

// UnmarshalJSON takes a positive whole number, quoted or bare.
func (e *epoch) UnmarshalJSON(data []byte) error {
	digits := string(data)
	if quoted, ok := strings.CutPrefix(digits, `"`); ok {
		digits = strings.TrimSuffix(quoted, `"`)
	}
	if len(digits) > 0 && digits[0] == '+' {
		return fmt.Errorf("oauth: %s is no whole number of seconds", printable(string(data)))
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || n > maxEpoch {
		return fmt.Errorf("oauth: %s is no whole number of seconds", printable(string(data)))
	}
	*e = epoch(n)
	return nil
}
