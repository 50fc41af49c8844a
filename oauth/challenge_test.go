package oauth

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// exchangeTypes are the token types that all Exchange challenges name.
var exchangeTypes = []string{"app_asserted_user_v1", "service_asserted_app_v1"}

func TestParseChallengeOfRealServers(t *testing.T) {
	tests := map[string]*Challenge{
		"exchange-online.txt": {
			ClientID: ExchangeID, TrustedIssuers: []Principal{{ID: ACSID, Realm: "*"}}, TokenTypes: exchangeTypes,
			AuthorizationURI: "https://login.microsoftonline.com/common/oauth2/authorize",
		},
		"china.txt": {
			ClientID: ExchangeID, TrustedIssuers: []Principal{{ID: ACSChinaID, Realm: "*"}}, TokenTypes: exchangeTypes,
			AuthorizationURI: "https://login.chinacloudapi.cn/common/oauth2/authorize",
		},
		"on-premises.txt": {
			ClientID: ExchangeID, TokenTypes: exchangeTypes, Error: "invalid_token",
			TrustedIssuers:   []Principal{{ID: ACSID, Realm: tenant}, {ID: SkypeID, Realm: realm}},
			AuthorizationURI: "https://login.windows.net/common/oauth2/authorize",
		},
		"sharepoint.txt": {
			ClientID: SharePointID, Realm: tenant, TrustedIssuers: []Principal{{ID: ACSID, Realm: "*"}},
		},
		"star-lost.txt": {
			ClientID: ExchangeID, TrustedIssuers: []Principal{{ID: ACSID}}, TokenTypes: exchangeTypes,
		},
		"two-lines.txt": {
			ClientID: ExchangeID, Realm: realm, TrustedIssuers: []Principal{{ID: ExchangeID, Realm: "fabrikam.com"}},
		},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ParseChallenge(challengeOf(string(read(t, filepath.Join("testdata/challenge", name)))))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// challengeOf makes every line of text a WWW-Authenticate line.
func challengeOf(text string) http.Header {
	h := http.Header{}
	for line := range strings.Lines(text) {
		h.Add("WWW-Authenticate", strings.TrimRight(line, "\r\n"))
	}
	return h
}

func TestParseChallengeSyntax(t *testing.T) {
	tests := map[string]struct {
		lines string
		want  string // client_id and realm, or the error
	}{
		"no spaces at all":               {`Bearer client_id="a",realm="b"`, "a b"},
		"tokens instead of strings":      {`Bearer client_id=a, realm=b`, "a b"},
		"names in any case":              {`bEARER Client_ID="a", REALM="b"`, "a b"},
		"spaces around the equals sign":  {`Bearer client_id = "a" , realm	=	"b"`, "a b"},
		"an escaped quote":               {`Bearer client_id="\"a\\", realm="b"`, `"a\ b`},
		"a comma in a string":            {`Basic realm="x, Bearer client_id=no", Bearer client_id="a"`, "a "},
		"after a token68":                {`Negotiate YII+/ab==, Bearer client_id="a"`, "a "},
		"after a short token68":          {`NTLM TlRM, Bearer client_id="a"`, "a "},
		"after bare schemes":             {`Negotiate,NTLM,Bearer client_id="a"`, "a "},
		"before bare schemes":            {`Bearer client_id="a",Negotiate,NTLM,Basic realm="z"`, "a "},
		"the parameters of the next one": {`Bearer client_id="a",Basic realm="z"`, "a "},
		"empty list elements":            {`, ,Bearer client_id="a",,realm="b",`, "a b"},
		"nothing but the scheme":         {`Bearer`, " "},
		"the scheme and a comma":         {`Bearer,Basic realm="z"`, " "},
		"on the second line":             {"Negotiate\nBearer client_id=\"a\"", "a "},
		"after a broken line":            {"Basic realm=\"\nBearer client_id=\"a\"", "a "},
		"the first of two":               {`Bearer client_id="a", Bearer client_id="b"`, "a "},
		"none":                           {`Negotiate, Basic realm="x"`, ErrNoBearer.Error()},
		"no line":                        {``, ErrNoBearer.Error()},
		"a string without end":           {`Bearer client_id="a`, "oauth: the challenge has a quoted string without end"},
		"an escape without end":          {`Bearer client_id="a\`, "oauth: the challenge has a quoted string without end"},
		"a parameter twice":              {`Bearer client_id="a", client_id="b"`, `oauth: the challenge has two parameters "client_id"`},
		"no scheme":                      {`="a"`, `oauth: the challenge is malformed at "=\"a\""`},
		"far too long":                   {`Bearer client_id="` + strings.Repeat("a", maxChallenge) + `"`, "oauth: the challenge is too long"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := ParseChallenge(challengeOf(tt.lines))
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = c.ClientID + " " + c.Realm
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestChallengeTrusts(t *testing.T) {
	acs := Principal{ID: ACSID, Realm: tenant}
	tests := map[string]struct {
		entries string
		issuer  Principal
		want    bool
	}{
		"any realm":                       {ACSID + "@*", acs, true},
		"any realm, its star lost":        {ACSID + "@", acs, true},
		"this realm":                      {ACSID + "@" + tenant, acs, true},
		"this realm among others":         {SkypeID + "@*, " + ACSID + "@" + strings.ToUpper(tenant), acs, true},
		"a realm we do not know yet":      {ACSID + "@" + tenant, Principal{ID: ACSID}, true},
		"another realm":                   {ACSID + "@fabrikam.com", acs, false},
		"another issuer":                  {ACSChinaID + "@*", acs, false},
		"an issuer with a host":           {ACSID + "/host@*", acs, false},
		"nobody":                          {"", acs, false},
		"a stranger and something broken": {"evil@*,,@,x@y@z", acs, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, spelling := range []string{"trusted_issuers", "trustedissuers"} {
				c, err := ParseChallenge(challengeOf(`Bearer ` + spelling + `="` + tt.entries + `"`))
				if err != nil {
					t.Fatal(err)
				}
				if _, got := c.trusts(tt.issuer); got != tt.want {
					t.Errorf("%s %q trusts %s: %v, want %v", spelling, tt.entries, tt.issuer, got, tt.want)
				}
			}
		})
	}
}

func FuzzChallenge(f *testing.F) {
	files, err := filepath.Glob("testdata/challenge/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, lines string) {
		c, err := ParseChallenge(challengeOf(lines))
		if err != nil {
			if c != nil {
				t.Errorf("a challenge and an error: %v, %v", c, err)
			}
			return
		}
		if !strings.Contains(strings.ToLower(lines), "bearer") {
			t.Errorf("a bearer challenge in %q", lines)
		}
		for _, issuer := range c.TrustedIssuers {
			if back, err := ParsePrincipal(issuer.String()); err != nil || back != issuer {
				t.Errorf("issuer %+v comes back as %+v, %v", issuer, back, err)
			}
		}
	})
}
