package oauth

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzEntraAnswers has an auth server say anything: what comes of it is a token
// that a header can carry and that expires, or an error that can be logged.
func FuzzEntraAnswers(f *testing.F) {
	f.Add(200, []byte(entraAnswer("eyJ.eyJ.x", time.Hour)), "")
	f.Add(400, []byte(`{"error":"invalid_grant","error_description":"AADSTS65001: no\r\nTrace ID: 1","error_codes":[65001],"trace_id":"1","correlation_id":"2"}`), "")
	f.Add(429, []byte(`<html>`), "Fri, 31 Dec 1999 23:59:59 GMT")
	f.Add(503, []byte(`{"error":1}`), "99999999999")
	f.Add(200, []byte(`{"token_type":"Bearer","access_token":"a\u0000b","expires_in":"1e9"}`), "-1")
	f.Fuzz(func(t *testing.T, status int, body []byte, retryAfter string) {
		asked := time.Now()
		if token, err := readAccessToken(body, asked); err == nil {
			if text := token.Reveal(); text == "" || strings.ContainsFunc(text, notVisible) || !token.Expires.After(asked) || token.Expires.After(asked.Add(longestHold)) {
				t.Errorf("a token %q until %s", text, token.Expires)
			}
		} else if strings.Contains(err.Error(), "eyJ") {
			t.Errorf("the error tells a token: %v", err)
		}
		refusal := readAuthServerError(answer{status, http.Header{"Retry-After": {retryAfter}}, body})
		c := refusal.consequence()
		if c.Code == "" || c.BackOff < 0 || c.BackOff > 5*time.Minute || c.Refused && c.BackOff > 0 {
			t.Errorf("the consequence is %+v", c)
		}
		if text := refusal.Error(); strings.ContainsAny(text, "\r\n\x00") || strings.Contains(text, "eyJ") || len(text) > 8<<10 {
			t.Errorf("the error says %q", text)
		}
	})
}

// FuzzClaimsChallenge has a host ask for anything: only a JSON object of modest
// size goes on to the auth server.
func FuzzClaimsChallenge(f *testing.F) {
	f.Add(insufficient("eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiY3AxIn19fQ=="))
	f.Add(insufficient("e30"))
	f.Add(`Basic realm="", Bearer error=insufficient_claims, claims=e30`)
	f.Add(invalidToken)
	f.Fuzz(func(t *testing.T, challenge string) {
		claims := claimsOf(http.Header{"Www-Authenticate": {challenge}})
		if claims == "" {
			return
		}
		if len(claims) > maxClaims || !json.Valid([]byte(claims)) || !bytes.HasPrefix(bytes.TrimSpace([]byte(claims)), []byte("{")) {
			t.Errorf("%q is passed on", claims)
		}
	})
}
