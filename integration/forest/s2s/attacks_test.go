package s2s

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// attack is a token that must not pass, and the diagnostics it gets.
type attack struct {
	token string
	code  int
	host  string // that is called; "" is ewsHost
}

func refused(token string, code int) attack { return attack{token: token, code: code} }

// hs256 signs as if the public certificate were a shared secret.
func hs256(d Draft, key []byte) string {
	return d.Header("alg", "HS256").Header("x5t", keys().acs.X5T()).Compact(func(input []byte) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write(input)
		return mac.Sum(nil)
	})
}

// junk is a token with a signature that nobody made.
func junk(d Draft, x5t string) string {
	return d.Header("x5t", x5t).Compact(func([]byte) []byte { return []byte{0, 0, 0} })
}

func raw(text string) json.RawMessage { return json.RawMessage(text) }

// realm swaps the tenant of a claim for another.
func realm(text string) string { return strings.Replace(text, tenant, otherTenant, 1) }

// unsignedAttacks are tokens that want to pass without any signature (A1, A2,
// A7 and A9 after CVE-2023-29357 and CVE-2026-55040).
func unsignedAttacks() map[string]attack {
	actor := actorDraft().Sign(keys().acs)
	own := Actor(exchange, exchange, service, Living(now, time.Hour))
	noActor := outerDraft("").Claim("actortoken", nil)
	return map[string]attack{
		"A1 outer without an actor token":          refused(noActor.Unsigned(), InvalidToken),
		"A1 hashedprooftoken":                      refused(noActor.Claim("ver", "hashedprooftoken").Unsigned(), InvalidToken),
		"A1 claims of an actor token, unsigned":    refused(actorDraft().Header("alg", "none").Unsigned(), InvalidToken),
		"A2 the server's own certificate and junk": refused(outerDraft(junk(own, keys().own.X5T())).Unsigned(), InvalidTenant),
		"A2 own certificate in the issuer's name":  refused(outerDraft(junk(actorDraft(), keys().own.X5T())).Unsigned(), InvalidSignature),
		"A2 the issuer's certificate and junk":     refused(outerDraft(junk(actorDraft(), keys().acs.X5T())).Unsigned(), InvalidSignature),
		"A2 the issuer's certificate, app-only":    refused(junk(actorDraft(), keys().acs.X5T()), InvalidSignature),
		"A2 signed by a key that is not trusted":   refused(outerDraft(own.Sign(keys().own)).Unsigned(), InvalidTenant),
		"A7 an unsigned actor token":               refused(outerDraft(actorDraft().Header("alg", "none").Unsigned()).Unsigned(), InvalidSignature),
		"A7 an unsigned actor token with x5t":      refused(outerDraft(actorDraft().Header("alg", "none").Header("x5t", keys().acs.X5T()).Unsigned()).Unsigned(), InvalidSignature),
		"A9 outer none with a third segment":       refused(outerDraft(actor).Unsigned()+"AAAA", InvalidSignature),
	}
}

// keyAttacks are about who signed, and how (A6, A8).
func keyAttacks() map[string]attack {
	certificate := keys().acs.Certificate.Raw
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	attacks := map[string]attack{
		"A6 HS256 with the certificate":     refused(hs256(actorDraft(), certificate), InvalidSignature),
		"A6 HS256 with the certificate PEM": refused(hs256(actorDraft(), block), InvalidSignature),
		"A6 HS256 inside":                   refused(outerDraft(hs256(actorDraft(), certificate)).Unsigned(), InvalidSignature),
		"A6 outer alg None":                 refused(outerDraft(actorDraft().Sign(keys().acs)).Header("alg", "None").Unsigned(), InvalidToken),
		"A6 outer alg nOnE":                 refused(outerDraft(actorDraft().Sign(keys().acs)).Header("alg", "nOnE").Unsigned(), InvalidToken),
		"A6 no alg":                         refused(actorDraft().Header("alg", nil).Sign(keys().acs), InvalidSignature),
		"A6 alg as an array":                refused(actorDraft().Header("alg", []string{"RS256"}).Sign(keys().acs), InvalidSignature),
		"A8 right x5t, wrong key":           refused(actorDraft().Header("x5t", keys().acs.X5T()).Sign(keys().stranger), InvalidSignature),
		"A8 own x5t, unknown certificate":   refused(actorDraft().Sign(keys().stranger), InvalidSignature),
		"A8 no x5t":                         refused(actorDraft().Header("x5t", nil).Sign(keys().acs), InvalidSignature),
		"A8 another issuer's key":           refused(actorDraft().Sign(keys().fabrikam), InvalidSignature),
		"A8 outer signed by its own user":   refused(outerDraft(actorDraft().Sign(keys().acs)).Header("alg", "RS256").Header("x5t", keys().acs.X5T()).Sign(keys().stranger), InvalidToken),
	}
	for _, alg := range []string{"None", "nOnE", "rs256", "RS512", "PS256", "ES256"} {
		attacks["A6 alg "+alg] = refused(actorDraft().Header("alg", alg).Sign(keys().acs), InvalidSignature)
	}
	return attacks
}

// tenantAttacks carry a token of one tenant into another (A3, CVE-2025-55241):
// every one of the five realms swapped alone, and all of them together.
func tenantAttacks() map[string]attack {
	actor := actorDraft().Sign(keys().acs)
	swapped := func(claim string) string {
		text := map[string]Principal{"iss": acsIssuer, "nameid": exchange, "aud": service}[claim].String()
		return actorDraft().Claim(claim, realm(text)).Sign(keys().acs)
	}
	outside := func(actor string) Draft {
		return outerDraft(actor).Claim("iss", realm(exchange.String())).Claim("aud", realm(service.String()))
	}
	elsewhere := actorDraft().Claim("iss", realm(acsIssuer.String())).Claim("nameid", realm(exchange.String())).Claim("aud", realm(service.String())).Sign(keys().acs)
	fabrikamsActor := Actor(fabrikam, fabrikam, service, Living(now, time.Hour))
	return map[string]attack{
		"A3 actor.iss":                          refused(swapped("iss"), InvalidTenant),
		"A3 actor.nameid":                       refused(swapped("nameid"), InvalidTenant),
		"A3 actor.aud":                          refused(swapped("aud"), InvalidTenant),
		"A3 actor.iss, inside":                  refused(outerDraft(swapped("iss")).Unsigned(), InvalidTenant),
		"A3 actor.nameid, inside":               refused(outerDraft(swapped("nameid")).Unsigned(), InvalidTenant),
		"A3 actor.aud, inside":                  refused(outerDraft(swapped("aud")).Unsigned(), InvalidTenant),
		"A3 outer.iss":                          refused(outerDraft(actor).Claim("iss", realm(exchange.String())).Unsigned(), InvalidToken),
		"A3 outer.aud":                          refused(outerDraft(actor).Claim("aud", realm(service.String())).Unsigned(), InvalidResource),
		"A3 outer.iss and outer.aud":            refused(outside(actor).Unsigned(), InvalidToken),
		"A3 a whole token of another tenant":    refused(elsewhere, InvalidTenant),
		"A3 another tenant's around ours":       refused(outside(elsewhere).Unsigned(), InvalidTenant),
		"A3 our user around another's actor":    refused(outerDraft(elsewhere).Unsigned(), InvalidTenant),
		"A3 a forest that vouches for our own":  refused(fabrikamsActor.Claim("nameid", exchange.String()).Sign(keys().fabrikam), InvalidTenant),
		"A3 a forest that speaks as ACS":        refused(fabrikamsActor.Claim("iss", acsIssuer.String()).Sign(keys().fabrikam), InvalidSignature),
		"A3 a forest whose aud is its own":      refused(fabrikamsActor.Claim("aud", ExchangePrincipal+"/"+ewsHost+"@"+otherForest).Sign(keys().fabrikam), InvalidTenant),
		"A3 a nameid in another case":           refused(actorDraft().Claim("nameid", strings.ToUpper(exchange.String())).Sign(keys().acs), InvalidGrant),
		"A3 a partner that is none":             refused(actorDraft().Claim("nameid", ACSPrincipal+"@"+tenant).Sign(keys().acs), InvalidGrant),
		"A3 an issuer nobody knows":             refused(actorDraft().Claim("iss", "sts@"+tenant).Sign(keys().acs), InvalidToken),
		"A3 China's issuer with worldwide keys": refused(actorDraft().Claim("iss", ACSPrincipalChina+"@"+tenant).Sign(keys().acs), InvalidToken),
	}
}

// audienceAttacks are tokens for somebody else (A10), and those for a host that
// was called but is not ours.
func audienceAttacks() map[string]attack {
	meant := func(aud any) string { return actorDraft().Claim("aud", aud).Sign(keys().acs) }
	attacks := map[string]attack{
		"A10 an array": refused(meant([]string{service.String()}), InvalidResource),
		"A10 missing":  refused(meant(nil), InvalidResource),
	}
	for _, host := range []string{"wild.test", "a.b.wild.test", ewsHost + ".", "sub." + ewsHost, "*.wild.test", "evilwild.test"} {
		aud := ExchangePrincipal + "/" + host + "@" + tenant
		attacks["A10 calling "+host] = attack{token: meant(aud), code: InvalidResource, host: host}
		attacks["A10 naming "+host] = refused(meant(aud), InvalidResource)
	}
	for name, aud := range map[string]string{
		"another host":       ExchangePrincipal + "/mail.forest-b.test@" + tenant,
		"SharePoint":         "00000003-0000-0ff1-ce00-000000000000/" + ewsHost + "@" + tenant,
		"two parts":          exchange.String(),
		"four parts":         ExchangePrincipal + "/" + ewsHost + "/EWS@" + tenant,
		"a URL":              "https://" + ewsHost,
		"a port":             ExchangePrincipal + "/" + ewsHost + ":443@" + tenant,
		"an upper-case id":   strings.ToUpper(service.String()),
		"a NUL in the host":  ExchangePrincipal + "/" + ewsHost + "\x00@" + tenant,
		"a space in the end": service.String() + " ",
	} {
		attacks["A10 "+name] = refused(meant(aud), InvalidResource)
	}
	return attacks
}

// delegationAttacks use an actor token for a user although it is none for users,
// or for one who is not there (A11).
func delegationAttacks() map[string]attack {
	attacks := map[string]attack{}
	for name, value := range map[string]any{"missing": nil, "false": "false", "a boolean": true, "upper-case": "TRUE"} {
		attacks["A11 "+name] = refused(outerDraft(actorDraft().Claim("trustedfordelegation", value).Sign(keys().acs)).Unsigned(), InvalidGrant)
	}
	actor := actorDraft().Sign(keys().acs)
	for name, user := range map[string]User{
		"nobody": {}, "an unknown user": {SMTP: "gone@forest-b.test"}, "an ambiguous user": {SMTP: "twins@forest-b.test"},
		"two users at once": {SMTP: lin, UPN: "twins@forest-b.test"},
	} {
		attacks["A11 "+name] = refused(Outer(exchange, service, actor, user, Living(now, time.Hour)).Unsigned(), InvalidUser)
	}
	return attacks
}

// lifetimeAttacks are too old, too young or too long (A12), for either token.
func lifetimeAttacks() map[string]attack {
	attacks := map[string]attack{
		"A12 outlives its actor": refused(Outer(exchange, service, Actor(acsIssuer, exchange, service, Living(now, time.Hour)).Sign(keys().acs),
			User{SMTP: lin}, Living(now, 8*time.Hour)).Unsigned(), InvalidToken),
	}
	const year = 365 * 24 * time.Hour
	for name, change := range map[string]func(Draft) Draft{
		"expired": func(d Draft) Draft {
			return d.Claim("exp", seconds(now.Add(-301*time.Second))).Claim("nbf", seconds(now.Add(-time.Hour)))
		},
		"not yet":        func(d Draft) Draft { return d.Claim("nbf", seconds(now.Add(301*time.Second))) },
		"no exp":         func(d Draft) Draft { return d.Claim("exp", nil) },
		"no nbf":         func(d Draft) Draft { return d.Claim("nbf", nil) },
		"exp 0":          func(d Draft) Draft { return d.Claim("exp", 0) },
		"exp \"0\"":      func(d Draft) Draft { return d.Claim("exp", "0") },
		"exp abc":        func(d Draft) Draft { return d.Claim("exp", "abc") },
		"exp 1e99":       func(d Draft) Draft { return d.Claim("exp", raw("1e99")) },
		"exp a fraction": func(d Draft) Draft { return d.Claim("exp", raw("1790000000.5")) },
		"exp negative":   func(d Draft) Draft { return d.Claim("exp", -1) },
		"exp with sign":  func(d Draft) Draft { return d.Claim("exp", "+"+seconds(now.Add(time.Hour))) },
		"exp null":       func(d Draft) Draft { return d.Claim("exp", raw("null")) },
		"exp an array":   func(d Draft) Draft { return d.Claim("exp", []int64{now.Add(time.Hour).Unix()}) },
		"far too large":  func(d Draft) Draft { return d.Claim("exp", "9223372036854775807") },
		"ten years":      func(d Draft) Draft { return d.Claim("exp", seconds(now.Add(10*year))) },
		"reversed": func(d Draft) Draft {
			return d.Claim("nbf", seconds(now.Add(2*time.Minute))).Claim("exp", seconds(now.Add(time.Minute)))
		},
	} {
		attacks["A12 "+name] = refused(change(actorDraft()).Sign(keys().acs), InvalidToken)
		attacks["A12 outer "+name] = refused(change(outerDraft(actorDraft().Sign(keys().acs))).Unsigned(), InvalidToken)
	}
	return attacks
}

// structureAttacks mean one thing to one reader and another to the next (A13).
func structureAttacks() map[string]attack {
	actor := actorDraft().Sign(keys().acs)
	segments := strings.Split(actor, ".")
	padded := base64.URLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"none"}  `))
	tokens := map[string]string{
		"alg twice":                  actorDraft().ExtraHeader("alg", "none").Sign(keys().acs),
		"iss twice":                  actorDraft().ExtraClaim("iss", acsIssuer.String()).Sign(keys().acs),
		"iss and ISS":                actorDraft().ExtraClaim("ISS", "evil").Sign(keys().acs),
		"ISS alone":                  actorDraft().Claim("iss", nil).Claim("ISS", acsIssuer.String()).Sign(keys().acs),
		"iss with a long s":          actorDraft().ExtraClaim("i\u017f\u017f", "evil").Sign(keys().acs),
		"an unknown claim twice":     actorDraft().ExtraClaim("ver", "1").ExtraClaim("Ver", "2").Sign(keys().acs),
		"actor inside actor":         actorDraft().Claim("actortoken", actor).Sign(keys().acs),
		"actor inside actor, outer":  outerDraft(actorDraft().Claim("actortoken", actor).Sign(keys().acs)).Unsigned(),
		"outer inside outer":         outerDraft(outerDraft(actor).Unsigned()).Unsigned(),
		"actortoken as an object":    outerDraft(actor).Claim("actortoken", map[string]string{"token": actor}).Unsigned(),
		"actortoken empty":           outerDraft("").Unsigned(),
		"two segments":               segments[0] + "." + segments[1],
		"four segments":              actor + "." + segments[2],
		"five segments":              actor + ".a.b",
		"many dots":                  strings.Repeat(".", 5000),
		"a megabyte":                 actorDraft().Claim("pad", strings.Repeat("x", 1<<20)).Sign(keys().acs),
		"padded base64":              padded + "." + segments[1] + "." + segments[2],
		"standard base64":            "+/" + actor,
		"a line break":               segments[0] + "." + segments[1] + ".\n" + segments[2],
		"a NUL":                      actor + "\x00",
		"bits left over":             segments[0] + "." + segments[1] + "." + segments[2][:len(segments[2])-1] + "B",
		"claims that are no object":  segments[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`["iss"]`)) + "." + segments[2],
		"claims that do not end":     segments[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"a"`)) + "." + segments[2],
		"two objects":                segments[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"a"}{"iss":"b"}`)) + "." + segments[2],
		"claims that are not UTF-8":  segments[0] + "." + base64.RawURLEncoding.EncodeToString([]byte("{\"iss\":\"\xff\"}")) + "." + segments[2],
		"another typ":                actorDraft().Header("typ", "at+jwt").Sign(keys().acs),
		"no typ":                     actorDraft().Header("typ", nil).Sign(keys().acs),
		"nothing at all in segments": "..",
	}
	for _, name := range []string{"jku", "jwk", "x5u", "x5c", "crit", "enc", "zip", "JKU"} {
		tokens["header "+name] = actorDraft().ExtraHeader(name, "x").Sign(keys().acs)
	}
	attacks := map[string]attack{}
	for name, token := range tokens {
		attacks["A13 "+name] = attack{token: token, code: InvalidToken}
	}
	return attacks
}

func TestVerifierRefusesForgeries(t *testing.T) {
	v := testVerifier()
	for _, attacks := range []func() map[string]attack{
		unsignedAttacks, keyAttacks, tenantAttacks, audienceAttacks, delegationAttacks, lifetimeAttacks, structureAttacks,
	} {
		for name, a := range attacks() {
			t.Run(name, func(t *testing.T) {
				caller, refusal := v.Verify("Bearer "+a.token, cmp.Or(a.host, ewsHost), now)
				if refusal == nil {
					t.Fatalf("passed as %+v", caller)
				}
				if refusal.Code != a.code || refusal.Status != http.StatusUnauthorized || caller != (Caller{}) {
					t.Errorf("got %+v and %v, want code %d, status 401 and nobody", caller, refusal, a.code)
				}
			})
		}
	}
}

// A4 asks that nothing prints a key.
func TestKeyPairDoesNotPrint(t *testing.T) {
	k := keys().acs
	text, err := json.Marshal(k)
	if got := k.String() + k.GoString() + k.LogValue().String() + string(text); err != nil || got != `(secret)(secret)(secret)"(secret)"` {
		t.Errorf("printed %s, %v", got, err)
	}
}

// A5 is the Exchange identity token that names where its keys are.
func TestVerifierFollowsNoURL(t *testing.T) {
	var asked atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusOK)
	}))
	defer trap.Close()
	forged := actorDraft().Claim("appctx", `{"msexchuid":"1","version":"ExIdTok.V1","amurl":"`+trap.URL+`/autodiscover/metadata/json/1"}`)
	for name, token := range map[string]string{
		"amurl":      forged.Sign(keys().stranger),
		"jku":        forged.ExtraHeader("jku", trap.URL).Sign(keys().stranger),
		"x5u":        forged.ExtraHeader("x5u", trap.URL).Sign(keys().stranger),
		"iss as URL": forged.Claim("iss", trap.URL).Sign(keys().stranger),
	} {
		t.Run(name, func(t *testing.T) {
			if _, refusal := testVerifier().Verify("Bearer "+token, ewsHost, now); refusal == nil {
				t.Error("passed")
			}
			if asked.Load() > 0 {
				t.Error("the address in the token was asked")
			}
		})
	}
}
