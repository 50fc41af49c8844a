package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Challenge is the bearer challenge of a host ([MS-XOAUTH], RFC 6750 3): which
// application it is and whose tokens it takes.
type Challenge struct {
	ClientID         string      // the host's own principal id
	Realm            string      // often absent, which is the same as empty
	TrustedIssuers   []Principal // as named; the realm may be "*" or empty for any
	TokenTypes       []string    // app_asserted_user_v1, service_asserted_app_v1
	AuthorizationURI string      // of no use between servers
	Error            string      // "invalid_token", also where no token was sent
	Claims           string      // with "insufficient_claims": what a token must have, JSON in base64
}

// ErrNoBearer says that a host answered 401 and does not offer the Bearer
// scheme.
var ErrNoBearer = errors.New("oauth: the host does not offer bearer authentication")

const maxChallenge = 16 << 10 // bytes of all WWW-Authenticate lines

// ParseChallenge returns the first Bearer challenge among the WWW-Authenticate
// lines of h. Exchange folds several schemes into one line, with commas inside
// quoted parameters (RFC 9110 11.6.1). Trusted issuers that are no principals
// are passed over. The errors are [ErrNoBearer] and those of the syntax.
func ParseChallenge(h http.Header) (*Challenge, error) {
	lines := h.Values("WWW-Authenticate")
	size := 0
	for _, line := range lines {
		size += len(line)
	}
	if size > maxChallenge {
		return nil, errors.New("oauth: the challenge is too long")
	}
	failed := ErrNoBearer
	for _, line := range lines {
		parameters, err := bearerParameters(line)
		if err == nil {
			return newChallenge(parameters), nil
		}
		if !errors.Is(err, ErrNoBearer) {
			failed = err
		}
	}
	return nil, failed
}

func newChallenge(parameters map[string]string) *Challenge {
	c := &Challenge{
		ClientID:         parameters["client_id"],
		Realm:            parameters["realm"],
		AuthorizationURI: parameters["authorization_uri"],
		Error:            parameters["error"],
		Claims:           parameters["claims"],
		TokenTypes:       strings.Fields(parameters["token_types"]),
	}
	issuers := parameters["trusted_issuers"]
	if issuers == "" {
		issuers = parameters["trustedissuers"] // [MS-SPS2SAUTH] spells it so
	}
	for entry := range strings.SplitSeq(issuers, ",") {
		if issuer, err := ParsePrincipal(strings.TrimSpace(entry)); err == nil && issuer.Host == "" {
			c.TrustedIssuers = append(c.TrustedIssuers, issuer)
		}
	}
	return c
}

// trusts returns the entry that names issuer, if there is one.
func (c *Challenge) trusts(issuer Principal) (Principal, bool) {
	for _, trusted := range c.TrustedIssuers {
		if trusted.covers(issuer) {
			return trusted, true
		}
	}
	return Principal{}, false
}

// untrusted is the refusal of a challenge that does not trust the auth server
// that is configured, in the words of Test-OAuthConnectivity.
func (c *Challenge) untrusted(authServer string) error {
	var entries []string
	for _, issuer := range c.TrustedIssuers {
		entries = append(entries, issuer.String())
	}
	return &TokenError{Kind: ChallengeRefused, AuthServer: authServer, Err: fmt.Errorf(
		"the trusted issuers contained the following entries '%s'; none of them are configured locally",
		printable(strings.Join(entries, ",")))}
}
