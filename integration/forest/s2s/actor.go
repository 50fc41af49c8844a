package s2s

import (
	"slices"
	"strings"
)

// actor is an actor token that has been verified.
type actor struct {
	issuer, nameID Principal
	claims         object
	lives          Lives
}

func (a actor) caller() Caller {
	return Caller{Issuer: a.issuer.String(), Actor: a.nameID.String(), Expires: a.lives.Until}
}

// actor verifies the token that carries the signature: first that somebody we
// believe has signed it, then what it says.
func (j judgement) actor(t *token) (actor, *Refusal) {
	if _, nested := t.claims["actortoken"]; nested {
		return actor{}, refuse(InvalidToken, invalidToken, "An actor token holds no other.")
	}
	issuer, refusal := j.issuer(t.claims.text("iss"))
	if refusal != nil {
		return actor{}, refusal
	}
	if err := t.signedBy(issuer.Certificates); err != nil {
		return actor{}, refuse(InvalidSignature, invalidSignature, "The token has an invalid signature.")
	}
	a := actor{claims: t.claims}
	if a.issuer, a.nameID, refusal = partner(issuer, t.claims.text("nameid")); refusal != nil {
		return actor{}, refusal
	}
	realm := issuer.AudienceRealm
	if realm == "" {
		realm = a.issuer.Realm
	}
	if refusal = j.audience(t.claims.text("aud"), realm); refusal != nil {
		return actor{}, refusal
	}
	if a.lives, refusal = j.lives(t.claims); refusal != nil {
		return actor{}, refusal
	}
	if slices.Contains(j.v.Blocked, a.nameID.String()) {
		return actor{}, blocked(a.nameID)
	}
	return a, nil
}

// issuer finds the issuer by its complete name.
func (j judgement) issuer(iss string) (Issuer, *Refusal) {
	for _, known := range j.v.Issuers {
		if known.Name == iss {
			return known, nil
		}
	}
	id, realm, _ := strings.Cut(iss, "@")
	sameID := func(known Issuer) bool { return strings.HasPrefix(known.Name, id+"@") }
	if id != "" && slices.ContainsFunc(j.v.Issuers, sameID) {
		return Issuer{}, unknownTenant(realm)
	}
	return Issuer{}, refuse(InvalidToken, invalidIssuer, "The issuer '%s' is not trusted.", iss)
}

// partner checks that the issuer may vouch for that actor, and that both are of
// one realm: an actor token of one tenant is worth nothing in another.
func partner(issuer Issuer, nameID string) (iss, actor Principal, refusal *Refusal) {
	iss, err := ParsePrincipal(issuer.Name)
	if err != nil {
		return iss, actor, refuse(InvalidToken, invalidIssuer, "The issuer '%s' is not trusted.", issuer.Name)
	}
	actor, err = ParsePrincipal(nameID)
	if err != nil || actor.Host != "" {
		return iss, actor, refuse(InvalidToken, invalidToken, "The nameid claim value is invalid.")
	}
	if actor.Realm != iss.Realm {
		return iss, actor, unknownTenant(actor.Realm)
	}
	if !slices.Contains(issuer.Partners, nameID) {
		return iss, actor, refuse(InvalidGrant, invalidGrant,
			"The token should have valid permissions or linked account associated with partner application '%s'.", actor.ID)
	}
	return iss, actor, nil
}

// audience checks the three parts of aud: the service and the realm to the
// letter, the host in any case ([MS-XOAUTH] 3.2.5.6). The host must be the one
// that was called, and one of ours.
func (j judgement) audience(aud, realm string) *Refusal {
	audience, err := ParsePrincipal(aud)
	if err != nil || audience.Host == "" || audience.ID != j.v.principal() {
		return refuse(InvalidResource, invalidResource, "The audience claim value is invalid 'aud'.")
	}
	ours := func(name string) bool { return covers(name, j.host) }
	if !strings.EqualFold(audience.Host, j.host) || !slices.ContainsFunc(j.v.Hosts, ours) {
		return refuse(InvalidResource, invalidResource,
			"The hostname component of the audience claim value is invalid. Expected 'https://%s'. Actual 'https://%s'.", j.host, audience.Host)
	}
	if audience.Realm != realm {
		return unknownTenant(audience.Realm)
	}
	return nil
}

func unknownTenant(realm string) *Refusal {
	return refuse(InvalidTenant, invalidTenant, "The tenant for tenant guid '%s' does not exist.", realm)
}
