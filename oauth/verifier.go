package oauth

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Verifier decides whether a bearer token may pass, by the rules of [MS-XOAUTH]
// 3.2.5.6. It believes what it is configured with, learns nothing from a token
// and never asks the network. The zero Verifier lets nobody pass.
//
// An unsigned token is accepted only as the shell of an actor token that was
// verified in full. Tokens are bearer tokens without an id: one that passes once
// passes again until it expires.
type Verifier struct {
	ServiceName string   // who we are; "" is ExchangeID
	Hosts       []string // names we answer under; "*.contoso.com" is one label more, never the apex
	Issuers     []TrustedIssuer
}

// TrustedIssuer is an auth server, or a forest that signs for itself. Our own
// certificate, which everybody can read in our metadata, must not be in it.
type TrustedIssuer struct {
	Name          string              // the complete iss, id@realm; case matters
	Certificates  []*x509.Certificate // the keys it is known to sign with
	Applications  []string            // complete nameid of the actors it may vouch for
	AudienceRealm string              // realm its tokens must be meant for; "" is that of Name
}

// Presented is what an accepted token says.
type Presented struct {
	Issuer      string
	Application string // the actor, id@realm
	Audience    Principal
	User        User // empty when the application asks for itself
	Expires     time.Time
}

// User is whom an application says it acts for. It is the application's word
// alone: good for a log line and a permission level, not for a logon.
type User struct{ NameID, UPN, SMTP, SIP string }

const (
	skew        = 5 * time.Minute // between clocks, both ways
	longestLife = 25 * time.Hour  // ACS gives 24 h 05 min
)

// VerifyRequest judges the one Authorization header of r, and that r is for the
// host that the token is meant for. Errors are of type [*Refusal].
func (v *Verifier) VerifyRequest(r *http.Request) (*Presented, error) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return nil, unreadable(fmt.Errorf("there are %d Authorization headers", len(values)))
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, unreadable(errors.New("the scheme is not Bearer"))
	}
	p, err := v.Verify(token)
	if err != nil {
		return nil, err
	}
	if asked := hostOf(&url.URL{Host: r.Host}); !strings.EqualFold(asked, p.Audience.Host) {
		return nil, wrongAudience(fmt.Errorf("the request is for host %q", printable(asked)))
	}
	return p, nil
}

// Verify judges a compact token. Errors are of type [*Refusal].
func (v *Verifier) Verify(token string) (*Presented, error) {
	outer, err := readCompact(token)
	if err != nil {
		return nil, unreadable(err)
	}
	switch outer.algorithm {
	case "RS256":
		return v.verifyActor(outer)
	case "none":
		return v.verifyOuter(outer)
	}
	return nil, unreadable(fmt.Errorf("alg is %q", printable(outer.algorithm)))
}

// verifyOuter judges an unsigned token by the actor token that it carries.
func (v *Verifier) verifyOuter(outer compact) (*Presented, error) {
	if outer.signed {
		return nil, unreadable(errors.New("an unsigned token has a signature"))
	}
	if outer.claims.ActorToken == "" {
		return nil, unreadable(errors.New("an unsigned token carries no actor token"))
	}
	actor, err := readCompact(outer.claims.ActorToken)
	if err != nil {
		return nil, unreadable(fmt.Errorf("actor token: %w", err))
	}
	p, err := v.verifyActor(actor)
	if err != nil {
		return nil, err
	}
	if err := bound(outer.claims, actor.claims); err != nil {
		return nil, err
	}
	p.User = User{NameID: outer.claims.NameID, UPN: outer.claims.UPN, SMTP: outer.claims.SMTP, SIP: outer.claims.SIP}
	if !p.User.named() {
		return nil, unknownUser(errors.New("the token names no user"))
	}
	p.Expires = earlier(p.Expires, outer.claims.Expires.time())
	return p, nil
}

// bound makes sure that the outer token is the application's own: of the same
// parties, allowed by its issuer and not longer-lived.
func bound(outer, actor claims) error {
	if actor.TrustedForDelegation != "true" {
		return noGrant(errors.New("the actor is not trusted for delegation"))
	}
	if outer.Issuer != actor.NameID {
		return unreadable(errors.New("the outer token is not from the actor"))
	}
	if outer.Audience != actor.Audience {
		return wrongAudience(errors.New("outer token and actor token are for different audiences"))
	}
	if err := lives(outer); err != nil {
		return err
	}
	if outer.Expires.time().After(actor.Expires.time().Add(skew)) {
		return badLifetime(errors.New("the outer token outlives the actor token"))
	}
	return nil
}

// verifyActor judges a signed token.
func (v *Verifier) verifyActor(actor compact) (*Presented, error) {
	if actor.algorithm != "RS256" {
		return nil, unreadable(fmt.Errorf("actor token: alg is %q", printable(actor.algorithm)))
	}
	if actor.carries {
		return nil, unreadable(errors.New("an actor token carries another one"))
	}
	issuer, err := v.issuer(actor.claims.Issuer)
	if err != nil {
		return nil, err
	}
	if err := issuer.signed(actor); err != nil {
		return nil, err
	}
	if err := lives(actor.claims); err != nil {
		return nil, err
	}
	application, err := issuer.application(actor.claims.NameID)
	if err != nil {
		return nil, err
	}
	audience, err := v.audience(actor.claims.Audience, issuer)
	if err != nil {
		return nil, err
	}
	return &Presented{
		Issuer:      issuer.Name,
		Application: application,
		Audience:    audience,
		Expires:     actor.claims.Expires.time(),
	}, nil
}

func (v *Verifier) issuer(name string) (TrustedIssuer, error) {
	for _, each := range v.Issuers {
		if each.Name == name && name != "" {
			return each, nil
		}
	}
	return TrustedIssuer{}, badSignature(fmt.Errorf("the issuer %q is not trusted", printable(name)))
}

// signed verifies the signature with the certificate that x5t names, if that is
// one of the issuer's.
func (t TrustedIssuer) signed(token compact) error {
	at := slices.IndexFunc(t.Certificates, func(c *x509.Certificate) bool { return sameX5T(token.x5t, c) })
	if at < 0 {
		return badSignature(fmt.Errorf("%s is not known to sign with %q", t.Name, printable(token.x5t)))
	}
	cert := t.Certificates[at]
	if time.Now().After(cert.NotAfter.Add(skew)) {
		return badSignature(fmt.Errorf("the certificate %s expired at %s", thumbprint(cert), cert.NotAfter.UTC().Format(time.RFC3339)))
	}
	key := func(*jwt.Token) (any, error) { return cert.PublicKey, nil }
	_, err := parser().ParseWithClaims(token.text, &claims{}, key)
	switch {
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable), errors.Is(err, jwt.ErrTokenMalformed):
		return badSignature(errors.New("the signature does not match"))
	case err != nil:
		return badLifetime(err)
	}
	return nil
}

// parser verifies RS256 and nothing else, with both ends of the life required.
func parser() *jwt.Parser { return jwt.NewParser(parserOptions()...) }

func parserOptions() []jwt.ParserOption {
	return []jwt.ParserOption{
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
		jwt.WithStrictDecoding(),
		jwt.WithExpirationRequired(),
		jwt.WithNotBeforeRequired(),
		jwt.WithLeeway(skew),
	}
}

// lives makes sure that a token is valid now and not for too long.
func lives(c claims) error {
	if err := jwt.NewValidator(parserOptions()...).Validate(c); err != nil {
		return badLifetime(err)
	}
	if c.Expires.time().Sub(c.NotBefore.time()) > longestLife {
		return badLifetime(fmt.Errorf("the token lives longer than %s", longestLife))
	}
	return nil
}

// application makes sure that the issuer may vouch for the actor, and that both
// are of the same realm: a token of one tenant says nothing about another.
func (t TrustedIssuer) application(nameID string) (string, error) {
	if !slices.Contains(t.Applications, nameID) || nameID == "" {
		return "", noGrant(fmt.Errorf("%q is no partner application of %s", printable(nameID), t.Name))
	}
	actor, err := ParsePrincipal(nameID)
	if err != nil || actor.Realm != t.realm() {
		return "", noGrant(fmt.Errorf("%q is not of the realm of %s", printable(nameID), t.Name))
	}
	return nameID, nil
}

func (t TrustedIssuer) realm() string {
	_, realm, _ := strings.Cut(t.Name, "@")
	return realm
}

// audience makes sure that a token is for us: exactly three parts, the service
// and the realm to the letter, the host in any case.
func (v *Verifier) audience(text string, t TrustedIssuer) (Principal, error) {
	p, err := ParsePrincipal(text)
	if err != nil || p.Host == "" {
		return Principal{}, wrongAudience(fmt.Errorf("the audience is %q", printable(text)))
	}
	service, realm := v.ServiceName, t.AudienceRealm
	if service == "" {
		service = ExchangeID
	}
	if realm == "" {
		realm = t.realm()
	}
	if p.ID != service || !slices.ContainsFunc(v.Hosts, func(h string) bool { return hostCovers(h, p.Host) }) {
		return Principal{}, wrongAudience(fmt.Errorf("the audience is %q", printable(text)))
	}
	if p.Realm != realm || realm == "" || realm == "*" {
		return Principal{}, wrongTenant(p.Realm)
	}
	return p, nil
}

// hostCovers reports whether the configured name stands for host.
func hostCovers(name, host string) bool {
	suffix, wildcard := strings.CutPrefix(name, "*.")
	if !wildcard {
		return name != "" && strings.EqualFold(name, host)
	}
	label, rest, _ := strings.Cut(host, ".")
	return label != "" && label != "*" && rest != "" && strings.EqualFold(suffix, rest)
}

// named reports whether u names somebody in plain words.
func (u User) named() bool {
	all := u.NameID + u.UPN + u.SMTP + u.SIP
	return all != "" && !strings.ContainsFunc(all, control)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
