package oauth

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"availproxy/freebusy"
)

// answer is what an auth server answered.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// exchange sends req as it is, without following redirects or keeping cookies,
// and reads the answer to its end.
func exchange(base http.RoundTripper, req *http.Request) (answer, error) {
	if base == nil {
		base = http.DefaultTransport
	}
	resp, err := base.RoundTrip(req)
	if err != nil {
		return answer{}, fmt.Errorf("oauth: %s: %w", req.URL.Host, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
	if err != nil {
		return answer{}, fmt.Errorf("oauth: %s: %w", req.URL.Host, err)
	}
	if len(body) > maxDocument {
		return answer{}, fmt.Errorf("oauth: %s answered with more than %d bytes", req.URL.Host, maxDocument)
	}
	return answer{resp.StatusCode, resp.Header, body}, nil
}

// askForToken sends a token request (RFC 6749 4.4.2) and returns the body of the
// answer. What the auth server answered instead is an [*AuthServerError]; both
// are inside a [*TokenError] of authServer.
func askForToken(ctx context.Context, authServer, endpoint string, base http.RoundTripper, form url.Values) ([]byte, error) {
	fail := func(kind TokenErrorKind, err error) error {
		return &TokenError{Kind: kind, AuthServer: authServer, Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fail(AuthServerRefused, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("client-request-id", freebusy.RequestID(ctx))
	req.Header.Set("return-client-request-id", "true")
	a, err := exchange(base, req)
	if err != nil {
		return nil, fail(AuthServerUnavailable, err)
	}
	if a.status != http.StatusOK {
		refusal := readAuthServerError(a)
		return nil, fail(refusal.kind(), refusal)
	}
	return a.body, nil
}
