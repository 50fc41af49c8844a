package sspi

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"availproxy/ews/authn"
)

func TestIdentities(t *testing.T) {
	const sid = "S-1-5-21-1-2-3-1104"
	tests := map[string]struct {
		caller Caller
		want   *authn.Identity // nil: nobody
		reason authn.Reason
	}{
		"by Kerberos": {Caller{KerberosPackage, `CONTOSO\EX2010$`, "EX2010$@CONTOSO.EXAMPLE", sid, nil},
			&authn.Identity{Mechanism: authn.Kerberos, Name: "EX2010$", Realm: "CONTOSO.EXAMPLE", Domain: "CONTOSO", SID: sid}, ""},
		"by Kerberos, of a realm that Windows does not tell": {Caller{KerberosPackage, `CONTOSO\EX2010$`, "", sid, nil},
			&authn.Identity{Mechanism: authn.Kerberos, Name: "EX2010$", Domain: "CONTOSO", SID: sid}, ""},
		"by Kerberos, with a name of another form": {Caller{KerberosPackage, `CONTOSO\EX2010$`, `CONTOSO\EX2010$`, sid, nil},
			&authn.Identity{Mechanism: authn.Kerberos, Name: "EX2010$", Domain: "CONTOSO", SID: sid}, ""},
		"by Kerberos, with two at signs": {Caller{KerberosPackage, `CONTOSO\alice`, "alice@contoso.com@CONTOSO.EXAMPLE", sid, nil},
			&authn.Identity{Mechanism: authn.Kerberos, Name: "alice", Realm: "CONTOSO.EXAMPLE", Domain: "CONTOSO", SID: sid}, ""},
		"by NTLM": {Caller{NTLMPackage, `CONTOSO\EX2007$`, "", sid, nil},
			&authn.Identity{Mechanism: authn.NTLM, Name: "EX2007$", Realm: "CONTOSO", SID: sid}, ""},
		"groups of a domain, and no others": {Caller{NTLMPackage, `CONTOSO\EX2007$`, "", sid, []Group{
			{"S-1-5-21-1-2-3-515", 7}, {"S-1-5-21-1-2-3-1103", 7}, // enabled
			{"S-1-5-21-1-2-3-1105", 0x10}, {"S-1-5-21-1-2-3-1106", 0x17}, {"S-1-5-21-1-2-3-1107", 3}, // for denials alone, or off
			{"S-1-1-0", 7}, {"S-1-5-2", 7}, {"S-1-5-11", 7}, {"S-1-5-32-545", 7}, {"S-1-5-64-10", 7}, {"S-1-16-8448", 0x60}, // everybody has those
		}}, &authn.Identity{Mechanism: authn.NTLM, Name: "EX2007$", Realm: "CONTOSO", SID: sid, Groups: []string{"S-1-5-21-1-2-3-515", "S-1-5-21-1-2-3-1103"}}, ""},
		"the anonymous logon":       {Caller{NTLMPackage, `NT AUTHORITY\ANONYMOUS LOGON`, "", "S-1-5-7", nil}, nil, "anonymous_logon"},
		"Guest":                     {Caller{NTLMPackage, `PROXY\Guest`, "", "S-1-5-21-1-2-3-501", nil}, nil, "anonymous_logon"},
		"an account without a name": {Caller{NTLMPackage, `CONTOSO\`, "", sid, nil}, nil, authn.Internal},
		"nothing but a name":        {Caller{NTLMPackage, `EX2007$`, "", sid, nil}, nil, authn.Internal},
		"an account without a SID":  {Caller{NTLMPackage, `CONTOSO\EX2007$`, "", "", nil}, nil, authn.Internal},
		"by a package of others":    {Caller{"pku2u", `CONTOSO\alice`, "", sid, nil}, nil, authn.NoMechanism},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := tt.caller.identity()
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			refusal, _ := errors.AsType[*authn.Refusal](err)
			if (refusal != nil) != (tt.want == nil) || refusal != nil && refusal.Reason != tt.reason {
				t.Errorf("refused: %v, want %s", err, tt.reason)
			}
		})
	}
}
