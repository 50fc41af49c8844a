package oauth

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// AccessTokens gives the tokens of an application, by scope. [Entra] does.
// Errors are of type [*TokenError], or those of a context.
type AccessTokens interface {
	// Name is that of the auth server, for logs and traces.
	Name() string

	// AccessToken returns a token for scope, "https://host/.default". claims is
	// what a claims challenge asks for, in JSON, or "". It may block until ctx
	// ends.
	AccessToken(ctx context.Context, scope, claims string) (Token, error)

	// Drop forgets a token that was refused.
	Drop(t Token)
}

// EntraTransport sends requests as an application of Entra ID, with a bearer
// token for the scope of the host that they are for. When that is refused, it
// gets once a fresh one, with the claims that the host asks for, if it does. It
// never follows a redirect and sends nothing to any other host, nor without TLS.
//
// A request that could not get a token fails with a [*TokenError] and was not
// sent. It must not be copied once it is in use.
type EntraTransport struct {
	Base    http.RoundTripper // nil is http.DefaultTransport
	Tokens  AccessTokens
	Hosts   []string            // host names without port that get tokens
	Allowed func(*url.URL) bool // whether further ones do; nil is none
	Scope   string              // of tokens for all of them; "" is that of each by itself

	mu     sync.Mutex           // guards inVain
	inVain map[string]time.Time // when a fresh token was refused, too, by scope
}

var _ http.RoundTripper = (*EntraTransport)(nil)

// hopelessFor is how long no fresh token is got after one was refused: that would ask
// Entra ID once for every question, and it takes that for a loop (AADSTS50196).
const hopelessFor = time.Minute

// DefaultScope is what a token for u must be asked for where nothing else is
// known: its origin, with "/.default" for all that the application was granted
// (learn.microsoft.com scopes-oidc).
func DefaultScope(u *url.URL) string { return u.Scheme + "://" + u.Host + "/.default" }

// RoundTrip implements [http.RoundTripper]. A request that has a body and no
// GetBody is not repeated.
func (t *EntraTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	body := newReplay(req)
	defer body.close()
	if err := admits(req, hostOf(req.URL), t.Hosts, t.Allowed); err != nil {
		return nil, err
	}
	scope := t.scope(req.URL)
	resp, token, err := t.attempt(req, body, scope, "")
	if err != nil || resp.StatusCode != http.StatusUnauthorized || t.hopeless(scope) || !body.rewind() {
		return resp, err
	}
	claims := claimsOf(resp.Header)
	discard(resp)
	t.Tokens.Drop(token)
	resp, _, err = t.attempt(req, body, scope, claims)
	t.note(scope, err == nil && resp.StatusCode == http.StatusUnauthorized)
	return resp, err
}

// attempt gets a token and sends the request with it.
func (t *EntraTransport) attempt(req *http.Request, body *replay, scope, claims string) (*http.Response, Token, error) {
	token, err := t.token(req.Context(), scope, claims)
	if err != nil {
		return nil, Token{}, err
	}
	out := req.Clone(req.Context())
	out.Body = body.take()
	token.Authorize(out.Header)
	resp, err := t.base().RoundTrip(out)
	return resp, token, err
}

func (t *EntraTransport) token(ctx context.Context, scope, claims string) (token Token, err error) {
	ctx, span := startSpan(ctx, t.Tokens.Name())
	defer func() { tellOf(span, token); endSpan(span, err) }()
	return t.Tokens.AccessToken(ctx, scope, claims)
}

// Token gets what a request to u would carry, without sending one. It may block
// until ctx ends.
func (t *EntraTransport) Token(ctx context.Context, u *url.URL) (Token, error) {
	req := &http.Request{URL: u, Host: u.Host}
	if err := admits(req, hostOf(u), t.Hosts, t.Allowed); err != nil {
		return Token{}, err
	}
	return t.token(ctx, t.scope(u), "")
}

func (t *EntraTransport) scope(u *url.URL) string {
	if t.Scope != "" {
		return t.Scope
	}
	return DefaultScope(u)
}

func (t *EntraTransport) base() http.RoundTripper {
	if t.Base != nil {
		return t.Base
	}
	return http.DefaultTransport
}

// hopeless reports whether a fresh token was refused a moment ago.
func (t *EntraTransport) hopeless(scope string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, ok := t.inVain[scope]
	return ok && time.Since(at) < hopelessFor
}

func (t *EntraTransport) note(scope string, refused bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !refused {
		delete(t.inVain, scope)
		return
	}
	if t.inVain == nil {
		t.inVain = make(map[string]time.Time)
	}
	t.inVain[scope] = time.Now()
}
