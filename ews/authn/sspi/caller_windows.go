package sspi

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/alexbrainman/sspi"
	"golang.org/x/sys/windows"
)

// Attributes of a context (learn.microsoft.com "querycontextattributes--negotiate").
const (
	attributeNegotiationInfo = 12 // SECPKG_ATTR_NEGOTIATION_INFO
	attributeNativeNames     = 13 // SECPKG_ATTR_NATIVE_NAMES
)

// Caller implements [Context].
func (c *serverContext) Caller() (who Caller, err error) {
	if who, err = c.account(); err != nil {
		return Caller{}, err
	}
	if who.Package, err = c.proved(); err != nil {
		return Caller{}, err
	}
	if who.Package == KerberosPackage {
		who.Principal = c.principal(who.Account)
	}
	return who, nil
}

// account is that of the access token that Windows has made.
func (c *serverContext) account() (who Caller, err error) {
	var token windows.Token
	status, _, _ := c.system.contextToken.Call(uintptr(unsafe.Pointer(c.context.Handle)), uintptr(unsafe.Pointer(&token)))
	if s := Status(status); s.failed() {
		return who, s
	}
	defer token.Close()
	return owner(token)
}

// owner reads an access token. The name is that of the SID there, so that it is
// not the caller's word.
func owner(token windows.Token) (who Caller, err error) {
	user, err := token.GetTokenUser()
	if err != nil {
		return who, fmt.Errorf("the user of the access token: %w", err)
	}
	groups, err := token.GetTokenGroups()
	if err != nil {
		return who, fmt.Errorf("the groups of the access token: %w", err)
	}
	name, domain, _, err := user.User.Sid.LookupAccount("")
	if err != nil {
		return who, fmt.Errorf("the name of the account: %w", err)
	}
	who = Caller{Account: domain + `\` + name, SID: user.User.Sid.String()}
	for _, g := range groups.AllGroups() {
		who.Groups = append(who.Groups, Group{SID: g.Sid.String(), Attributes: g.Attributes})
	}
	return who, nil
}

// proved is the package that Negotiate has found.
func (c *serverContext) proved() (Package, error) {
	if c.pkg != NegotiatePackage {
		return c.pkg, nil
	}
	var info struct { // SecPkgContext_NegotiationInfoW
		pkg   *sspi.SecPkgInfo
		state uint32
	}
	if s := sspi.QueryContextAttributes(c.context.Handle, attributeNegotiationInfo, (*byte)(unsafe.Pointer(&info))); Status(s).failed() {
		return "", fmt.Errorf("which package: %w", Status(s))
	}
	defer sspi.FreeContextBuffer((*byte)(unsafe.Pointer(info.pkg)))
	return Package(windows.UTF16PtrToString(info.pkg.Name)), nil
}

// principal is the client of the ticket. Where the context does not tell, the
// realm is the DNS name of the account's domain, in upper case ([MS-KILE] 3.1.5.7);
// that asks a domain controller. "" means that neither is known.
func (c *serverContext) principal(account string) string {
	var names struct{ client, server *uint16 } // SecPkgContext_NativeNamesW
	if s := sspi.QueryContextAttributes(c.context.Handle, attributeNativeNames, (*byte)(unsafe.Pointer(&names))); !Status(s).failed() {
		defer sspi.FreeContextBuffer((*byte)(unsafe.Pointer(names.client)))
		defer sspi.FreeContextBuffer((*byte)(unsafe.Pointer(names.server)))
		if client := windows.UTF16PtrToString(names.client); strings.Contains(client, "@") {
			return client
		}
	}
	full, err := windows.TranslateAccountName(account, windows.NameSamCompatible, windows.NameDnsDomain, 0)
	if err != nil {
		return ""
	}
	domain, name, _ := strings.Cut(full, `\`)
	return name + "@" + strings.ToUpper(domain)
}
