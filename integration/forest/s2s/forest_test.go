package s2s

import (
	"crypto/x509"
	"os"
	"sync"
	"testing"
	"time"
)

// The parties of all tests: a tenant that trusts ACS, another forest that signs
// for itself, and a stranger.
const (
	tenant      = "11111111-2222-3333-4444-555555555555"
	otherTenant = "99999999-8888-7777-6666-555555555555"
	otherForest = "fabrikam.test"
	ewsHost     = "ews.forest-b.test"
	acsHost     = "accounts.accesscontrol.test"
	lin         = "lin@forest-b.test"
)

var (
	now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

	acsIssuer = Principal{ID: ACSPrincipal, Realm: tenant}
	exchange  = Principal{ID: ExchangePrincipal, Realm: tenant}
	fabrikam  = Principal{ID: ExchangePrincipal, Realm: otherForest}
	service   = Principal{ID: ExchangePrincipal, Host: ewsHost, Realm: tenant}
)

// keys are made once, since making them is the slowest thing here.
var keys = sync.OnceValue(func() (k struct{ acs, client, fabrikam, own, stranger KeyPair }) {
	made := time.Now().Add(-24 * time.Hour)
	for _, pair := range []*KeyPair{&k.acs, &k.client, &k.fabrikam, &k.own, &k.stranger} {
		var err error
		if *pair, err = NewKeyPair("Microsoft Exchange Server Auth Certificate", made); err != nil {
			panic(err)
		}
	}
	return k
})

func testVerifier() *Verifier {
	return &Verifier{
		Hosts: []string{ewsHost, "*.wild.test"},
		Issuers: []Issuer{
			{Name: acsIssuer.String(), Certificates: certificates(keys().acs), Partners: []string{exchange.String()}},
			{Name: fabrikam.String(), Certificates: certificates(keys().fabrikam), Partners: []string{fabrikam.String()}, AudienceRealm: tenant},
		},
		Users: func(claim string) []string {
			return map[string][]string{
				lin: {lin}, "10037ffe8c2b1a00": {lin},
				"twins@forest-b.test": {"castor@forest-b.test", "pollux@forest-b.test"},
			}[claim]
		},
	}
}

// actorDraft is an actor token as ACS gives it.
func actorDraft() Draft { return Actor(acsIssuer, exchange, service, Living(now, 24*time.Hour)) }

// outerDraft is a token for Lin around that actor token.
func outerDraft(actorToken string) Draft {
	user := User{UPN: lin, SMTP: lin, SIP: lin, NameID: "10037ffe8c2b1a00", NII: "urn:federation:MicrosoftOnline"}
	return Outer(exchange, service, actorToken, user, Living(now, 8*time.Hour))
}

// missing skips a test for want of a tool, or fails it where all must be there.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("AVAILPROXY_REQUIRE_ALL") == "1" {
		t.Fatalf("%s is needed and not there", what)
	}
	t.Skipf("%s is not there", what)
}

func certificates(pairs ...KeyPair) []*x509.Certificate {
	var all []*x509.Certificate
	for _, k := range pairs {
		all = append(all, k.Certificate)
	}
	return all
}
