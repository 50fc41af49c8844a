package oauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// SelfIssuer signs actor tokens itself, for a forest that trusts our auth
// certificate. It must not be copied once it is in use.
type SelfIssuer struct {
	Certificates Certificates
	Realm        string // ours
	TargetRealm  string // of the other side, where its challenge names none
	ServiceName  string // which application we are; "" is ExchangeID

	tokens tokenCache[tokenKey, ActorToken]
}

var _ ActorTokens = (*SelfIssuer)(nil)

const selfIssuedLife = 8 * time.Hour // as long as Exchange's own

// Name implements [ActorTokens].
func (*SelfIssuer) Name() string { return "self" }

// Principal is what a challenge must trust: our application in our realm.
func (s *SelfIssuer) Principal() Principal {
	return Principal{ID: cmp.Or(s.ServiceName, ExchangeID), Realm: s.Realm}
}

// Resource implements [ActorTokens]. The challenge must trust our own issuer.
func (s *SelfIssuer) Resource(_ context.Context, c *Challenge, host string) (Principal, error) {
	if s.Realm == "" {
		return Principal{}, s.fail(ChallengeRefused, errors.New("our own realm is not set"))
	}
	if _, ok := c.trusts(s.Principal()); !ok {
		return Principal{}, c.untrusted(s.Name())
	}
	realm := cmp.Or(c.Realm, s.TargetRealm)
	if realm == "" {
		return Principal{}, s.fail(ChallengeRefused, fmt.Errorf("the challenge of %s names no realm; set target_realm", host))
	}
	return Principal{ID: c.ClientID, Host: host, Realm: realm}, nil
}

// ActorToken implements [ActorTokens]. Tokens live eight hours and are kept for
// the resource and the certificate until shortly before they expire. It does
// not ask the network.
func (s *SelfIssuer) ActorToken(ctx context.Context, resource Principal, delegation bool) (ActorToken, error) {
	cert := s.Certificates.Signing(time.Now())
	if cert == nil {
		return ActorToken{}, s.fail(CertificateUnusable, errors.New("there is no auth certificate"))
	}
	key := tokenKey{resource: resource, delegation: delegation, thumbprint: cert.Thumbprint()}
	return s.tokens.get(ctx, key, func(ctx context.Context) (ActorToken, error) {
		token, err := s.issue(cert, resource, delegation)
		countToken(ctx, s.Name(), err)
		return token, err
	})
}

// Drop implements [ActorTokens].
func (s *SelfIssuer) Drop(t ActorToken) { s.tokens.drop(t.Token) }

func (s *SelfIssuer) issue(cert *Certificate, resource Principal, delegation bool) (ActorToken, error) {
	now := time.Now()
	if err := cert.Check(now); err != nil {
		return ActorToken{}, s.fail(CertificateUnusable, err)
	}
	self := s.Principal().String()
	c := claims{
		Issuer:           self,
		Audience:         resource.String(),
		NameID:           self,
		IdentityProvider: self,
		NotBefore:        epochOf(now.Add(-backdate)),
		Expires:          epochOf(now.Add(selfIssuedLife)),
	}
	if delegation {
		c.TrustedForDelegation = "true"
	}
	compact, err := sign(c, cert)
	if err != nil {
		return ActorToken{}, s.fail(CertificateUnusable, err)
	}
	return actorToken(compact, c), nil
}

func (s *SelfIssuer) fail(kind TokenErrorKind, err error) *TokenError {
	return &TokenError{Kind: kind, AuthServer: s.Name(), Err: err}
}
