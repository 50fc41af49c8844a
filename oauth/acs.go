package oauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
)

// ACS gets actor tokens from an auth server of type MicrosoftACS (New-AuthServer),
// against an assertion signed with an auth certificate that the server knows.
//
// What is not configured comes from the metadata document; with all three of
// Realm, IssuerIdentifier and TokenIssuingEndpoint set, no document is read. It
// must not be copied once it is in use.
type ACS struct {
	ServerName           string // as configured
	MetadataURL          string // https, AuthMetadataUrl of New-AuthServer
	Realm                string // tenant id; "": the document's, else that of the challenge
	IssuerIdentifier     string // principal id of the server; differs in China
	TokenIssuingEndpoint string // https; "": the document's, which must be on the host of its URL
	Certificates         Certificates
	ServiceName          string            // which application we are; "" is ExchangeID
	Base                 http.RoundTripper // nil is http.DefaultTransport
	Log                  *slog.Logger      // nil is slog.Default()

	metadata metadataCache
	tokens   tokenCache[tokenKey, ActorToken]
}

var _ ActorTokens = (*ACS)(nil)

// Name implements [ActorTokens].
func (a *ACS) Name() string { return a.ServerName }

// Resource implements [ActorTokens]. The challenge must trust the issuer of
// this auth server.
func (a *ACS) Resource(ctx context.Context, c *Challenge, host string) (Principal, error) {
	server, err := a.authority(ctx)
	if err != nil {
		return Principal{}, err
	}
	trusted, ok := c.trusts(server.issuer)
	if !ok {
		return Principal{}, c.untrusted(a.ServerName)
	}
	realm := cmp.Or(c.Realm, server.issuer.Realm, strings.Trim(trusted.Realm, "*"))
	if realm == "" {
		return Principal{}, a.fail(AuthServerRefused, errors.New("neither the metadata document nor the challenge names a realm; set realm"))
	}
	return Principal{ID: c.ClientID, Host: host, Realm: realm}, nil
}

// ActorToken implements [ActorTokens]. The token of a resource is kept until
// shortly before it expires, 24 hours at most. It may ask the network and block
// until ctx ends; one request for a resource is under way at a time.
func (a *ACS) ActorToken(ctx context.Context, resource Principal, _ bool) (ActorToken, error) {
	return a.tokens.get(ctx, tokenKey{resource: resource}, func(ctx context.Context) (ActorToken, error) {
		return a.fetch(ctx, resource)
	})
}

// Document is the metadata document of the server, at most about twelve hours
// old unless it could not be read anew. It may block until ctx ends.
func (a *ACS) Document(ctx context.Context) (*Metadata, error) {
	return a.metadata.get(ctx, a.Base, a.MetadataURL)
}

// Drop implements [ActorTokens].
func (a *ACS) Drop(t ActorToken) { a.tokens.drop(t.Token) }

// Run renews the tokens in use that have spent four fifths of their life, so
// that no question has to wait for the auth server. It returns nil when ctx
// ends. Without it a token is fetched anew by the first question that finds the
// old one of no more use.
func (a *ACS) Run(ctx context.Context) error {
	return a.tokens.keepFresh(ctx, a.ServerName, a.log(), func(ctx context.Context, key tokenKey) (ActorToken, error) {
		return a.fetch(ctx, key.resource)
	})
}

// fetch gets a new token, and counts the attempt.
func (a *ACS) fetch(ctx context.Context, resource Principal) (ActorToken, error) {
	token, err := a.request(ctx, resource)
	countToken(ctx, a.ServerName, err)
	return token, err
}

func (a *ACS) request(ctx context.Context, resource Principal) (ActorToken, error) {
	server, err := a.authority(ctx)
	if err != nil {
		return ActorToken{}, err
	}
	return signedByEither(ctx, a.Certificates, a.ServerName, a.log(), func(cert *Certificate) (ActorToken, error) {
		return a.requestWith(ctx, server, cert, resource)
	})
}

func (a *ACS) log() *slog.Logger {
	if a.Log != nil {
		return a.Log
	}
	return slog.Default()
}

func (a *ACS) fail(kind TokenErrorKind, err error) *TokenError {
	return &TokenError{Kind: kind, AuthServer: a.ServerName, Err: err}
}

// authority is what is configured or published about an auth server.
type authority struct {
	issuer   Principal // the realm may be empty
	endpoint string
}

// authority joins configuration and metadata document.
func (a *ACS) authority(ctx context.Context) (authority, error) {
	server := authority{issuer: Principal{ID: a.IssuerIdentifier, Realm: a.Realm}, endpoint: a.TokenIssuingEndpoint}
	if server.issuer.ID == "" || server.issuer.Realm == "" || server.endpoint == "" {
		document, err := a.Document(ctx)
		if err != nil {
			return authority{}, a.fail(AuthServerUnavailable, err)
		}
		if err := server.complete(document, a.MetadataURL); err != nil {
			return authority{}, a.fail(AuthServerRefused, err)
		}
	}
	if _, err := secureURL(server.endpoint); err != nil {
		return authority{}, a.fail(AuthServerRefused, err)
	}
	return server, nil
}

// complete fills in what the configuration left open. The document may not send
// our assertions to another host than its own.
func (s *authority) complete(document *Metadata, source string) error {
	issuer, err := ParsePrincipal(document.Issuer)
	if err == nil {
		s.issuer.ID = cmp.Or(s.issuer.ID, issuer.ID)
	}
	if s.issuer.ID == "" {
		return errors.New("the metadata document names no issuer; set issuer_identifier")
	}
	s.issuer.Realm = cmp.Or(s.issuer.Realm, document.Realm, issuer.Realm)
	if s.issuer.Realm == "*" {
		s.issuer.Realm = ""
	}
	if s.endpoint != "" {
		return nil
	}
	s.endpoint = document.Endpoint("OAuth2", "issuance")
	endpoint, err := secureURL(s.endpoint)
	if err != nil {
		return fmt.Errorf("the token endpoint of the metadata document: %w", err)
	}
	if from, err := secureURL(source); err != nil || !strings.EqualFold(from.Host, endpoint.Host) {
		return fmt.Errorf("the metadata document sends token requests to %q, which is not its own host; set token_issuing_endpoint", printable(endpoint.Host))
	}
	return nil
}
