package sspi

import (
	"strings"

	"availproxy/ews/authn"
	"availproxy/ews/authn/ntlm"
)

// identity is the caller as every mechanism gives it.
func (c Caller) identity() (*authn.Identity, error) {
	domain, name, found := strings.Cut(c.Account, `\`)
	if !found || name == "" || c.SID == "" {
		return nil, authn.Refuse("", authn.Internal, "sspi: %s has let somebody in whom it cannot name", c.Package)
	}
	if c.nobody() {
		return nil, authn.Refuse(authn.NTLM, ntlm.Anonymous, "sspi: Windows has let the caller in as %s", c.Account)
	}
	id := &authn.Identity{Name: name, SID: c.SID, Groups: c.groups()}
	switch c.Package {
	case KerberosPackage:
		// The realm is in the ticket, the NetBIOS name with the account.
		id.Mechanism, id.Domain, id.Realm = authn.Kerberos, domain, c.realm()
	case NTLMPackage:
		id.Mechanism, id.Realm = authn.NTLM, domain
	default:
		return nil, authn.Refuse("", authn.NoMechanism, "sspi: %s has logged on by %q, which nobody asked for", c.Account, c.Package)
	}
	return id, nil
}

// realm is that of the ticket, or "" where Windows does not tell: then no rule
// with a realm names the caller.
func (c Caller) realm() string {
	at := strings.LastIndexByte(c.Principal, '@')
	if at < 0 {
		return ""
	}
	return c.Principal[at+1:]
}

// nobody reports whether Windows has let in a stranger: as the anonymous logon, or
// as Guest where that account is on ([MS-DTYP] 2.4.2.4).
func (c Caller) nobody() bool {
	return c.SID == "S-1-5-7" || strings.HasPrefix(c.SID, domainSID) && strings.HasSuffix(c.SID, "-501")
}

const (
	domainSID = "S-1-5-21-" // of accounts and groups ([MS-DTYP] 2.4.2.4)

	// Attributes of groups ([MS-PAC] 2.2.1; learn.microsoft.com "token_groups").
	groupEnabled  = 0x4
	groupDenyOnly = 0x10
)

// groups are those that say something about the caller. To every token Windows
// adds others, such as Everyone: a rule that names one of them would be for
// everybody, which no rule may be.
func (c Caller) groups() []string {
	var sids []string
	for _, g := range c.Groups {
		if g.Attributes&groupEnabled != 0 && g.Attributes&groupDenyOnly == 0 && strings.HasPrefix(g.SID, domainSID) {
			sids = append(sids, g.SID)
		}
	}
	return sids
}
