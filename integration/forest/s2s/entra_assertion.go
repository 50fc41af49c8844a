package s2s

import (
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	assertionHeaders = []string{"typ", "alg", "kid", "x5t", "x5t#S256", "x5c"}
	assertionClaims  = []string{"aud", "iss", "sub", "jti", "nbf", "exp", "iat"}
	// hostileToAssertions is hostile without the ways of naming a certificate: x5c
	// may come along, and is not looked at.
	hostileToAssertions = []string{"jku", "jwk", "x5u", "crit", "enc", "zip", "b64"}
)

// readAssertion reads a client assertion (certificate-credentials).
func readAssertion(compact string) (*token, error) {
	return readCompact(compact, assertionHeaders, assertionClaims, hostileToAssertions)
}

// authenticate believes an assertion, or does not: it must be signed with a
// certificate that is registered for the application, meant for this endpoint,
// short-lived, of now, and never shown before.
func (e *Entra) authenticate(d *Directory, compact string, seen *EntraRequest) (*Application, *EntraError) {
	t, err := readAssertion(compact)
	if err != nil {
		return nil, entraMalformed(err)
	}
	seen.Algorithm = t.header.text("alg")
	app := d.application(seen.Client)
	if app == nil {
		return nil, entraRequest("unauthorized_client", 700016,
			"Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
			clean(seen.Client), d.ID)
	}
	if refused := app.signed(t, seen.Time); refused != nil {
		return nil, refused
	}
	if t.claims.text("iss") != app.ID || t.claims.text("sub") != app.ID {
		return nil, entraClient(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
	}
	if !e.meant(t.claims.text("aud"), d) {
		return nil, entraClient(700023, "Client assertion audience claim does not match Realm issuer.")
	}
	if refused := e.timely(t.claims, seen.Time); refused != nil {
		return nil, refused
	}
	if refused := e.unique(app.ID, t.claims, seen.Time); refused != nil {
		return nil, refused
	}
	if app.Disabled {
		return nil, entraRequest("unauthorized_client", 7000112, "Application '%s'(%s) is disabled.", app.ID, app.Name)
	}
	return app, nil
}

// meant checks the audience: the token endpoint under any name of this tenant.
func (e *Entra) meant(aud string, d *Directory) bool {
	rest, ours := strings.CutPrefix(aud, "https://"+e.Host+"/")
	tenant, endpoint := strings.CutSuffix(rest, "/oauth2/v2.0/token")
	return ours && endpoint && d.called(tenant)
}

// timely checks nbf and exp, with five minutes for clocks that differ. The
// documents advise ten minutes at most, and so we hold it.
func (e *Entra) timely(claims object, now time.Time) *EntraError {
	for _, name := range []string{"nbf", "exp", "iat"} {
		if _, number := claims[name].(json.Number); !number && (name != "iat" || claims[name] != nil) {
			return entraMalformed(fmt.Errorf("%s is not a number", name)) // RFC 7519 4.1.4: NumericDate
		}
	}
	const skew = 5 * time.Minute
	l, err := claims.lives()
	if err != nil {
		return entraMalformed(err)
	}
	if l.Until.Sub(l.From) > cmp.Or(e.AssertionLife, 10*time.Minute) || now.Add(skew).Before(l.From) || now.Add(-skew).After(l.Until) {
		return entraClient(700024, "Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s.",
			now.UTC().Format(time.RFC3339), l.From.UTC().Format(time.RFC3339), l.Until.UTC().Format(time.RFC3339))
	}
	return nil
}

// unique refuses a jti that the application has used before (RFC 7523 3, item 7).
func (e *Entra) unique(app string, claims object, now time.Time) *EntraError {
	jti := claims.text("jti")
	if jti == "" {
		return entraMalformed(errors.New("jti is missing"))
	}
	for id, until := range e.shown {
		if now.After(until) {
			delete(e.shown, id)
		}
	}
	if e.shown == nil {
		e.shown = map[string]time.Time{}
	}
	id := app + " " + jti
	if _, again := e.shown[id]; again {
		return entraClient(50013, "Assertion failed validation: it was presented before.")
	}
	until, _ := claims.instant("exp") // timely has read it
	e.shown[id] = until.Add(10 * time.Minute)
	return nil
}

// signed checks that one of the application's keys has signed the assertion, and
// that it may still be used.
func (a *Application) signed(t *token, now time.Time) *EntraError {
	hash, padding := crypto.SHA256, t.header.text("alg")
	if padding != "PS256" && padding != "RS256" {
		return entraClient(5002738, "Invalid JWT token. '%s' is not a supported signature algorithm.", clean(padding))
	}
	names, err := readThumbprints(t.header)
	if err != nil {
		return entraMalformed(err)
	}
	for _, k := range a.Keys {
		if !names.call(k.Certificate) {
			continue
		}
		digest := sha256.Sum256([]byte(t.signed))
		key, isRSA := k.Certificate.PublicKey.(*rsa.PublicKey)
		if !isRSA || verify(key, padding, hash, digest[:], t.signature) != nil {
			return a.wrongKey(names, "The key was found, but use of the key to verify the signature failed.")
		}
		if l := k.lives(); now.Before(l.From) || now.After(l.Until) {
			return a.wrongKey(names, fmt.Sprintf("The key used is expired., Found key 'Start=%s, End=%s'",
				l.From.UTC().Format("01/02/2006 15:04:05"), l.Until.UTC().Format("01/02/2006 15:04:05")))
		}
		return nil
	}
	return a.wrongKey(names, "The key was not found.")
}

func verify(key *rsa.PublicKey, padding string, hash crypto.Hash, digest, signature []byte) error {
	if padding == "RS256" {
		return rsa.VerifyPKCS1v15(key, hash, digest, signature)
	}
	// RFC 7518 3.5: the salt is as long as the hash.
	return rsa.VerifyPSS(key, hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
}

func (a *Application) wrongKey(names thumbprints, reason string) *EntraError {
	return entraClient(700027, "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - %s, Thumbprint of key used by client: '%s', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '%s'.]",
		reason, names, a.ID)
}

// thumbprints are the names of one certificate: the SHA-256, the SHA-1, or both.
type thumbprints struct{ sha256, sha1 []byte }

func readThumbprints(header object) (t thumbprints, err error) {
	if t.sha256, err = readThumbprint(header, "x5t#S256", sha256.Size); err != nil {
		return t, err
	}
	if t.sha1, err = readThumbprint(header, "x5t", sha1.Size); err != nil {
		return t, err
	}
	if t.sha256 == nil && t.sha1 == nil {
		return t, errNoX5T
	}
	return t, nil
}

func readThumbprint(header object, name string, size int) ([]byte, error) {
	if _, there := header[name]; !there {
		return nil, nil
	}
	data, err := decodeThumbprint(header.text(name))
	if err != nil || len(data) != size {
		return nil, fmt.Errorf("%s is not a thumbprint", name)
	}
	return data, nil
}

// call reports whether all that t says is true of the certificate.
func (t thumbprints) call(c *x509.Certificate) bool {
	long, short := sha256.Sum256(c.Raw), sha1.Sum(c.Raw)
	return (t.sha256 == nil || string(t.sha256) == string(long[:])) && (t.sha1 == nil || string(t.sha1) == string(short[:]))
}

// String is how Entra prints it.
func (t thumbprints) String() string {
	if t.sha1 != nil {
		return fmt.Sprintf("%X", t.sha1)
	}
	return fmt.Sprintf("%X", t.sha256)
}
