package s2s

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// judgement is one token in front of one Verifier. Which number goes with which
// finding is known from public samples for those named in refusal.go; where none
// fits, the choice is ours and falls on 2000001.
type judgement struct {
	v    *Verifier
	host string // that was called
	now  time.Time
}

const (
	mostLife         = 25 * time.Hour // ACS gives 24 h and five minutes
	invalidLifetime  = "invalid_lifetime"
	invalidIssuer    = "invalid_issuer"
	invalidResource  = "invalid_resource"
	invalidSignature = "invalid_signature"
	invalidTenant    = "invalid_tenant"
	invalidUser      = "invalid_user"
	invalidGrant     = "invalid_grant"
)

// appOnly judges an actor token that stands alone (service_asserted_app_v1).
func (j judgement) appOnly(t *token) (Caller, *Refusal) {
	a, refusal := j.actor(t)
	if refusal != nil {
		return Caller{}, refusal
	}
	return a.caller(), nil
}

// outer judges an unsigned token around a signed one (app_asserted_user_v1). All
// that makes it worth anything is the actor token inside.
func (j judgement) outer(t *token) (Caller, *Refusal) {
	if len(t.signature) > 0 {
		return Caller{}, refuse(InvalidSignature, invalidSignature, "The token has an invalid signature.")
	}
	inner, err := readToken(t.claims.text("actortoken"))
	if err != nil {
		return Caller{}, unparsable(err)
	}
	a, refusal := j.actor(inner)
	if refusal != nil {
		return Caller{}, refusal
	}
	if j.v.AppOnly {
		return Caller{}, refuse(InvalidToken, invalidToken, "This token profile 'S2SAppActAs' is not applicable for the current protocol.")
	}
	lives, refusal := j.bound(t.claims, a)
	if refusal != nil {
		return Caller{}, refusal
	}
	caller := a.caller()
	if lives.Until.Before(caller.Expires) {
		caller.Expires = lives.Until
	}
	caller.Mailbox, refusal = j.user(t.claims)
	if refusal != nil {
		return Caller{}, refusal
	}
	return caller, nil
}

// bound checks that the outer claims belong to that actor token and no other.
func (j judgement) bound(claims object, a actor) (Lives, *Refusal) {
	if a.claims.text("trustedfordelegation") != "true" {
		return Lives{}, refuse(InvalidGrant, invalidGrant, "The actor is not trusted for delegation.")
	}
	if claims.text("iss") != a.nameID.String() {
		return Lives{}, refuse(InvalidToken, invalidIssuer, "The issuer of the token '%s' is not its actor.", claims.text("iss"))
	}
	if claims.text("aud") != a.claims.text("aud") {
		return Lives{}, refuse(InvalidResource, invalidResource, "The audience claim value is invalid 'aud'.")
	}
	lives, refusal := j.lives(claims)
	if refusal == nil && lives.Until.After(a.lives.Until.Add(j.v.skew())) {
		refusal = refuse(InvalidToken, invalidLifetime, "The token outlives its actor token.")
	}
	return lives, refusal
}

// user finds the one mailbox that the claims name, by any of them.
func (j judgement) user(claims object) (mailbox string, refusal *Refusal) {
	var found []string
	for _, name := range []string{"nameid", "upn", "smtp", "sip"} {
		claim := strings.TrimPrefix(claims.text(name), "sip:")
		if claim != "" && j.v.Users != nil {
			found = append(found, j.v.Users(claim)...)
		}
	}
	slices.Sort(found)
	switch found = slices.Compact(found); len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", refuse(InvalidUser, invalidUser, "The user specified by the user-context in the token does not exist.")
	}
	return "", refuse(InvalidUser, invalidUser, "The user specified by the user-context in the token is ambiguous.")
}

// lives reads the lifetime and checks it against the clock.
func (j judgement) lives(claims object) (Lives, *Refusal) {
	l, err := claims.lives()
	switch skew := j.v.skew(); {
	case err != nil:
		return l, refuse(InvalidToken, invalidLifetime, "The token has an invalid lifetime: %v.", err)
	case l.Until.Sub(l.From) > mostLife:
		return l, refuse(InvalidToken, invalidLifetime, "The token lives too long.")
	case j.now.Add(skew).Before(l.From):
		return l, refuse(InvalidToken, invalidLifetime, "The token is not valid yet.")
	case j.now.Add(-skew).After(l.Until):
		return l, refuse(InvalidToken, invalidLifetime, "The token has expired.")
	}
	return l, nil
}

func unparsable(err error) *Refusal {
	return refuse(InvalidToken, invalidToken, "OAuth token submitted with the request can not be parsed: %v.", err)
}

func blocked(actor Principal) *Refusal {
	r := refuse(InvalidGrant, invalidGrant, "The partner application '%s' is blocked.", actor.ID)
	r.Status = http.StatusForbidden
	return r
}
