package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Entra gets access tokens from Entra ID, an auth server of type AzureAD
// (New-AuthServer), for an application of our own: client credentials with a
// certificate (RFC 6749 4.4, RFC 7523 2.2). It must not be copied once it is in
// use.
type Entra struct {
	ServerName    string // as configured
	Endpoint      string // https; see EntraEndpoint
	ApplicationID string
	Certificates  Certificates
	Algorithm     Algorithm         // of assertions; "" is PS256
	Base          http.RoundTripper // nil is http.DefaultTransport
	Log           *slog.Logger      // nil is slog.Default()

	tokens tokenCache[string, Token]
}

var _ AccessTokens = (*Entra)(nil)

// EntraEndpoint is where a tenant, named by a domain or its id, gives tokens: at
// the login host of its cloud (learn.microsoft.com v2-oauth2-client-creds-grant-flow).
func EntraEndpoint(login, tenant string) string {
	return "https://" + login + "/" + url.PathEscape(tenant) + "/oauth2/v2.0/token"
}

// Name implements [AccessTokens].
func (e *Entra) Name() string { return e.ServerName }

// AccessToken implements [AccessTokens]. The token of a scope is kept until
// shortly before it expires, and beyond that while no other can be had. One
// request for a scope is under way at a time.
func (e *Entra) AccessToken(ctx context.Context, scope, claims string) (Token, error) {
	return e.tokens.get(ctx, scope, func(ctx context.Context) (Token, error) { return e.fetch(ctx, scope, claims) })
}

// Drop implements [AccessTokens].
func (e *Entra) Drop(t Token) { e.tokens.drop(t) }

// Run renews the tokens in use that have spent four fifths of their life, so
// that no question has to wait for Entra ID. It returns nil when ctx ends.
func (e *Entra) Run(ctx context.Context) error {
	return e.tokens.keepFresh(ctx, e.ServerName, e.log(), func(ctx context.Context, scope string) (Token, error) {
		return e.fetch(ctx, scope, "")
	})
}

func (e *Entra) log() *slog.Logger {
	if e.Log != nil {
		return e.Log
	}
	return slog.Default()
}

// fetch gets a new token, and counts the attempt.
func (e *Entra) fetch(ctx context.Context, scope, claims string) (Token, error) {
	token, err := signedByEither(ctx, e.Certificates, e.ServerName, e.log(), func(cert *Certificate) (Token, error) {
		return e.request(ctx, cert, scope, claims)
	})
	countToken(ctx, e.ServerName, err)
	return token, err
}

// request sends one token request, signed by cert, and reads the answer.
func (e *Entra) request(ctx context.Context, cert *Certificate, scope, claims string) (Token, error) {
	if _, err := secureURL(e.Endpoint); err != nil {
		return Token{}, e.fail(AuthServerRefused, err)
	}
	assertion, err := e.assertion(cert)
	if err != nil {
		return Token{}, e.fail(CertificateUnusable, err)
	}
	form := url.Values{
		"grant_type":            {"client_credentials"},
		"client_id":             {e.ApplicationID},
		"scope":                 {scope},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, // RFC 7523 2.2
		"client_assertion":      {assertion},
	}
	if claims != "" {
		form.Set("claims", claims)
	}
	asked := time.Now()
	body, err := askForToken(ctx, e.ServerName, e.Endpoint, e.Base, form)
	if err != nil {
		return Token{}, err
	}
	token, err := readAccessToken(body, asked)
	if err != nil {
		return Token{}, e.fail(AuthServerRefused, err)
	}
	return token, nil
}

func (e *Entra) fail(kind TokenErrorKind, err error) *TokenError {
	return &TokenError{Kind: kind, AuthServer: e.ServerName, Err: err}
}

// readAccessToken reads the answer to a token request (RFC 6749 5.1). What is in
// the token is for the host that it is meant for.
func readAccessToken(body []byte, asked time.Time) (Token, error) {
	var answer struct {
		TokenType   string `json:"token_type"`
		AccessToken string `json:"access_token"`
		ExpiresIn   epoch  `json:"expires_in"` // seconds from now
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return Token{}, errors.New("the answer is not the JSON of a token") // the cause could quote the token
	}
	switch {
	case !strings.EqualFold(answer.TokenType, "Bearer"):
		return Token{}, fmt.Errorf("the token is of type %q, not Bearer", printable(answer.TokenType))
	case answer.AccessToken == "" || len(answer.AccessToken) > maxToken || strings.ContainsFunc(answer.AccessToken, notVisible):
		return Token{}, errors.New("the answer holds no token that a header can carry")
	case answer.ExpiresIn == 0:
		return Token{}, errors.New("the answer does not say when the token expires")
	}
	life := min(time.Duration(answer.ExpiresIn), time.Duration(longestHold/time.Second)) * time.Second
	return NewToken(answer.AccessToken, asked.Add(life)), nil
}

func (e *Entra) algorithm() Algorithm { return cmp.Or(e.Algorithm, PS256) }
