package ews

import (
	"errors"
	"strings"
	"testing"

	"availproxy/freebusy"
)

func TestSecurityContext(t *testing.T) {
	const (
		user    = `<t:UserSid>S-1-5-21-1-2-3-1103</t:UserSid>`
		address = `<t:PrimarySmtpAddress>eve@contoso.com</t:PrimarySmtpAddress>`
		group   = `<t:GroupIdentifier Attributes="7"><t:SecurityIdentifier>S-1-5-32-545</t:SecurityIdentifier></t:GroupIdentifier>`
	)
	groups := func(list string) string { return "<t:GroupSids>" + list + "</t:GroupSids>" }
	restricted := func(list string) string {
		return "<t:RestrictedGroupSids>" + strings.ReplaceAll(list, "t:Group", "t:RestrictedGroup") + "</t:RestrictedGroupSids>"
	}
	const again = "</t:SerializedSecurityContext><t:SerializedSecurityContext>"
	tests := map[string]struct {
		content string
		address string
		code    freebusy.Code // "" when it is in order
	}{
		"a user":                    {user + address, "eve@contoso.com", ""},
		"a user without an address": {user, "", ""},
		"as many groups as allowed": {user + groups(strings.Repeat(group, 3000)), "", ""},
		"one group too many":        {user + groups(strings.Repeat(group, 3001)), "", freebusy.ErrorProxyGroupSidLimitExceeded},
		"a group that is none": {user + groups(strings.Replace(group, "S-1-5-32-545", "Administrators", 1)), "",
			freebusy.ErrorInvalidSerializedAccessToken},
		"a group without a SID": {user + groups(`<t:GroupIdentifier Attributes="7"/>`), "", freebusy.ErrorInvalidSerializedAccessToken},
		"a restricted group that is none": {user + `<t:RestrictedGroupSids><t:RestrictedGroupIdentifier Attributes="7">` +
			`<t:SecurityIdentifier>S-2-5</t:SecurityIdentifier></t:RestrictedGroupIdentifier></t:RestrictedGroupSids>`, "",
			freebusy.ErrorInvalidSerializedAccessToken},
		"one group too many in both lists": {user + groups(strings.Repeat(group, 2000)) + restricted(strings.Repeat(group, 1001)), "", freebusy.ErrorProxyGroupSidLimitExceeded},
		"two lists of groups":              {user + groups(group) + groups(group), "", freebusy.ErrorInvalidSerializedAccessToken},
		"two users":                        {user + user, "", freebusy.ErrorInvalidSerializedAccessToken},
		"two addresses":                    {user + address + address, "eve@contoso.com", freebusy.ErrorInvalidSerializedAccessToken},
		"two of them":                      {user + again + user + address, "eve@contoso.com", freebusy.ErrorInvalidSerializedAccessToken},
		"a bad one in front of a good one": {again + user + address, "eve@contoso.com", freebusy.ErrorInvalidSerializedAccessToken},
		"no user":                          {address, "eve@contoso.com", freebusy.ErrorInvalidSerializedAccessToken},
		"a user by name":                   {`<t:UserSid>CONTOSO\eve</t:UserSid>`, "", freebusy.ErrorInvalidSerializedAccessToken},
		"a SID too long":                   {`<t:UserSid>S-1-5` + strings.Repeat("-1", 16) + `</t:UserSid>`, "", freebusy.ErrorInvalidSerializedAccessToken},
		"nothing at all":                   {"", "", freebusy.ErrorInvalidSerializedAccessToken},
		"another's field":                  {`<UserSid xmlns="urn:x">S-1-5-18</UserSid>`, "", freebusy.ErrorInvalidSerializedAccessToken},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			header := "<t:SerializedSecurityContext>" + tt.content + "</t:SerializedSecurityContext>"
			got := callerAsked(t, ask().header(header)).header.claimed
			var code freebusy.Code
			if refusal, ok := errors.AsType[*freebusy.Error](got.Check()); ok {
				code = refusal.Code
			}
			if got.PrimarySmtpAddress != tt.address || code != tt.code {
				t.Errorf("got %q and %q, want %q and %q", got.PrimarySmtpAddress, code, tt.address, tt.code)
			}
			if _, err := compare(&scan{zones: &zonesByName{}}, []byte(ask().header(header).document()), ""); err != nil {
				t.Error(err)
			}
		})
	}
}
