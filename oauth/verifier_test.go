package oauth

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The parties of these tests: an auth server that signs with key 0 for our
// tenant, ourselves with key 1, and a stranger with key 2.
const (
	acsOfTenant   = ACSID + "@" + tenant
	actorOfTenant = ExchangeID + "@" + tenant
	ourHost       = "mail.contoso.com"
	audienceOfUs  = ExchangeID + "/" + ourHost + "@" + tenant
	otherTenant   = "99999999-2222-3333-4444-555555555555"
)

func contoso(t testing.TB) *Verifier {
	return &Verifier{Hosts: []string{ourHost}, Issuers: []TrustedIssuer{{
		Name: acsOfTenant, Certificates: []*x509.Certificate{certificate(t, 0).X509}, Applications: []string{actorOfTenant},
	}}}
}

// object is a JSON object in the making; nil values are left out.
type object map[string]any

// with returns o with one member changed.
func (o object) with(name string, value any) object {
	changed := maps.Clone(o)
	if changed[name] = value; value == nil {
		delete(changed, name)
	}
	return changed
}

func (o object) segment() string {
	data, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

func quoted(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func signedHeader(t testing.TB, key int) object {
	return object{"typ": "JWT", "alg": "RS256", "x5t": certificate(t, key).X5T()}
}

var unsignedHeader = object{"typ": "JWT", "alg": "none"}

func actorClaims() object {
	now := time.Now()
	return object{
		"iss": acsOfTenant, "aud": audienceOfUs, "nameid": actorOfTenant, "identityprovider": acsOfTenant,
		"trustedfordelegation": "true", "xms_spcu": "true",
		"iat": now.Add(-backdate).Unix(), "nbf": now.Add(-backdate).Unix(), "exp": now.Add(24 * time.Hour).Unix(),
	}
}

func outerClaims(actor string) object {
	now := time.Now()
	return object{
		"iss": actorOfTenant, "aud": audienceOfUs, "nbf": quoted(now.Add(-backdate)), "exp": quoted(now.Add(time.Hour)),
		"nii": "urn:federation:MicrosoftOnline", "nameid": "10032000aaaaaaaa", "smtp": anna, "upn": anna, "actortoken": actor,
	}
}

// signedBy signs two segments with one of the test keys, RS256.
func signedBy(key int, header, claims string) string {
	digest := sha256.Sum256([]byte(header + "." + claims))
	signature, err := rsa.SignPKCS1v15(rand.Reader, testKeys[key](), crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return header + "." + claims + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func actorOf(t testing.TB, c object) string {
	return signedBy(0, signedHeader(t, 0).segment(), c.segment())
}

func outerOf(c object) string { return unsignedHeader.segment() + "." + c.segment() + "." }

func goodActor(t testing.TB) string { return actorOf(t, actorClaims()) }

func TestVerifierAcceptsGenuineTokens(t *testing.T) {
	newer := actorClaims().with("nbf", quoted(time.Now())).with("exp", quoted(time.Now().Add(time.Hour)))
	padded := signedHeader(t, 0).with("x5t", certificate(t, 0).X5T()+"=").with("kid", "ignored")
	tests := map[string]struct {
		token string
		want  User
	}{
		"application and user":                 {outerOf(outerClaims(goodActor(t))), User{NameID: "10032000aaaaaaaa", UPN: anna, SMTP: anna}},
		"application alone":                    {goodActor(t), User{}},
		"application that may not carry users": {actorOf(t, actorClaims().with("trustedfordelegation", nil)), User{}},
		"dates as strings":                     {actorOf(t, newer), User{}},
		"x5t with padding":                     {signedBy(0, padded.segment(), actorClaims().segment()), User{}},
		"host in capitals":                     {actorOf(t, actorClaims().with("aud", ExchangeID+"/MAIL.Contoso.com@"+tenant)), User{}},
		"expired within skew":                  {actorOf(t, actorClaims().with("exp", time.Now().Add(-4*time.Minute).Unix())), User{}},
		"early within skew":                    {actorOf(t, actorClaims().with("nbf", time.Now().Add(4*time.Minute).Unix())), User{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := contoso(t).Verify(tt.token)
			if err != nil {
				t.Fatal(err)
			}
			if p.User != tt.want || p.Application != actorOfTenant || p.Issuer != acsOfTenant {
				t.Errorf("got %+v, want user %+v", p, tt.want)
			}
		})
	}
}

func TestVerifierAcceptsAForestThatSignsForItself(t *testing.T) {
	s := &SelfIssuer{Certificates: Certificates{Current: certificate(t, 0)}, Realm: "fabrikam.com"}
	actor, err := s.ActorToken(t.Context(), Principal{ExchangeID, ourHost, realm}, true)
	if err != nil {
		t.Fatal(err)
	}
	outer, err := actor.ForUser("ben@fabrikam.com")
	if err != nil {
		t.Fatal(err)
	}
	partner := TrustedIssuer{
		Name: ExchangeID + "@fabrikam.com", Certificates: []*x509.Certificate{certificate(t, 0).X509},
		Applications: []string{ExchangeID + "@fabrikam.com"}, AudienceRealm: realm,
	}
	p, err := (&Verifier{Hosts: []string{"*.contoso.com"}, Issuers: []TrustedIssuer{partner}}).Verify(outer.Reveal())
	if err != nil || p.User.SMTP != "ben@fabrikam.com" || !p.Expires.Equal(outer.Expires.Truncate(time.Second)) {
		t.Errorf("got %+v, %v", p, err)
	}
	partner.AudienceRealm = ""
	if p, err := (&Verifier{Hosts: []string{ourHost}, Issuers: []TrustedIssuer{partner}}).Verify(outer.Reveal()); err == nil {
		t.Errorf("a token for contoso.com passes as one for fabrikam.com: %+v", p)
	}
}

// attack is a token that must be refused, with the code that the other side is
// told.
type attack struct {
	token string
	code  int
}

// The names begin with the number of the attack in the threat list of the
// verifier: forgeries of the field, most of them from published exploits.
func attacks(t testing.TB) map[string]attack {
	all := map[string]attack{}
	for _, some := range []map[string]attack{
		unsignedAttacks(t), keyAttacks(t), realmAttacks(t), algorithmAttacks(t), audienceAttacks(t), timeAttacks(t), structureAttacks(t),
	} {
		maps.Copy(all, some)
	}
	return all
}

func unsignedAttacks(t testing.TB) map[string]attack {
	good := outerClaims(goodActor(t))
	unsignedActor := unsignedHeader.segment() + "." + actorClaims().segment() + "."
	return map[string]attack{
		"A1 unsigned, without an actor":           {outerOf(good.with("actortoken", nil)), InvalidToken},
		"A1 unsigned, hashedprooftoken":           {outerOf(good.with("actortoken", nil).with("ver", "hashedprooftoken")), InvalidToken},
		"A1 unsigned, with an empty actor":        {outerOf(good.with("actortoken", "")), InvalidToken},
		"A1 unsigned, issued by the auth server":  {outerOf(actorClaims()), InvalidToken},
		"A7 the actor is unsigned":                {outerOf(outerClaims(unsignedActor)), InvalidToken},
		"A9 unsigned, with a signature":           {outerOf(good) + "AAAA", InvalidToken},
		"A9 unsigned, with the actor's signature": {outerOf(good) + strings.Split(goodActor(t), ".")[2], InvalidToken},
		"A11 no delegation":                       {outerOf(outerClaims(actorOf(t, actorClaims().with("trustedfordelegation", nil)))), InvalidGrant},
		"A11 delegation denied":                   {outerOf(outerClaims(actorOf(t, actorClaims().with("trustedfordelegation", "false")))), InvalidGrant},
		"A11 delegation as a boolean":             {outerOf(outerClaims(actorOf(t, actorClaims().with("trustedfordelegation", true)))), InvalidToken},
		"A11 delegation in capitals":              {outerOf(outerClaims(actorOf(t, actorClaims().with("trustedfordelegation", "TRUE")))), InvalidGrant},
		"the outer token names nobody":            {outerOf(good.with("smtp", nil).with("upn", nil).with("nameid", nil)), InvalidUser},
		"the user is more than a word":            {outerOf(good.with("smtp", "a@b\r\nX: y")), InvalidUser},
	}
}

func keyAttacks(t testing.TB) map[string]attack {
	self := ExchangeID + "@" + realm
	asUs := actorClaims().with("iss", self).with("nameid", self)
	junk := func(key int, c object) string { return signedHeader(t, key).segment() + "." + c.segment() + ".AAAA" }
	unnamed := signedHeader(t, 0).with("x5t", nil)
	return map[string]attack{
		"A2 our own certificate, junk signature":        {outerOf(outerClaims(junk(1, asUs)).with("iss", self)), InvalidSignature},
		"A2 our own certificate, real signature":        {signedBy(1, signedHeader(t, 1).segment(), asUs.segment()), InvalidSignature},
		"A2 the auth server's certificate, junk":        {outerOf(outerClaims(junk(0, actorClaims()))), InvalidSignature},
		"A2 the auth server's certificate, junk, alone": {junk(0, actorClaims()), InvalidSignature},
		"A2 no signature":                               {signedHeader(t, 0).segment() + "." + actorClaims().segment() + ".", InvalidSignature},
		"A2 a certificate that nobody trusts":           {signedBy(2, signedHeader(t, 2).segment(), actorClaims().segment()), InvalidSignature},
		"A8 the right x5t, the wrong key":               {signedBy(2, signedHeader(t, 0).segment(), actorClaims().segment()), InvalidSignature},
		"A8 no x5t":                                     {signedBy(0, unnamed.segment(), actorClaims().segment()), InvalidSignature},
		"A8 an empty x5t":                               {signedBy(0, unnamed.with("x5t", "").segment(), actorClaims().segment()), InvalidSignature},
		"A8 a kid in place of the x5t":                  {signedBy(0, unnamed.with("kid", certificate(t, 0).X5T()).segment(), actorClaims().segment()), InvalidSignature},
		"A8 the claims of another token":                {swapClaims(goodActor(t), actorClaims().with("exp", time.Now().Unix())), InvalidSignature},
	}
}

func swapClaims(token string, c object) string {
	segments := strings.Split(token, ".")
	return segments[0] + "." + c.segment() + "." + segments[2]
}

// A3: a genuine actor token of one tenant, dressed up for another.
func realmAttacks(t testing.TB) map[string]attack {
	swap := func(name, text string) string { return strings.Replace(text, tenant, otherTenant, 1) }
	all := map[string]attack{
		"A3 the issuer of another tenant":      {actorOf(t, actorClaims().with("iss", swap("iss", acsOfTenant))), InvalidSignature},
		"A3 the actor of another tenant":       {actorOf(t, actorClaims().with("nameid", swap("nameid", actorOfTenant))), InvalidGrant},
		"A3 the audience of another tenant":    {actorOf(t, actorClaims().with("aud", swap("aud", audienceOfUs))), InvalidTenant},
		"A3 the outer issuer of another":       {outerOf(outerClaims(goodActor(t)).with("iss", swap("iss", actorOfTenant))), InvalidToken},
		"A3 the outer audience of another":     {outerOf(outerClaims(goodActor(t)).with("aud", swap("aud", audienceOfUs))), InvalidResource},
		"A3 the outer issuer in other letters": {outerOf(outerClaims(goodActor(t)).with("iss", strings.ToUpper(actorOfTenant))), InvalidToken},
		"A3 the outer host in other letters":   {outerOf(outerClaims(goodActor(t)).with("aud", strings.Replace(audienceOfUs, "mail", "MAIL", 1))), InvalidResource},
		"A3 the realm is a star":               {actorOf(t, actorClaims().with("aud", ExchangeID+"/"+ourHost+"@*")), InvalidTenant},
		"A3 another application of our tenant": {actorOf(t, actorClaims().with("nameid", SharePointID+"@"+tenant)), InvalidGrant},
		"A3 no application":                    {actorOf(t, actorClaims().with("nameid", nil)), InvalidGrant},
	}
	wholly := actorClaims()
	for _, name := range []string{"iss", "nameid", "aud"} {
		wholly[name] = swap(name, wholly[name].(string))
	}
	all["A3 all of another tenant"] = attack{actorOf(t, wholly), InvalidSignature}
	all["A3 all of another tenant but the issuer"] = attack{actorOf(t, wholly.with("iss", acsOfTenant)), InvalidGrant}
	all["A3 an outer token of ours around it"] = attack{outerOf(outerClaims(actorOf(t, wholly))), InvalidSignature}
	return all
}

// A5 and A6: keys and algorithms that the token chooses.
func algorithmAttacks(t testing.TB) map[string]attack {
	all := map[string]attack{}
	for _, alg := range []any{"None", "NONE", "nOnE", "RS384", "RS512", "PS256", "ES256", "HS256", "", "rs256", nil, []string{"RS256"}, 1} {
		header := signedHeader(t, 0).with("alg", alg)
		name, _ := json.Marshal(alg)
		all["A6 alg "+string(name)] = attack{signedBy(0, header.segment(), actorClaims().segment()), InvalidToken}
		all["A6 alg "+string(name)+", unsigned"] = attack{header.segment() + "." + outerClaims(goodActor(t)).segment() + ".", InvalidToken}
	}
	cert := certificate(t, 0)
	hs := signedHeader(t, 0).with("alg", "HS256").segment() + "." + actorClaims().segment()
	for name, key := range map[string][]byte{"DER": cert.DER(), "PEM": cert.PEM()} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(hs))
		all["A6 HS256 with the certificate as "+name] = attack{hs + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), InvalidToken}
	}
	digest := sha512.Sum512([]byte(hs))
	signature, err := rsa.SignPKCS1v15(rand.Reader, testKeys[0](), crypto.SHA512, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	all["A6 RS512 under the name of RS256"] = attack{signedHeader(t, 0).segment() + "." + actorClaims().segment() + "." + base64.RawURLEncoding.EncodeToString(signature), InvalidSignature}
	for _, name := range forbidden {
		header := signedHeader(t, 0).with(name, "https://127.0.0.1/")
		all["A5 header "+name] = attack{signedBy(0, header.segment(), actorClaims().segment()), InvalidToken}
	}
	all["A6 typ missing"] = attack{signedBy(0, signedHeader(t, 0).with("typ", nil).segment(), actorClaims().segment()), InvalidToken}
	all["A6 typ at+jwt"] = attack{signedBy(0, signedHeader(t, 0).with("typ", "at+jwt").segment(), actorClaims().segment()), InvalidToken}
	return all
}

func audienceAttacks(t testing.TB) map[string]attack {
	all := map[string]attack{}
	for name, aud := range map[string]any{
		"another host":                 ExchangeID + "/mail.fabrikam.com@" + tenant,
		"a host that ends like ours":   ExchangeID + "/evil-mail.contoso.com@" + tenant,
		"a host below ours":            ExchangeID + "/x.mail.contoso.com@" + tenant,
		"the apex":                     ExchangeID + "/contoso.com@" + tenant,
		"SharePoint":                   SharePointID + "/" + ourHost + "@" + tenant,
		"two parts":                    ExchangeID + "@" + tenant,
		"four parts":                   ExchangeID + "/" + ourHost + "/x@" + tenant,
		"a trailing dot":               ExchangeID + "/" + ourHost + ".@" + tenant,
		"a port":                       ExchangeID + "/" + ourHost + ":443@" + tenant,
		"a URL":                        "https://" + ourHost + "/",
		"nothing":                      "",
		"a wildcard":                   ExchangeID + "/*@" + tenant,
		"a wildcard below our domain":  ExchangeID + "/*.contoso.com@" + tenant,
		"the service in other letters": "00000002-0000-0FF1-ce00-000000000000/" + ourHost + "@" + tenant,
		"an address and a NUL":         audienceOfUs + "\x00",
	} {
		all["A10 audience is "+name] = attack{actorOf(t, actorClaims().with("aud", aud)), InvalidResource}
	}
	for name, aud := range map[string]any{"a list": []string{audienceOfUs}, "a number": 7, "an object": object{}} {
		all["A10 audience is "+name] = attack{actorOf(t, actorClaims().with("aud", aud)), InvalidToken}
	}
	all["A10 audience is missing"] = attack{actorOf(t, actorClaims().with("aud", nil)), InvalidResource}
	all["A10 the realm in other letters"] = attack{actorOf(t, actorClaims().with("aud", ExchangeID+"/"+ourHost+"@"+strings.ToUpper("a")+tenant[1:])), InvalidTenant}
	return all
}

func timeAttacks(t testing.TB) map[string]attack {
	now := time.Now()
	all := map[string]attack{}
	for name, change := range map[string]object{
		"expired beyond skew":         {"exp": now.Add(-6 * time.Minute).Unix()},
		"not valid yet":               {"nbf": now.Add(6 * time.Minute).Unix()},
		"without exp":                 {"exp": nil},
		"without nbf":                 {"nbf": nil},
		"for ten years":               {"exp": now.AddDate(10, 0, 0).Unix()},
		"for 26 hours":                {"exp": now.Add(26 * time.Hour).Unix()},
		"for long, from long ago":     {"nbf": now.Add(-48 * time.Hour).Unix()},
		"expired before it was valid": {"nbf": now.Unix(), "exp": now.Add(-time.Hour).Unix()},
	} {
		actor, outer := actorClaims(), outerClaims(goodActor(t))
		for claim, value := range change {
			actor, outer = actor.with(claim, value), outer.with(claim, value)
		}
		all["A12 the actor is "+name] = attack{actorOf(t, actor), InvalidToken}
		all["A12 the outer token is "+name] = attack{outerOf(outer), InvalidToken}
	}
	for _, exp := range []any{0, "0", "abc", "", -1, 1e99, "1e99", true, []int{1}, 1753216953.5} {
		name, _ := json.Marshal(exp)
		all["A12 exp is "+string(name)] = attack{actorOf(t, actorClaims().with("exp", exp)), InvalidToken}
	}
	short := actorOf(t, actorClaims().with("exp", now.Add(time.Minute).Unix()))
	all["A12 the outer token outlives its actor"] = attack{outerOf(outerClaims(short)), InvalidToken}
	return all
}

// A13 and A17: tokens that two readers could read differently, or not at all.
func structureAttacks(t testing.TB) map[string]attack {
	raw := func(header, claims string) string {
		encode := base64.RawURLEncoding.EncodeToString
		return signedBy(0, encode([]byte(header)), encode([]byte(claims)))
	}
	header, _ := json.Marshal(signedHeader(t, 0))
	claims, _ := json.Marshal(actorClaims())
	inserted := func(to []byte, member string) string { return "{" + member + "," + string(to[1:]) }
	good := goodActor(t)
	segments := strings.Split(good, ".")
	doubled := strings.Replace(string(claims), `"iss":`, `"iss":"`+acsOfTenant+`","iss":`, 1)
	return map[string]attack{
		"A13 alg twice":                     {raw(inserted(header, `"alg":"none"`), string(claims)), InvalidToken},
		"A13 alg in two spellings":          {raw(inserted(header, `"ALG":"none"`), string(claims)), InvalidToken},
		"A13 iss twice":                     {raw(string(header), doubled), InvalidToken},
		"A13 iss in two spellings":          {raw(string(header), inserted(claims, `"ISS":"evil"`)), InvalidToken},
		"A13 iss in another spelling":       {actorOf(t, actorClaims().with("iss", nil).with("Iss", acsOfTenant)), InvalidToken},
		"A13 iss with a long s":             {raw(string(header), inserted(claims, `"iſs":"evil"`)), InvalidToken},
		"A13 iss twice, further down":       {raw(string(header), inserted(claims, `"x":{"a":1,"a":2}`)), InvalidToken},
		"A13 an actor in an actor":          {outerOf(outerClaims(actorOf(t, actorClaims().with("actortoken", good)))), InvalidToken},
		"A13 an actor in a lone actor":      {actorOf(t, actorClaims().with("actortoken", good)), InvalidToken},
		"A13 an empty actor in an actor":    {actorOf(t, actorClaims().with("actortoken", "")), InvalidToken},
		"A13 an outer token as actor":       {outerOf(outerClaims(outerOf(outerClaims(good)))), InvalidToken},
		"A13 the actor is an object":        {outerOf(outerClaims(good).with("actortoken", object{"a": 1})), InvalidToken},
		"A13 the actor in another spelling": {outerOf(outerClaims(good).with("actortoken", nil).with("ActorToken", good)), InvalidToken},
		"A13 one segment":                   {segments[0], InvalidToken},
		"A13 two segments":                  {segments[0] + "." + segments[1], InvalidToken},
		"A13 four segments":                 {good + ".x", InvalidToken},
		"A13 no token":                      {"", InvalidToken},
		"A13 a megabyte":                    {good + strings.Repeat("A", 1<<20), InvalidToken},
		"A17 a hundred thousand dots":       {strings.Repeat(".", 100_000), InvalidToken},
		"A17 a few thousand dots":           {strings.Repeat(".", 5_000), InvalidToken},
		"A13 padding":                       {segments[0] + "=." + segments[1] + "." + segments[2], InvalidToken},
		"A13 the standard alphabet":         {signedBy(0, segments[0]+"+", segments[1]), InvalidToken},
		"A13 a line break":                  {signedBy(0, segments[0], segments[1]+"\n"), InvalidToken},
		"A13 a line break in the signature": {good[:len(good)-4] + "\n" + good[len(good)-4:], InvalidToken},
		"A13 a NUL":                         {good + "\x00", InvalidToken},
		"A13 loose bits in the signature":   {looseBits(good), InvalidSignature},
		"A13 claims that are a list":        {raw(string(header), `[]`), InvalidToken},
		"A13 claims that are no JSON":       {raw(string(header), `{`), InvalidToken},
		"A13 claims and more":               {raw(string(header), string(claims)+"{}"), InvalidToken},
		"A13 claims that are no UTF-8":      {raw(string(header), inserted(claims, "\"x\":\"\xff\"")), InvalidToken},
		"A13 claims nested deeply":          {raw(string(header), inserted(claims, `"x":`+strings.Repeat("[", 1000)+strings.Repeat("]", 1000))), InvalidToken},
		"A13 null claims":                   {raw(string(header), `null`), InvalidToken},
	}
}

// looseBits sets a bit of the last character that decodes to nothing.
func looseBits(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	return token[:len(token)-1] + alphabet[last^1:last^1+1]
}

func TestVerifierRefusesForgeries(t *testing.T) {
	for name, tt := range attacks(t) {
		t.Run(name, func(t *testing.T) {
			p, err := contoso(t).Verify(tt.token)
			refusal, ok := errors.AsType[*Refusal](err)
			if p != nil || !ok || refusal.Code != tt.code {
				t.Fatalf("got %+v, %v; want a refusal with %d", p, err, tt.code)
			}
			if strings.Contains(err.Error(), "eyJ") || len(err.Error()) > 600 {
				t.Errorf("the refusal repeats the token: %s", err)
			}
		})
	}
}

func TestVerifierHosts(t *testing.T) {
	tests := map[string]struct {
		hosts []string
		aud   string
		ok    bool
	}{
		"one label under a wildcard":      {[]string{"*.contoso.com"}, "mail.contoso.com", true},
		"another label under a wildcard":  {[]string{"*.contoso.com"}, "Autodiscover.CONTOSO.com", true},
		"the apex under a wildcard":       {[]string{"*.contoso.com"}, "contoso.com", false},
		"two labels under a wildcard":     {[]string{"*.contoso.com"}, "a.mail.contoso.com", false},
		"an empty label under a wildcard": {[]string{"*.contoso.com"}, ".contoso.com", false},
		"a port under a wildcard":         {[]string{"*.contoso.com"}, "mail.contoso.com:443", false},
		"a wildcard under a wildcard":     {[]string{"*.contoso.com"}, "*.contoso.com", false},
		"a star alone is nothing":         {[]string{"*", "*."}, "mail", false},
		"the second name":                 {[]string{"mail.contoso.com", "fb.contoso.com"}, "fb.contoso.com", true},
		"no names":                        {nil, "mail.contoso.com", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := contoso(t)
			v.Hosts = tt.hosts
			_, err := v.Verify(actorOf(t, actorClaims().with("aud", ExchangeID+"/"+tt.aud+"@"+tenant)))
			if (err == nil) != tt.ok {
				t.Errorf("got %v, want ok %v", err, tt.ok)
			}
		})
	}
}

func TestVerifierFailsClosed(t *testing.T) {
	expired := x509Valid(t, 0, "old", time.Unix(0, 0), time.Now().Add(-time.Hour))
	tests := map[string]*Verifier{
		"nothing configured":          {},
		"an issuer without keys":      {Hosts: []string{ourHost}, Issuers: []TrustedIssuer{{Name: acsOfTenant, Applications: []string{actorOfTenant}}}},
		"an issuer without actors":    {Hosts: []string{ourHost}, Issuers: []TrustedIssuer{{Name: acsOfTenant, Certificates: []*x509.Certificate{certificate(t, 0).X509}}}},
		"an issuer without a name":    {Hosts: []string{ourHost}, Issuers: []TrustedIssuer{{Certificates: []*x509.Certificate{certificate(t, 0).X509}, Applications: []string{actorOfTenant}}}},
		"another service than we are": {ServiceName: SkypeID, Hosts: []string{ourHost}, Issuers: contoso(t).Issuers},
		"an actor of a foreign realm": {Hosts: []string{ourHost}, Issuers: []TrustedIssuer{{Name: ACSID + "@" + otherTenant, Certificates: []*x509.Certificate{certificate(t, 0).X509}, Applications: []string{actorOfTenant}, AudienceRealm: tenant}}},
	}
	for name, v := range tests {
		t.Run(name, func(t *testing.T) {
			for _, iss := range []string{acsOfTenant, "", ACSID + "@" + otherTenant} {
				if p, err := v.Verify(actorOf(t, actorClaims().with("iss", iss))); err == nil {
					t.Errorf("accepted %+v", p)
				}
			}
		})
	}
	v := contoso(t)
	v.Issuers[0].Certificates = []*x509.Certificate{expired}
	header := signedHeader(t, 0).with("x5t", x5t(expired))
	if p, err := v.Verify(signedBy(0, header.segment(), actorClaims().segment())); err == nil {
		t.Errorf("an expired certificate signs for %+v", p)
	}
}

// A14: which token counts when there are several.
func TestVerifierTakesOneHeader(t *testing.T) {
	good := goodActor(t)
	tests := map[string]struct {
		host    string
		headers []string
		ok      bool
	}{
		"one":                            {ourHost, []string{"Bearer " + good}, true},
		"the scheme in small letters":    {ourHost, []string{"bearer " + good}, true},
		"the host with a port":           {ourHost + ":443", []string{"Bearer " + good}, true},
		"none":                           {ourHost, nil, false},
		"two":                            {ourHost, []string{"Bearer " + good, "Bearer " + good}, false},
		"two in one":                     {ourHost, []string{"Bearer " + good + ", Bearer " + good}, false},
		"Basic and Bearer":               {ourHost, []string{"Basic YTpi", "Bearer " + good}, false},
		"Basic and Bearer in one":        {ourHost, []string{"Basic YTpi, Bearer " + good}, false},
		"Basic":                          {ourHost, []string{"Basic YTpi"}, false},
		"the scheme alone":               {ourHost, []string{"Bearer"}, false},
		"an empty token":                 {ourHost, []string{"Bearer "}, false},
		"two spaces":                     {ourHost, []string{"Bearer  " + good}, false},
		"a token without scheme":         {ourHost, []string{good}, false},
		"a request for another of hosts": {"fb.contoso.com", []string{"Bearer " + good}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := contoso(t)
			v.Hosts = append(v.Hosts, "fb.contoso.com")
			r := httptest.NewRequest(http.MethodPost, "/EWS/Exchange.asmx", nil)
			r.Host, r.Header["Authorization"] = tt.host, tt.headers
			p, err := v.VerifyRequest(r)
			if _, refused := errors.AsType[*Refusal](err); (p != nil) != tt.ok || refused == tt.ok {
				t.Errorf("got %+v, %v; want ok %v", p, err, tt.ok)
			}
		})
	}
}

// A5: a token names places where its keys could be had. Nobody goes there.
func TestVerifierFollowsNoAddress(t *testing.T) {
	evil := trap(t)
	appctx := `{"msexchuid":"x","version":"ExIdTok.V1","amurl":"` + evil + `/autodiscover/metadata/json/1"}`
	identity := actorClaims().with("appctx", appctx).with("iss", evil)
	for name, token := range map[string]string{
		"amurl":          signedBy(2, signedHeader(t, 2).segment(), identity.segment()),
		"amurl, trusted": signedBy(2, signedHeader(t, 2).segment(), identity.with("iss", acsOfTenant).segment()),
		"jku":            signedBy(2, signedHeader(t, 2).with("jku", evil).segment(), actorClaims().segment()),
		"x5u":            signedBy(2, signedHeader(t, 2).with("x5u", evil).segment(), actorClaims().segment()),
	} {
		if p, err := contoso(t).Verify(token); err == nil {
			t.Errorf("%s: accepted %+v", name, p)
		}
	}
}

func TestDiagnosticsComeBack(t *testing.T) {
	tests := map[string]Diagnostics{
		`2000005;reason="The user specified by the user-context in the token does not exist.";error_category="invalid_user"`: {
			InvalidUser, "The user specified by the user-context in the token does not exist.", "invalid_user"},
		`2000003;reason="The hostname component of the audience claim value is invalid. Expected 'https://a'. Actual 'http://a'.";error_category="invalid_resource"`: {
			InvalidResource, "The hostname component of the audience claim value is invalid. Expected 'https://a'. Actual 'http://a'.", "invalid_resource"},
		`2000020;reason="xms_trpid claim was not present";error_category="insufficiant_claims"`: {
			2000020, "xms_trpid claim was not present", "insufficiant_claims"},
		``:            {},
		`words`:       {},
		`2000008`:     {Code: InvalidGrant},
		`2000008;x=y`: {Code: InvalidGrant},
	}
	for text, want := range tests {
		h := http.Header{}
		h.Set("x-ms-diagnostics", text)
		got := ParseDiagnostics(h)
		if got != want {
			t.Errorf("%s is read as %+v, want %+v", text, got, want)
		}
		if want.Category != "" && got.String() != text {
			t.Errorf("%+v is written as %s", got, got)
		}
	}
}

func FuzzVerifier(f *testing.F) {
	v := contoso(f)
	for _, some := range []map[string]attack{unsignedAttacks(f), structureAttacks(f)} {
		for _, a := range some {
			if len(a.token) <= maxToken {
				f.Add(a.token)
			}
		}
	}
	actor := goodActor(f)
	f.Add(actor)
	f.Add(outerOf(outerClaims(actor)))
	f.Fuzz(func(t *testing.T, token string) {
		Inspect(token)
		p, err := v.Verify(token)
		if (p == nil) == (err == nil) {
			t.Fatalf("got %+v and %v", p, err)
		}
		if p != nil && (p.Application != actorOfTenant || p.Audience.String() != audienceOfUs || (p.User != User{}) != strings.HasSuffix(token, ".")) {
			t.Errorf("accepted %+v", p)
		}
	})
}
