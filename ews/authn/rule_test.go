package authn

import "testing"

func TestRules(t *testing.T) {
	var (
		kerberos = Identity{Mechanism: Kerberos, Name: "EX2010$", Realm: "CONTOSO.COM", Domain: "CONTOSO", SID: "S-1-5-21-1-2-3-1103", Groups: []string{"S-1-5-21-1-2-3-1600"}}
		ntlm     = Identity{Mechanism: NTLM, Name: "EX2007$", Realm: "CONTOSO"}
		basic    = Identity{Mechanism: Basic, Name: "loadtest"}
		cert     = Identity{Mechanism: Certificate, Name: "monitor.contoso.com"}
		network  = Identity{Mechanism: Network, Name: "127.0.0.1"}
	)
	tests := map[string]struct {
		rules []string
		id    Identity
		want  bool
	}{
		"a Kerberos principal":                        {[]string{"EX2010$@CONTOSO.COM"}, kerberos, true},
		"a Kerberos principal in other case":          {[]string{"ex2010$@contoso.com"}, kerberos, true},
		"a Kerberos principal of another realm":       {[]string{"EX2010$@FABRIKAM.COM"}, kerberos, false},
		"an NTLM account":                             {[]string{`CONTOSO\EX2007$`}, ntlm, true},
		"an NTLM account is no Kerberos principal":    {[]string{"EX2007$@CONTOSO"}, ntlm, false},
		"an account by its NetBIOS domain":            {[]string{`contoso\EX2010$`}, kerberos, true},
		"an account of another NetBIOS domain":        {[]string{`FABRIKAM\EX2010$`}, kerberos, false},
		"a ticket that names no NetBIOS domain":       {[]string{`CONTOSO\EX2010$`}, Identity{Mechanism: Kerberos, Name: "EX2010$", Realm: "CONTOSO.COM"}, false},
		"a realm is no NetBIOS domain":                {[]string{`CONTOSO.COM\EX2010$`}, kerberos, false},
		"a NetBIOS domain is no realm":                {[]string{"EX2010$@CONTOSO"}, kerberos, false},
		"the sign for kelvin is no K":                 {[]string{"K$@CONTOSO.COM"}, Identity{Mechanism: Kerberos, Name: "\u212a$", Realm: "CONTOSO.COM"}, false},
		"a name that holds the realm":                 {[]string{"EX2010$@CONTOSO.COM"}, Identity{Mechanism: Kerberos, Name: "EX2010$@CONTOSO.COM", Realm: "EVIL.COM"}, false},
		"bytes that are no text":                      {[]string{"\xff@CONTOSO.COM"}, Identity{Mechanism: Kerberos, Name: "\xfe", Realm: "CONTOSO.COM"}, false},
		"its own SID":                                 {[]string{"sid:S-1-5-21-1-2-3-1103"}, kerberos, true},
		"the SID of a group":                          {[]string{"sid:s-1-5-21-1-2-3-1600"}, kerberos, true},
		"another SID":                                 {[]string{"sid:S-1-5-21-1-2-3-1"}, kerberos, false},
		"no SID at all":                               {[]string{"sid:S-1-5-21-1-2-3-1"}, basic, false},
		"a Basic user":                                {[]string{"basic:loadtest"}, basic, true},
		"a Basic user in other case":                  {[]string{"basic:LoadTest"}, basic, false},
		"a certificate is no Basic user":              {[]string{"basic:monitor.contoso.com"}, cert, false},
		"a certificate":                               {[]string{"cert:monitor.contoso.com"}, cert, true},
		"a Basic user that looks like a principal":    {[]string{"EX2010$@CONTOSO.COM"}, Identity{Mechanism: Basic, Name: "EX2010$@CONTOSO.COM"}, false},
		"the second of two rules":                     {[]string{"basic:a", "basic:loadtest"}, basic, true},
		"nobody is named":                             {nil, basic, false},
		"an anonymous network is allowed by its list": {nil, network, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			rules, err := ParseRules(tt.rules)
			if err != nil {
				t.Fatal(err)
			}
			if got := rules.Name(tt.id); tt.id.Mechanism == Network && got {
				t.Errorf("%q names %v, which no rule can", tt.rules, tt.id)
			}
			if got := rules.Allow(tt.id); got != tt.want {
				t.Errorf("%q allows %v: %t, want %t", tt.rules, tt.id, got, tt.want)
			}
			if tt.want && tt.id.Mechanism != Network && tt.id.SID == "" {
				if again, err := ParseRule(tt.id.String()); err != nil || !again.Matches(tt.id) {
					t.Errorf("%q, as the page shows it, does not name %v: %v", tt.id.String(), tt.id, err)
				}
			}
		})
	}
}

func TestBadRulesAreRefused(t *testing.T) {
	for _, bad := range []string{"", "*", "EX2010$", "@CONTOSO", `\EX2010$`, "basic:", "ldap:x", "sid:"} {
		if r, err := ParseRule(bad); err == nil {
			t.Errorf("ParseRule(%q) = %v, want an error", bad, r)
		}
	}
}
