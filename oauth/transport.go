package oauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"availproxy/freebusy/upstream"
)

// ActorTokens gives the actor tokens of one authority. [SelfIssuer] and [ACS]
// do. Errors are of type [*TokenError], or those of a context.
type ActorTokens interface {
	// Name is that of the auth server, for logs and traces.
	Name() string

	// Resource says for whom a token must be, to ask host that gave the
	// challenge c. It is an error when c does not trust this authority.
	Resource(ctx context.Context, c *Challenge, host string) (Principal, error)

	// ActorToken returns a token for resource, with delegation one that may
	// carry a user. It may block until ctx ends.
	ActorToken(ctx context.Context, resource Principal, delegation bool) (ActorToken, error)

	// Drop forgets a token that was refused.
	Drop(t ActorToken)
}

// The words of act_as that are no SMTP address.
const (
	ActAsApplication = "application"
	ActAsRequester   = "requester"
)

// Transport sends requests with a bearer token for exactly the host that they
// are for. It learns from the host's challenge whom it trusts, gets a token from
// Tokens and, when that is refused, once a fresh one. It never follows a
// redirect and sends nothing to any other host, nor without TLS.
//
// A request that could not get a token fails with a [*TokenError] and was not
// sent. It must not be copied once it is in use.
type Transport struct {
	Base        http.RoundTripper // nil is http.DefaultTransport
	Tokens      ActorTokens
	Hosts       []string            // host names without port that get tokens
	Allowed     func(*url.URL) bool // whether further ones do; nil is none
	ServiceName string              // client id that a challenge must name; "" is ExchangeID

	// ActAs says for whom: ActAsApplication or "" for the application itself,
	// an SMTP address for that mailbox, ActAsRequester for the user that
	// WithUser put into the context of the request, who must then be there.
	ActAs string

	challenges challengeCache
}

var _ http.RoundTripper = (*Transport)(nil)

type userKey struct{}

// WithUser returns a context for requests on behalf of the mailbox smtp, where
// the Transport acts as the requester.
func WithUser(ctx context.Context, smtp string) context.Context {
	return context.WithValue(ctx, userKey{}, smtp)
}

// RoundTrip implements [http.RoundTripper]. A request that has a body and no
// GetBody is not repeated.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	body := newReplay(req)
	defer body.close()
	host := hostOf(req.URL)
	if err := admits(req, host, t.Hosts, t.Allowed); err != nil {
		return nil, err
	}
	user, err := t.user(req.Context())
	if err != nil {
		return nil, err
	}
	resp, sent, err := t.attempt(req, body, host, user)
	if err != nil || !retryable(resp, sent) || !body.rewind() {
		return resp, err
	}
	discard(resp)
	t.challenges.drop(host, sent.challenge)
	t.Tokens.Drop(sent.actor)
	resp, _, err = t.attempt(req, body, host, user)
	return resp, err
}

// sent is what an attempt was made with. The zero value says that the host has
// not seen a token.
type sent struct {
	challenge *Challenge
	actor     ActorToken
}

// retryable reports whether a fresh token may do better. A user that the other
// side does not know stays unknown, whatever the token.
func retryable(resp *http.Response, s sent) bool {
	return resp.StatusCode == http.StatusUnauthorized && s.challenge != nil &&
		ParseDiagnostics(resp.Header).Category != "invalid_user"
}

// attempt gets a token and sends the request with it. Where the host would not
// give a challenge but another answer, that answer is the response.
func (t *Transport) attempt(req *http.Request, body *replay, host, user string) (*http.Response, sent, error) {
	challenge, answer, err := t.challenges.get(req, host, t.base())
	if err != nil || answer != nil {
		return answer, sent{}, err
	}
	actor, token, err := t.token(req.Context(), challenge, host, user)
	if err != nil {
		return nil, sent{}, err
	}
	out := req.Clone(req.Context())
	out.Body = body.take()
	token.Authorize(out.Header)
	resp, err := t.base().RoundTrip(out)
	return resp, sent{challenge, actor}, err
}

// token gets what goes into the Authorization header, and the actor token in it.
func (t *Transport) token(ctx context.Context, c *Challenge, host, user string) (actor ActorToken, bearer Token, err error) {
	ctx, span := startSpan(ctx, t.Tokens.Name())
	defer func() { tellOf(span, bearer); endSpan(span, err) }()
	if service := cmp.Or(t.ServiceName, ExchangeID); c.ClientID != service {
		err := fmt.Errorf("the challenge of %s is from client id %q, not from %q", host, printable(c.ClientID), service)
		return actor, bearer, &TokenError{Kind: ChallengeRefused, AuthServer: t.Tokens.Name(), Err: err, reason: "client id"}
	}
	resource, err := t.Tokens.Resource(ctx, c, host)
	if err != nil {
		return actor, bearer, err
	}
	if actor, err = t.Tokens.ActorToken(ctx, resource, user != ""); err != nil || user == "" {
		return actor, actor.Token, err
	}
	if bearer, err = actor.ForUser(user); err != nil {
		err = &TokenError{Kind: UserUnusable, AuthServer: t.Tokens.Name(), Err: err}
	}
	return actor, bearer, err
}

// user is the SMTP address to act as, or "" for the application.
func (t *Transport) user(ctx context.Context) (string, error) {
	switch t.ActAs {
	case "", ActAsApplication:
		return "", nil
	case ActAsRequester:
		if user, _ := ctx.Value(userKey{}).(string); user != "" {
			return user, nil
		}
		return "", &TokenError{Kind: UserUnusable, AuthServer: t.Tokens.Name(), Err: errors.New("act_as is requester and the request names none")}
	}
	return t.ActAs, nil
}

func (t *Transport) base() http.RoundTripper {
	if t.Base != nil {
		return t.Base
	}
	return http.DefaultTransport
}

// discard reads a little of an answer that is not wanted, so that its connection
// can be used again.
func discard(resp *http.Response) {
	io.CopyN(io.Discard, resp.Body, 16<<10)
	resp.Body.Close()
}

// Token gets what a request to u would carry, without sending one: u is only
// asked for its challenge. It may block until ctx ends.
func (t *Transport) Token(ctx context.Context, u *url.URL) (Token, error) {
	req := (&http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}}).WithContext(ctx)
	host := hostOf(u)
	if err := admits(req, host, t.Hosts, t.Allowed); err != nil {
		return Token{}, err
	}
	user, err := t.user(ctx)
	if err != nil {
		return Token{}, err
	}
	challenge, answer, err := t.challenges.get(req, host, t.base())
	if err != nil {
		return Token{}, err
	}
	if answer != nil {
		return Token{}, fmt.Errorf("oauth: %s answered %s instead of a challenge: %w", host, answer.Status, upstream.StatusFailure("EWS", answer))
	}
	_, token, err := t.token(ctx, challenge, host, user)
	return token, err
}
