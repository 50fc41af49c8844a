package oauth

import (
	"fmt"
	"strings"
)

// The well-known principals of server-to-server OAuth.
const (
	ExchangeID   = "00000002-0000-0ff1-ce00-000000000000" // Exchange Online and Exchange Server
	SharePointID = "00000003-0000-0ff1-ce00-000000000000"
	SkypeID      = "00000004-0000-0ff1-ce00-000000000000"
	ACSID        = "00000001-0000-0000-c000-000000000000" // Access Control Service, worldwide
	ACSChinaID   = "00000001-0002-0000-c000-000000000000" // as a challenge of partner.outlook.cn names it
)

// Principal is a party of server-to-server OAuth ([MS-XOAUTH] 2.2): id@realm as
// an issuer or an application, id/host@realm as an audience. The realm is a
// tenant GUID in the cloud, a domain on-premises, and "*" or nothing where any
// realm is meant.
type Principal struct{ ID, Host, Realm string }

const maxPrincipal = 512 // bytes; three names at most

// ParsePrincipal reads id[/host]@realm. The realm may be empty, id and an
// announced host may not, and no part may hold a separator or anything but
// visible ASCII.
func ParsePrincipal(text string) (Principal, error) {
	party, realm, found := strings.Cut(text, "@")
	id, host, hasHost := strings.Cut(party, "/")
	bad := !found || id == "" || hasHost && host == "" || strings.ContainsAny(host+realm, "/@")
	if bad || len(text) > maxPrincipal || strings.ContainsFunc(text, notVisible) {
		return Principal{}, fmt.Errorf("oauth: %q is not a principal of the form id[/host]@realm", printable(text))
	}
	return Principal{ID: id, Host: host, Realm: realm}, nil
}

// String writes the form that ParsePrincipal reads.
func (p Principal) String() string {
	if p.Host == "" {
		return p.ID + "@" + p.Realm
	}
	return p.ID + "/" + p.Host + "@" + p.Realm
}

// covers reports whether p, an entry of trusted_issuers, may mean issuer: the
// same id, and the same realm unless p means any or that of issuer is not known
// yet. One client is seen to print the realm "*" as nothing at all.
func (p Principal) covers(issuer Principal) bool {
	anyRealm := p.Realm == "" || p.Realm == "*" || issuer.Realm == ""
	return strings.EqualFold(p.ID, issuer.ID) && (anyRealm || strings.EqualFold(p.Realm, issuer.Realm))
}

func notVisible(r rune) bool { return r <= ' ' || r > '~' }
