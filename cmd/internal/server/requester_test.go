package server

import (
	"errors"
	"testing"

	"availproxy/cmd/internal/config"
	"availproxy/ews"
	"availproxy/ews/authn"
	"availproxy/freebusy"
)

func TestWhoMayNameARequester(t *testing.T) {
	kerberos := authn.Identity{Mechanism: authn.Kerberos, Name: "EX2010$", Realm: "CONTOSO.EXAMPLE"}
	eve := &ews.SecurityContext{PrimarySmtpAddress: "Eve@Contoso.example"}
	tests := map[string]struct {
		listed  []config.Principal
		sender  authn.Identity
		claimed *ews.SecurityContext
		want    string
		code    freebusy.Code
	}{
		"a computer account":                     {sender: kerberos, claimed: eve, want: "eve@contoso.example"},
		"a computer account over NTLM":           {sender: authn.Identity{Mechanism: authn.NTLM, Name: "EX2010$", Realm: "CONTOSO"}, claimed: eve, want: "eve@contoso.example"},
		"a computer account that names nobody":   {sender: kerberos},
		"a requester of another organisation":    {sender: kerberos, claimed: &ews.SecurityContext{PrimarySmtpAddress: "eve@fabrikam.example"}},
		"a requester of a domain below":          {sender: kerberos, claimed: &ews.SecurityContext{PrimarySmtpAddress: "eve@x.contoso.example"}},
		"a requester without a domain":           {sender: kerberos, claimed: &ews.SecurityContext{PrimarySmtpAddress: "eve"}},
		"a user":                                 {sender: authn.Identity{Mechanism: authn.Kerberos, Name: "eve", Realm: "CONTOSO.EXAMPLE"}, claimed: eve, code: freebusy.ErrorTokenSerializationDenied},
		"a name with a $ that Basic proves":      {sender: authn.Identity{Mechanism: authn.Basic, Name: "EX2010$"}, claimed: eve, code: freebusy.ErrorTokenSerializationDenied},
		"a Basic user that is listed":            {listed: []config.Principal{"basic:loadtest"}, sender: authn.Identity{Mechanism: authn.Basic, Name: "loadtest"}, claimed: eve, want: "eve@contoso.example"},
		"a computer account beside the list":     {listed: []config.Principal{"basic:loadtest"}, sender: kerberos, claimed: eve, code: freebusy.ErrorTokenSerializationDenied},
		"an anonymous network, which is ignored": {sender: authn.Identity{Mechanism: authn.Network, Name: "127.0.0.1"}, claimed: eve},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := newSerializers(&config.Config{
				AcceptedDomains: []config.Domain{"contoso.example"}, Clients: config.Clients{TokenSerialization: tt.listed},
			})
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.scope(authn.NewContext(t.Context(), tt.sender), tt.claimed)
			var code freebusy.Code
			if refusal, ok := errors.AsType[*freebusy.Error](err); ok {
				code = refusal.Code
			}
			if got.Requester != tt.want || code != tt.code {
				t.Errorf("got %q, %q, want %q, %q", got.Requester, code, tt.want, tt.code)
			}
		})
	}
}
