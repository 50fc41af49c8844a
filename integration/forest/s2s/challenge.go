package s2s

import (
	"fmt"
	"strings"
)

// Challenge is what a server writes into WWW-Authenticate when it wants a bearer
// token.
type Challenge struct {
	ClientID         string   // "" is ExchangePrincipal
	Realm            string   // left out when empty, as Exchange does
	TrustedIssuers   []string // id@realm; the realm may be *
	AuthorizationURI string
	Others           string // further schemes, folded into the same line
	// Apart puts the other schemes on a line of their own, which is no folding
	// at all and equally legal (RFC 9110 11.6.1).
	Apart bool
	// Quiet offers the bearer scheme only to a request that brought it, and the
	// others to all.
	Quiet bool
	// NoBearer leaves the bearer scheme out: OAuthAuthentication of the virtual
	// directory is off. The others stay, Negotiate and NTLM unless they are given.
	NoBearer bool
}

const (
	tokenTypes   = "app_asserted_user_v1 service_asserted_app_v1"
	invalidToken = "invalid_token"
)

// WorldwideChallenge is that of outlook.office365.com.
func WorldwideChallenge() Challenge {
	return Challenge{
		TrustedIssuers:   []string{ACSPrincipal + "@*"},
		AuthorizationURI: "https://login.microsoftonline.com/common/oauth2/authorize",
		Others:           `Basic Realm=""`,
	}
}

// ChinaChallenge is that of partner.outlook.cn, whose issuer is not the
// worldwide one.
func ChinaChallenge() Challenge {
	return Challenge{
		TrustedIssuers:   []string{ACSPrincipalChina + "@*"},
		AuthorizationURI: "https://login.chinacloudapi.cn/common/oauth2/authorize",
		Others:           `Basic Realm=""`,
	}
}

// OnPremisesChallenge is that of an Exchange server which trusts these issuers,
// each a complete id@realm, and takes Windows and Basic logons as well.
func OnPremisesChallenge(host string, trustedIssuers ...string) Challenge {
	return Challenge{
		TrustedIssuers:   trustedIssuers,
		AuthorizationURI: "https://login.windows.net/common/oauth2/authorize",
		Others:           fmt.Sprintf("Negotiate,NTLM,Basic realm=%q", host),
	}
}

// String is the bearer challenge without the other schemes and without error.
func (c Challenge) String() string { return c.bearer("") }

func (c Challenge) bearer(failure string) string {
	id := c.ClientID
	if id == "" {
		id = ExchangePrincipal
	}
	parameters := []string{fmt.Sprintf("client_id=%q", id)}
	if c.Realm != "" {
		parameters = append(parameters, fmt.Sprintf("realm=%q", c.Realm))
	}
	parameters = append(parameters,
		fmt.Sprintf("trusted_issuers=%q", strings.Join(c.TrustedIssuers, ",")),
		fmt.Sprintf("token_types=%q", tokenTypes))
	if c.AuthorizationURI != "" {
		parameters = append(parameters, fmt.Sprintf("authorization_uri=%q", c.AuthorizationURI))
	}
	if failure != "" {
		parameters = append(parameters, fmt.Sprintf("error=%q", failure))
	}
	return "Bearer " + strings.Join(parameters, ", ")
}

// lines are the values of WWW-Authenticate for a request that did or did not
// come with the bearer scheme.
func (c Challenge) lines(bearer bool, failure string) []string {
	switch {
	case c.NoBearer && c.Others == "":
		return []string{"Negotiate", "NTLM"}
	case c.NoBearer:
		return []string{c.Others}
	case c.Quiet && !bearer:
		return []string{c.Others}
	case c.Others == "":
		return []string{c.bearer(failure)}
	case c.Apart:
		return []string{c.bearer(failure), c.Others}
	}
	return []string{c.bearer(failure) + "," + c.Others}
}
