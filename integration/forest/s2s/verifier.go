package s2s

import (
	"crypto/x509"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Verifier decides whether a bearer token may pass, by the rules of
// [MS-XOAUTH] 3.2.5.6 and no milder. Its zero value lets nobody pass. It must
// not be copied.
type Verifier struct {
	Hosts     []string // names this server answers under; "*.contoso.com" is one label more
	Principal string   // the service that tokens must be meant for; "" is ExchangePrincipal
	Issuers   []Issuer // whom it believes, never learned from a token

	// Users finds who an address or name identifier belongs to: the primary
	// addresses of all mailboxes that have it. Nil knows nobody.
	Users func(claim string) []string

	Blocked []string      // principals (nameid of the actor) that are answered 403
	AppOnly bool          // the endpoint takes no tokens that carry a user
	Skew    time.Duration // 0 is 300 s
	Ahead   time.Duration // how far this server's clock is wrong

	mu sync.RWMutex // guards the fields while serving
}

// Issuer is a security token service, or another forest that signs for itself.
type Issuer struct {
	Name          string              // its complete iss, ACS@tenant or Exchange@realm; case matters
	Certificates  []*x509.Certificate // the keys it is known to sign with
	Partners      []string            // nameid of the actors it may vouch for
	AudienceRealm string              // realm its tokens must be meant for; "" is the issuer's own
}

// Caller is who stands behind an accepted token.
type Caller struct {
	Issuer  string
	Actor   string    // the application that asks
	Mailbox string    // primary address of the user it asks for; "" when it asks for itself
	Expires time.Time // when the token, or the first of the two, ends
}

// Change runs f while no token is being judged, so that f may set fields of a
// Verifier in use.
func (v *Verifier) Change(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f()
}

// Clock is how far this server's clock is wrong.
func (v *Verifier) Clock() time.Duration {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.Ahead
}

// Verify judges the value of an Authorization header that was sent to host, a
// name with or without port. A Caller is accepted when the Refusal is nil.
func (v *Verifier) Verify(authorization, host string, now time.Time) (Caller, *Refusal) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	scheme, credentials, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return Caller{}, &Refusal{Status: http.StatusUnauthorized}
	}
	credentials = strings.Trim(credentials, " ")
	if credentials == "" {
		return Caller{}, &Refusal{Status: http.StatusUnauthorized, Bearer: true}
	}
	t, err := readToken(credentials)
	if err != nil {
		return Caller{}, unparsable(err)
	}
	j := judgement{v: v, host: withoutPort(host), now: now.Add(v.Ahead)}
	if t.header.text("alg") == "none" {
		return j.outer(t)
	}
	return j.appOnly(t)
}

// VerifyRequest is Verify for a request, which must carry one Authorization
// header and no more.
func (v *Verifier) VerifyRequest(r *http.Request, now time.Time) (Caller, *Refusal) {
	if len(r.Header.Values("Authorization")) > 1 {
		return Caller{}, refuse(InvalidToken, invalidToken, "OAuth token submitted with the request can not be parsed. There is more than one.")
	}
	return v.Verify(r.Header.Get("Authorization"), r.Host, now)
}

func (v *Verifier) principal() string {
	if v.Principal == "" {
		return ExchangePrincipal
	}
	return v.Principal
}

func (v *Verifier) skew() time.Duration {
	if v.Skew == 0 {
		return 300 * time.Second
	}
	return v.Skew
}

// withoutPort leaves the name that an audience can have.
func withoutPort(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}
