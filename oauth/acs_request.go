package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	jwtBearerGrant = "http://oauth.net/grant_type/jwt/1.0/bearer"
	assertionLife  = 5 * time.Minute
)

// requestWith sends one token request, signed by cert, and reads the answer.
func (a *ACS) requestWith(ctx context.Context, server authority, cert *Certificate, resource Principal) (ActorToken, error) {
	assertion, err := a.assertion(server, cert, resource.Realm)
	if err != nil {
		return ActorToken{}, a.fail(CertificateUnusable, err)
	}
	form := url.Values{"grant_type": {jwtBearerGrant}, "assertion": {assertion}, "resource": {resource.String()}}
	asked := time.Now()
	body, err := askForToken(ctx, a.ServerName, server.endpoint, a.Base, form)
	if err != nil {
		return ActorToken{}, err
	}
	token, err := parseACSToken(body, asked, resource)
	if err != nil {
		return ActorToken{}, a.fail(AuthServerRefused, err)
	}
	return token, nil
}

// assertion says who we are, to this auth server alone and for five minutes.
func (a *ACS) assertion(server authority, cert *Certificate, realm string) (string, error) {
	if cert == nil {
		return "", errors.New("there is no auth certificate")
	}
	now := time.Now()
	if err := cert.Check(now); err != nil {
		return "", err
	}
	endpoint, err := secureURL(server.endpoint)
	if err != nil {
		return "", err
	}
	realm = cmp.Or(server.issuer.Realm, realm)
	return sign(claims{
		Issuer:    Principal{ID: cmp.Or(a.ServiceName, ExchangeID), Realm: realm}.String(),
		Audience:  Principal{ID: server.issuer.ID, Host: hostOf(endpoint), Realm: realm}.String(),
		IssuedAt:  epochOf(now),
		NotBefore: epochOf(now.Add(-time.Minute)), // its clock may be late
		Expires:   epochOf(now.Add(assertionLife)),
	}, cert)
}

// acsToken is the answer to a token request. ACS writes its numbers as strings.
type acsToken struct {
	TokenType   string `json:"token_type"`
	AccessToken string `json:"access_token"`
	ExpiresIn   epoch  `json:"expires_in"` // seconds from now
	ExpiresOn   epoch  `json:"expires_on"`
}

// parseACSToken reads the answer and makes sure that it is what we asked for.
// The soonest of the times that it gives counts.
func parseACSToken(body []byte, asked time.Time, resource Principal) (ActorToken, error) {
	var answer acsToken
	if err := json.Unmarshal(body, &answer); err != nil {
		return ActorToken{}, errors.New("the answer is not the JSON of a token") // the cause could quote the token
	}
	if !strings.EqualFold(answer.TokenType, "Bearer") {
		return ActorToken{}, fmt.Errorf("the token is of type %q, not Bearer", printable(answer.TokenType))
	}
	token, err := readActorToken(answer.AccessToken)
	if err != nil {
		return ActorToken{}, err
	}
	if !strings.EqualFold(token.Audience, resource.String()) {
		return ActorToken{}, fmt.Errorf("the token is for %q, not for %q", printable(token.Audience), resource)
	}
	if on := answer.ExpiresOn; on != 0 && on.time().Before(token.Expires) {
		token.Expires = on.time()
	}
	if in := asked.Add(time.Duration(answer.ExpiresIn) * time.Second); answer.ExpiresIn != 0 && in.Before(token.Expires) {
		token.Expires = in
	}
	if !token.Expires.After(asked) {
		return ActorToken{}, fmt.Errorf("the token expired at %s, by our clock", token.Expires.UTC().Format(time.RFC3339))
	}
	return token, nil
}

// hostOf is the host of u as an audience names it: lower case, no port.
func hostOf(u *url.URL) string { return strings.ToLower(u.Hostname()) }
