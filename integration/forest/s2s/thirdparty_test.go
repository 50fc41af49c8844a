package s2s

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// thirdParty mints tokens with somebody else's code, so that our reader and our
// writer cannot agree on the same mistake.
type thirdParty struct {
	command []string // to which algorithm and key file are appended
	dir     string   // with key.pem, cert.pem and cert.der
	x5t     string
	pair    KeyPair // certificate alone
}

// openssl mints with shell and openssl, certificate included.
func openssl(t *testing.T) thirdParty {
	for _, tool := range []string{"sh", "openssl", "od", "tr"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing(t, tool)
		}
	}
	dir := t.TempDir()
	x5t := run(t, nil, "sh", "testdata/certificate.sh", dir)
	return thirdParty{command: []string{"sh", "testdata/mint.sh"}, dir: dir, x5t: x5t, pair: readCertificate(t, dir)}
}

// pyjwt mints with PyJWT and python3-cryptography, for a certificate of
// openssl's.
func pyjwt(t *testing.T) thirdParty {
	p := openssl(t)
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import jwt, cryptography").Run() == nil {
			p.command = []string{python, "testdata/mint.py"}
			return p
		}
	}
	missing(t, "python3 with python3-jwt and python3-cryptography")
	return p
}

// mint makes a compact token: alg is rs256, ps256 with the certificate named by
// its SHA-256, hs256 with the certificate as the secret, or none.
func (p thirdParty) mint(t *testing.T, alg string, claims map[string]any) string {
	t.Helper()
	header := map[string]any{"typ": "JWT", "alg": strings.ToUpper(alg), "x5t": p.x5t}
	key := "key.pem"
	switch alg {
	case "ps256":
		delete(header, "x5t")
		header["x5t#S256"] = p.x5tS256()
	case "hs256":
		key = "cert.der"
	case "none":
		header = map[string]any{"typ": "JWT", "alg": "none"}
	}
	headerJSON, _ := json.Marshal(header)
	claimsJSON, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"HEADER=" + string(headerJSON), "CLAIMS=" + string(claimsJSON)}
	return run(t, env, append(p.command[:len(p.command):len(p.command)], alg, filepath.Join(p.dir, key))...)
}

// x5tS256 is the base64url of the SHA-256 of the certificate (RFC 7515 4.1.8).
func (p thirdParty) x5tS256() string {
	sum := sha256.Sum256(p.pair.Certificate.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func run(t *testing.T, env []string, command ...string) string {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	if failed, ok := err.(*exec.ExitError); ok {
		t.Fatalf("%s: %v\n%s", command[0], err, failed.Stderr)
	} else if err != nil {
		t.Fatalf("%s: %v", command[0], err)
	}
	return strings.TrimSpace(string(out))
}

func readCertificate(t *testing.T, dir string) KeyPair {
	t.Helper()
	der, err := os.ReadFile(filepath.Join(dir, "cert.der"))
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return KeyPair{Certificate: certificate}
}

// with returns the claims with some of them changed.
func with(claims, changes map[string]any) map[string]any {
	changed := maps.Clone(claims)
	maps.Copy(changed, changes)
	return changed
}

func TestTokensOfThirdParties(t *testing.T) {
	for name, party := range map[string]func(*testing.T) thirdParty{"openssl": openssl, "PyJWT": pyjwt} {
		t.Run(name, func(t *testing.T) {
			p, stranger := party(t), party(t)
			t.Run("at the verifier", func(t *testing.T) { testVerifierWith(t, p, stranger) })
			t.Run("at ACS", func(t *testing.T) { testACSWith(t, p, stranger) })
			t.Run("at Entra", func(t *testing.T) { testEntraWith(t, p, stranger) })
		})
	}
}

// testVerifierWith shows the Verifier tokens of p, which it trusts, and of a
// stranger.
func testVerifierWith(t *testing.T, p, stranger thirdParty) {
	v := testVerifier()
	v.Issuers[0].Certificates = certificates(p.pair)
	actor := map[string]any{
		"aud": service.String(), "iss": acsIssuer.String(), "nameid": exchange.String(), "trustedfordelegation": "true",
		"nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	outer := map[string]any{
		"aud": service.String(), "iss": exchange.String(), "smtp": lin,
		"nbf": seconds(now), "exp": seconds(now.Add(time.Hour)), "actortoken": p.mint(t, "rs256", actor),
	}
	stolen := stranger
	stolen.x5t = p.x5t
	tests := map[string]struct {
		token string
		code  int // 0 passes
	}{
		"good":                            {p.mint(t, "rs256", actor), 0},
		"good, with a user":               {p.mint(t, "none", outer), 0},
		"good, dates as strings":          {p.mint(t, "rs256", with(actor, map[string]any{"nbf": seconds(now), "exp": seconds(now.Add(time.Hour))})), 0},
		"unknown key":                     {stranger.mint(t, "rs256", actor), InvalidSignature},
		"wrong key under the right x5t":   {stolen.mint(t, "rs256", actor), InvalidSignature},
		"wrong audience":                  {p.mint(t, "rs256", with(actor, map[string]any{"aud": ExchangePrincipal + "/mail.forest-b.test@" + tenant})), InvalidResource},
		"wrong realm":                     {p.mint(t, "rs256", with(actor, map[string]any{"aud": realm(service.String())})), InvalidTenant},
		"expired":                         {p.mint(t, "rs256", with(actor, map[string]any{"nbf": now.Add(-2 * time.Hour).Unix(), "exp": now.Add(-time.Hour).Unix()})), InvalidToken},
		"alg none":                        {p.mint(t, "none", actor), InvalidToken},
		"HS256 with the certificate":      {p.mint(t, "hs256", actor), InvalidSignature},
		"unknown user":                    {p.mint(t, "none", with(outer, map[string]any{"smtp": "gone@forest-b.test"})), InvalidUser},
		"a user around an unsigned actor": {p.mint(t, "none", with(outer, map[string]any{"actortoken": p.mint(t, "none", actor)})), InvalidSignature},
		"a user around a stranger":        {p.mint(t, "none", with(outer, map[string]any{"actortoken": stranger.mint(t, "rs256", actor)})), InvalidSignature},
		"an outer token signed after all": {p.mint(t, "rs256", outer), InvalidToken},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			code := 0
			if _, refusal := v.Verify("Bearer "+tt.token, ewsHost, now); refusal != nil {
				code = refusal.Code
			}
			if code != tt.code {
				t.Errorf("code %d, want %d", code, tt.code)
			}
		})
	}
}

// testACSWith shows ACS assertions of p, whose certificate is registered, and of
// a stranger.
func testACSWith(t *testing.T, p, stranger thirdParty) {
	acs := testACS()
	acs.Tenants[0].Clients[0].Certificates = certificates(p.pair)
	today := time.Now()
	good := map[string]any{
		"aud": ACSPrincipal + "/" + acsHost + "@" + tenant, "iss": exchange.String(),
		"iat": seconds(today), "nbf": seconds(today), "exp": seconds(today.Add(5 * time.Minute)),
	}
	stolen := stranger
	stolen.x5t = p.x5t
	tests := map[string]struct {
		assertion string
		status    int
	}{
		"good":                          {p.mint(t, "rs256", good), http.StatusOK},
		"unknown key":                   {stranger.mint(t, "rs256", good), http.StatusUnauthorized},
		"wrong key under the right x5t": {stolen.mint(t, "rs256", good), http.StatusUnauthorized},
		"wrong audience":                {p.mint(t, "rs256", with(good, map[string]any{"aud": service.String()})), http.StatusUnauthorized},
		"expired":                       {p.mint(t, "rs256", with(good, map[string]any{"nbf": seconds(today.Add(-time.Hour)), "exp": seconds(today.Add(-30 * time.Minute))})), http.StatusUnauthorized},
		"alg none":                      {p.mint(t, "none", good), http.StatusUnauthorized},
		"HS256 with the certificate":    {p.mint(t, "hs256", good), http.StatusUnauthorized},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := askACS(acs, tenant, tokenForm(tt.assertion, service.String()))
			if w.Code != tt.status {
				t.Errorf("status %d, want %d: %s", w.Code, tt.status, w.Body)
			}
		})
	}
}

// testEntraWith shows Entra assertions of p, whose certificate is registered, and
// of a stranger.
func testEntraWith(t *testing.T, p, stranger thirdParty) {
	entra := testEntra()
	entra.Directories[0].Applications[0].Keys = []KeyCredential{{Certificate: p.pair.Certificate}}
	today, shown := time.Now(), 0
	claims := func(changes map[string]any) map[string]any {
		shown++
		return with(map[string]any{
			"aud": entra.TokenEndpoint(tenant), "iss": appID, "sub": appID, "jti": strconv.Itoa(shown),
			"iat": today.Unix(), "nbf": today.Unix(), "exp": today.Add(5 * time.Minute).Unix(),
		}, changes)
	}
	stolen := stranger
	stolen.x5t, stolen.pair = p.x5t, p.pair
	tests := map[string]struct {
		assertion string
		code      int // 0 passes
	}{
		"PS256":                         {p.mint(t, "ps256", claims(nil)), 0},
		"RS256":                         {p.mint(t, "rs256", claims(nil)), 0},
		"unknown key":                   {stranger.mint(t, "ps256", claims(nil)), 700027},
		"wrong key under the right x5t": {stolen.mint(t, "ps256", claims(nil)), 700027},
		"wrong audience":                {p.mint(t, "ps256", claims(map[string]any{"aud": "https://" + entraHost})), 700023},
		"expired":                       {p.mint(t, "ps256", claims(map[string]any{"nbf": today.Add(-time.Hour).Unix(), "exp": today.Add(-51 * time.Minute).Unix()})), 700024},
		"dates as strings":              {p.mint(t, "ps256", claims(map[string]any{"exp": seconds(today.Add(time.Minute))})), 50027},
		"alg none":                      {p.mint(t, "none", claims(nil)), 5002738},
		"HS256 with the certificate":    {p.mint(t, "hs256", claims(nil)), 5002738},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			checkEntraAnswer(t, askEntra(entra, tenant, entraForm(tt.assertion)), tt.code)
		})
	}
}
