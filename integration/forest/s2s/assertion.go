package s2s

import (
	"slices"
	"strings"
	"time"
)

// client believes an assertion, or does not: it must be signed with a
// certificate that is registered for its issuer, meant for us and this tenant,
// short-lived and of now.
func (a *ACS) client(assertion string, tenant *Tenant, seen *TokenRequest) (Client, *acsRefusal) {
	t, err := readToken(assertion)
	if err != nil {
		return Client{}, malformed(err)
	}
	seen.Client, seen.X5T = t.claims.text("iss"), t.header.text("x5t")
	issuer, err := ParsePrincipal(seen.Client)
	if err != nil || issuer.Host != "" {
		return Client{}, unknownClient(seen.Client, tenant.ID)
	}
	if issuer.Realm != tenant.ID {
		return Client{}, unknownRealm(issuer.Realm)
	}
	at := slices.IndexFunc(tenant.Clients, func(c Client) bool { return c.ID == issuer.ID })
	if at < 0 {
		return Client{}, unknownClient(seen.Client, tenant.ID)
	}
	client := tenant.Clients[at]
	switch err := t.signedBy(client.Certificates); err {
	case nil:
	case errNoKey, errSignature:
		return Client{}, a.wrongKey(err, seen.X5T)
	default:
		return Client{}, malformed(err)
	}
	if refusal := a.meant(t.claims.text("aud"), tenant.ID); refusal != nil {
		return Client{}, refusal
	}
	return client, a.timely(t.claims, seen.Time)
}

// meant checks the audience, which is ourselves in that tenant.
func (a *ACS) meant(aud, tenant string) *acsRefusal {
	audience, err := ParsePrincipal(aud)
	ours := Principal{ID: a.principal(), Host: audience.Host, Realm: tenant}
	if err != nil || audience != ours || !strings.EqualFold(audience.Host, a.Host) {
		return badClient(700023, "Client assertion audience claim does not match Realm issuer.")
	}
	return nil
}

// timely checks nbf and exp, with five minutes for clocks that differ.
func (a *ACS) timely(claims object, now time.Time) *acsRefusal {
	const skew = 5 * time.Minute
	l, err := claims.lives()
	if err != nil {
		return malformed(err)
	}
	longest := a.AssertionLife
	if longest == 0 {
		longest = time.Hour
	}
	if l.Until.Sub(l.From) > longest || now.Add(skew).Before(l.From) || now.Add(-skew).After(l.Until) {
		return badClient(700024, "Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s.",
			now.UTC().Format(time.RFC3339), l.From.UTC().Format(time.RFC3339), l.Until.UTC().Format(time.RFC3339))
	}
	return nil
}

func malformed(err error) *acsRefusal {
	return badClient(50027, "JWT token is invalid or malformed: %v.", err)
}
