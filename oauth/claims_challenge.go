package oauth

import (
	"encoding/base64"
	"net/http"
	"strings"
)

const maxClaims = 4 << 10 // bytes; those that are seen have a hundred

// claimsOf is what a host wants to see in a token besides what was in ours, as
// JSON for the auth server, or "" (learn.microsoft.com claims-challenge). What is
// no JSON object is not passed on.
func claimsOf(h http.Header) string {
	challenge, err := ParseChallenge(h)
	if err != nil || challenge.Error != "insufficient_claims" || len(challenge.Claims) > maxClaims {
		return ""
	}
	text := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(challenge.Claims, "="))
	claims, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	if _, err := strictObject(claims); err != nil {
		return ""
	}
	return string(claims)
}
