package oauth

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestEpochReadsStringsAndNumbers(t *testing.T) {
	tests := map[string]struct {
		json string
		want epoch
		bad  bool
	}{
		"quoted, as Exchange writes it": {json: `"1753216953"`, want: 1753216953},
		"bare, as ACS writes it":        {json: `1753216953`, want: 1753216953},
		"zero":                          {json: `0`, bad: true},
		"negative":                      {json: `-1`, bad: true},
		"a fraction":                    {json: `1753216953.5`, bad: true},
		"an exponent":                   {json: `1e99`, bad: true},
		"a quoted exponent":             {json: `"1e9"`, bad: true},
		"words":                         {json: `"abc"`, bad: true},
		"an empty string":               {json: `""`, bad: true},
		"a sign":                        {json: `"+1753216953"`, bad: true},
		"after the year 9999":           {json: `253402300800`, bad: true},
		"null":                          {json: `null`, bad: true},
		"a list":                        {json: `[1753216953]`, bad: true},
		"white space":                   {json: `" 1753216953"`, bad: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got epoch
			err := json.Unmarshal([]byte(tt.json), &got)
			if got != tt.want || (err != nil) != tt.bad {
				t.Errorf("%s is read as %d, %v; want %d, error %v", tt.json, got, err, tt.want, tt.bad)
			}
		})
	}
}

func TestSelfIssuedTokensHaveTheseClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &SelfIssuer{Certificates: Certificates{Current: certificate(t, 0)}, Realm: realm}
		resource := Principal{ExchangeID, "mail.fabrikam.com", "fabrikam.com"}
		for _, delegation := range []bool{false, true} {
			actor, err := s.ActorToken(t.Context(), resource, delegation)
			if err != nil {
				t.Fatal(err)
			}
			if !delegation {
				golden(t, "actor-application.golden.json", shown(t, actor.Token))
				continue
			}
			golden(t, "actor-delegation.golden.json", shown(t, actor.Token))
			outer, err := actor.ForUser(anna)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "outer.golden.json", shown(t, outer))
			if !strings.HasPrefix(outer.Reveal(), outerHeader+".") || !strings.HasSuffix(outer.Reveal(), ".") {
				t.Errorf("the outer token has not the unsigned shape: %.60s", outer.Reveal())
			}
			if got, want := outer.Expires, time.Now().Add(time.Hour); !got.Equal(want) {
				t.Errorf("the outer token expires at %s, want %s", got, want)
			}
		}
	})
}

// shown is what Inspect shows, without the x5t, which differs from run to run.
func shown(t *testing.T, token Token) []byte {
	t.Helper()
	i, err := Inspect(token.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	for each := i; each != nil; each = each.Actor {
		if x5t, ok := each.Header["x5t"].(string); ok && len(x5t) == 27 {
			each.Header["x5t"] = "27 characters"
		}
	}
	data, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

func TestStockLibraryReadsSelfIssuedTokens(t *testing.T) {
	cert := certificate(t, 0)
	s := &SelfIssuer{Certificates: Certificates{Current: cert}, Realm: realm}
	actor, err := s.ActorToken(t.Context(), Principal{ExchangeID, "mail.fabrikam.com", "fabrikam.com"}, false)
	if err != nil {
		t.Fatal(err)
	}
	var got jwt.RegisteredClaims
	parsed, err := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired()).
		ParseWithClaims(actor.Reveal(), &got, func(*jwt.Token) (any, error) { return cert.X509.PublicKey, nil })
	if err != nil || parsed.Header["x5t"] != cert.X5T() || parsed.Header["typ"] != "JWT" {
		t.Fatalf("header %v, %v", parsed.Header, err)
	}
	if life := got.ExpiresAt.Sub(got.NotBefore.Time); life != 8*time.Hour+5*time.Minute || got.Issuer != ExchangeID+"@"+realm {
		t.Errorf("issuer %s, life %s", got.Issuer, life)
	}
}

func TestOpenSSLVerifiesSelfIssuedTokens(t *testing.T) {
	cert := certificate(t, 0)
	s := &SelfIssuer{Certificates: Certificates{Current: cert}, Realm: realm}
	actor, err := s.ActorToken(t.Context(), Principal{ExchangeID, "mail.fabrikam.com", "fabrikam.com"}, false)
	if err != nil {
		t.Fatal(err)
	}
	segments := strings.Split(actor.Reveal(), ".")
	signature, err := base64.RawURLEncoding.DecodeString(segments[2])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	signed := write(t, dir, "signed", []byte(segments[0]+"."+segments[1]))
	write(t, dir, "signature", signature)
	public := write(t, dir, "public.pem", openssl(t, "x509", "-in", write(t, dir, "cert.pem", cert.PEM()), "-noout", "-pubkey"))
	out := openssl(t, "dgst", "-sha256", "-verify", public, "-signature", filepath.Join(dir, "signature"), signed)
	if !bytes.Contains(out, []byte("Verified OK")) {
		t.Errorf("openssl says %s", out)
	}
}

func TestSelfIssuedTokensAreKept(t *testing.T) {
	resource := Principal{ExchangeID, "mail.fabrikam.com", "fabrikam.com"}
	elsewhere := Principal{ExchangeID, "mail.litware.com", "fabrikam.com"}
	tests := map[string]struct {
		after      time.Duration
		resource   Principal
		delegation bool
		drop       bool
		rollover   bool // an hour after the first token another certificate signs
		want       bool // the same token again
	}{
		"at once":                        {resource: resource, want: true},
		"until shortly before expiry":    {resource: resource, after: 8*time.Hour - 5*time.Minute - time.Second, want: true},
		"not to the end":                 {resource: resource, after: 8*time.Hour - 5*time.Minute},
		"not for another host":           {resource: elsewhere},
		"not for one that carries users": {resource: resource, delegation: true},
		"not when it was refused":        {resource: resource, drop: true},
		"not with the next certificate":  {resource: resource, after: 2 * time.Hour, rollover: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			certs := Certificates{Current: certificate(t, 0)}
			synctest.Test(t, func(t *testing.T) {
				if tt.rollover {
					certs.Next, certs.NextEffective = certificate(t, 1), time.Now().Add(time.Hour)
				}
				s := &SelfIssuer{Certificates: certs, Realm: realm}
				first, err := s.ActorToken(t.Context(), resource, false)
				if err != nil {
					t.Fatal(err)
				}
				if tt.drop {
					s.Drop(first)
				}
				time.Sleep(tt.after)
				second, err := s.ActorToken(t.Context(), tt.resource, tt.delegation)
				if err != nil {
					t.Fatal(err)
				}
				if same := first.held == second.held; same != tt.want {
					t.Errorf("the same token: %v, want %v", same, tt.want)
				}
			})
		})
	}
}

func TestSelfIssuerRefuses(t *testing.T) {
	good := Certificates{Current: certificate(t, 0)}
	expired, err := NewCertificate(x509Valid(t, 0, "old", time.Unix(0, 0), time.Unix(1e9, 0)), testKeys[0]())
	if err != nil {
		t.Fatal(err)
	}
	trusting := &Challenge{ClientID: ExchangeID, TrustedIssuers: []Principal{{ID: ExchangeID, Realm: realm}}}
	tests := map[string]struct {
		s         *SelfIssuer
		challenge *Challenge
		want      TokenErrorKind
	}{
		"to ask who does not trust us":        {&SelfIssuer{Certificates: good, Realm: "litware.com", TargetRealm: "x"}, trusting, ChallengeRefused},
		"to ask without a realm of our own":   {&SelfIssuer{Certificates: good, TargetRealm: "x"}, trusting, ChallengeRefused},
		"to guess the realm of the target":    {&SelfIssuer{Certificates: good, Realm: realm}, trusting, ChallengeRefused},
		"to sign with an expired certificate": {&SelfIssuer{Certificates: Certificates{Current: expired}, Realm: realm, TargetRealm: "x"}, trusting, CertificateUnusable},
		"to sign without a certificate":       {&SelfIssuer{Realm: realm, TargetRealm: "x"}, trusting, CertificateUnusable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			resource, err := tt.s.Resource(t.Context(), tt.challenge, "mail.fabrikam.com")
			if err == nil {
				_, err = tt.s.ActorToken(t.Context(), resource, false)
			}
			if te, ok := err.(*TokenError); !ok || te.Kind != tt.want || !te.Refused() {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestForUserRefuses(t *testing.T) {
	actor := actorToken("a.b.c", claims{Expires: 1, TrustedForDelegation: "true"})
	tests := map[string]struct {
		actor ActorToken
		user  string
	}{
		"an actor that may not carry users": {actorToken("a.b.c", claims{Expires: 1}), anna},
		"nobody":                            {actor, ""},
		"no address":                        {actor, "anna"},
		"an address without a name":         {actor, "@contoso.com"},
		"an address without a domain":       {actor, "anna@"},
		"a line break":                      {actor, "anna\r\n@contoso.com"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if token, err := tt.actor.ForUser(tt.user); err == nil {
				t.Errorf("got %q", token.Reveal())
			}
		})
	}
}

func TestOuterTokenDoesNotOutliveItsActor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		expires := time.Now().Add(10 * time.Minute)
		actor := actorToken("a.b.c", claims{NameID: "a@b", Audience: "c/d@e", Expires: epochOf(expires), TrustedForDelegation: "true"})
		outer, err := actor.ForUser(anna)
		if err != nil || !outer.Expires.Equal(expires) {
			t.Errorf("expires at %s, %v, want %s", outer.Expires, err, expires)
		}
	})
}

func TestKnownClaimsAreThoseOfTheStruct(t *testing.T) {
	var names []string
	for i := range reflect.TypeFor[claims]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[claims]().Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	slices.Sort(names)
	known := slices.Sorted(slices.Values(knownClaims))
	if !slices.Equal(names, known) {
		t.Errorf("the struct has %v, knownClaims %v", names, known)
	}
}

func TestAuthorizeSendsTheToken(t *testing.T) {
	h := http.Header{}
	NewToken("a.b.c", time.Time{}).Authorize(h)
	if got := h.Get("Authorization"); got != "Bearer a.b.c" {
		t.Errorf("got %q", got)
	}
	if got := (Token{}).Reveal(); got != "" {
		t.Errorf("no token is %q", got)
	}
}

// crowd runs f n times at once and returns when all are done.
func crowd(n int, f func(i int)) {
	done := make(chan struct{})
	for i := range n {
		go func() { f(i); done <- struct{}{} }()
	}
	for range n {
		<-done
	}
}

func TestFlightsShareResultsAndFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flights[string, int]
		calls := 0
		results := make([]int, 100)
		crowd(len(results), func(i int) {
			results[i], _ = f.do(t.Context(), "key", func(context.Context) (int, error) {
				calls++
				time.Sleep(time.Second)
				return 7, jwt.ErrTokenMalformed
			})
		})
		if calls != 1 || slices.Min(results) != 7 {
			t.Errorf("%d calls, results %v", calls, results)
		}
	})
}

func TestFlightIsHandedOverWhenItsCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flights[string, int]
		calls := 0
		work := func(ctx context.Context) (int, error) {
			calls++
			select {
			case <-ctx.Done():
				return 0, ctx.Err()
			case <-time.After(time.Minute):
				return 7, nil
			}
		}
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		bored, cancelBored := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancelBored()
		contexts := []context.Context{impatient, t.Context(), t.Context(), bored}
		got := make([]int, len(contexts))
		errs := make([]error, len(contexts))
		crowd(len(contexts), func(i int) {
			time.Sleep(time.Duration(min(i, 1)) * time.Millisecond) // the impatient one leads
			got[i], errs[i] = f.do(contexts[i], "key", work)
		})
		if !slices.Equal(got[:3], []int{0, 7, 7}) || errs[0] == nil || errs[1] != nil || errs[2] != nil {
			t.Errorf("got %v, %v", got, errs)
		}
		if got[3] != 0 || errs[3] != context.DeadlineExceeded || calls < 2 || calls > 3 {
			t.Errorf("the bored one got %d, %v; %d calls", got[3], errs[3], calls)
		}
	})
}

func TestFlightLandsWhenItsWorkPanics(t *testing.T) {
	var f flights[string, int]
	func() {
		defer func() { recover() }()
		f.do(t.Context(), "key", func(context.Context) (int, error) { panic("work") })
	}()
	if got, err := f.do(t.Context(), "key", func(context.Context) (int, error) { return 7, nil }); got != 7 || err != nil {
		t.Errorf("the next one got %d, %v", got, err)
	}
}

func TestTokenCacheStaysSmall(t *testing.T) {
	var c tokenCache[tokenKey, ActorToken]
	for i := range 3 * mostTokens {
		c.put(tokenKey{thumbprint: string(rune(i))}, actorToken("a.b.c", claims{Expires: epochOf(time.Now().Add(time.Hour))}))
	}
	if len(c.held) > mostTokens {
		t.Errorf("%d tokens are held", len(c.held))
	}
}
