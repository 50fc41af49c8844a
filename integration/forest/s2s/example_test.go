package s2s_test

import (
	"crypto/x509"
	"fmt"
	"time"

	"availproxy/integration/forest/s2s"
)

// A forest that trusts another one's certificate, and what it says to a token
// that was meant for a different server.
func ExampleVerifier() {
	now := time.Now()
	auth, err := s2s.NewKeyPair("Microsoft Exchange Server Auth Certificate", now)
	if err != nil {
		fmt.Println(err)
		return
	}
	fabrikam := s2s.Principal{ID: s2s.ExchangePrincipal, Realm: "fabrikam.test"}
	verifier := &s2s.Verifier{
		Hosts: []string{"ews.contoso.test"},
		Issuers: []s2s.Issuer{{
			Name: fabrikam.String(), Certificates: []*x509.Certificate{auth.Certificate},
			Partners: []string{fabrikam.String()}, AudienceRealm: "contoso.test",
		}},
	}
	for _, host := range []string{"ews.contoso.test", "mail.contoso.test"} {
		audience := s2s.Principal{ID: s2s.ExchangePrincipal, Host: host, Realm: "contoso.test"}
		token := s2s.Actor(fabrikam, fabrikam, audience, s2s.Living(now, 8*time.Hour)).Sign(auth)
		caller, refusal := verifier.Verify("Bearer "+token, "ews.contoso.test", now)
		if refusal != nil {
			fmt.Println(refusal)
			continue
		}
		fmt.Println(caller.Actor)
	}
	// Output:
	// 00000002-0000-0ff1-ce00-000000000000@fabrikam.test
	// 2000003;reason="The hostname component of the audience claim value is invalid. Expected 'https://ews.contoso.test'. Actual 'https://mail.contoso.test'.";error_category="invalid_resource"
}

// One good draft yields many bad tokens.
func ExampleDraft() {
	at := time.Unix(1763900000, 0)
	self := s2s.Principal{ID: s2s.ExchangePrincipal, Realm: "fabrikam.test"}
	good := s2s.Actor(self, self, self, s2s.Lives{From: at, Until: at.Add(time.Hour)})
	bad := good.Claim("nameid", nil).ExtraClaim("iss", "evil").Header("alg", "none").Header("x5t", nil)
	fmt.Println(len(good.Unsigned()) > len(bad.Unsigned()))
	fmt.Println(s2s.Draft{}.Header("alg", "none").Claim("exp", "0").Unsigned())
	// Output:
	// true
	// eyJhbGciOiJub25lIn0.eyJleHAiOiIwIn0.
}
