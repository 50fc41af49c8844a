package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"availproxy/cmd/internal/check"
	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
	"availproxy/oauth"
)

// checkToken gets the token for a URL and looks at what is in it.
func (f *forest) checkToken(ctx context.Context, url string) check.Finding {
	finding := check.Finding{ID: "token.issue", Severity: check.OK, Subject: f.connector.Name + ", " + hostIn(url),
		Expected: "a token for that host",
		Fix:      "See that the auth server knows the auth certificate and the host, and that this machine's clock is right.",
		Cmdlet:   "Test-OAuthConnectivity -Service EWS -TargetUri " + url + " -Mailbox <mailbox>"}
	token, err := f.token(ctx, url)
	if err != nil {
		why := noToken(err)
		finding.Severity, finding.Seen, finding.Cause = check.Fail, err.Error(), string(why.Cause())
		if remedy := why.Remedy(); remedy != "" {
			finding.Fix = remedy
		}
		return finding
	}
	claims := claimsOf(token)
	finding.Seen = claims.String()
	switch to := strings.TrimSuffix(hostIn(url), ":443"); {
	case claims.host != "" && !strings.EqualFold(claims.host, to):
		finding.Severity, finding.Expected = check.Warn, "a token for "+to
	case claims.app && len(claims.roles) == 0:
		// Entra ID gives tokens without any permission, too, and the API refuses them.
		none := freebusy.ConsequenceOf(freebusy.Status(f.asks(url), http.StatusForbidden))
		finding.Severity, finding.Cause, finding.Fix = check.Fail, string(none.Cause), none.Remedy
		finding.Expected = "a token with a role"
	}
	return finding
}

// asks names the back end at a URL.
func (f *forest) asks(url string) string {
	if f.graph != nil && url == f.graph.url {
		return "Graph"
	}
	return "EWS"
}

// noToken is why there is no token, as the asker of a question would get it.
func noToken(err error) *freebusy.Error {
	if failure, ok := errors.AsType[*freebusy.Error](err); ok {
		return failure
	}
	return upstream.Unreachable(err)
}

// claims are what an operator wants to know of a token. There is no mailbox and
// no signature in it.
type claims struct {
	told  string
	host  string   // of the audience of server-to-server OAuth
	app   bool     // given by Entra ID to an application
	roles []string // of that
}

// String is what the token says.
func (c claims) String() string { return c.told }

func claimsOf(token oauth.Token) claims {
	until := "issued, valid until " + token.Expires.UTC().Format("2006-01-02 15:04 UTC")
	whole, err := oauth.Inspect(token.Reveal())
	if err != nil {
		return claims{told: until + ", and not in a form that can be read"} // access tokens need none
	}
	told := whole.Masked()
	if told.Actor != nil {
		told = told.Actor
	}
	c := claims{told: until}
	for _, name := range []string{"iss", "aud", "nameid", "appid", "roles", "nbf"} {
		if value, ok := told.Claims[name]; ok {
			c.told += fmt.Sprintf("\n%s %v", name, value)
		}
	}
	if roles, ok := told.Claims["roles"].([]any); ok {
		for _, role := range roles {
			c.roles = append(c.roles, fmt.Sprint(role))
		}
	}
	issuer, _ := told.Claims["iss"].(string)
	c.app = strings.HasPrefix(issuer, "https://")
	if aud, _ := told.Claims["aud"].(string); !c.app {
		_, rest, _ := strings.Cut(aud, "/")
		c.host, _, _ = strings.Cut(rest, "@")
	}
	return c
}
