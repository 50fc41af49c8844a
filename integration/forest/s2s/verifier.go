package s2s

import (
	"crypto/x509"
	"net/http"
	"time"
)

// Verifier decides whether a bearer token may pass, by the rules of
// [MS-XOAUTH] 3.2.5.6 and no milder. Its zero value lets nobody pass.
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
	Actor   string // the application that asks
	Mailbox string // primary address of the user it asks for; "" when it asks for itself
	Expires time.Time
}

// Verify judges the value of an Authorization header that was sent to host.
// Exactly one of its results is set.
func (v *Verifier) Verify(authorization, host string, now time.Time) (Caller, *Refusal) {
	return Caller{}, &Refusal{Status: http.StatusUnauthorized}
}

// VerifyRequest is Verify for a request, which must carry one Authorization
// header and no more.
func (v *Verifier) VerifyRequest(r *http.Request, now time.Time) (Caller, *Refusal) {
	return v.Verify(r.Header.Get("Authorization"), r.Host, now)
}
