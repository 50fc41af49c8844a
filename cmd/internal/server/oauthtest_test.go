package server_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"availproxy/cmd/internal/oauthtest"
	"availproxy/cmd/internal/server"
	"availproxy/freebusy"
	"availproxy/integration/forest"
	"availproxy/integration/forest/s2s"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// changing is what differs from run to run.
var changing = regexp.MustCompile(`(Trace|Correlation) ID: [0-9a-f-]+(\.\.\.)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d( UTC|Z)?|[0-9A-F]{40}|127\.0\.0\.1:\d+`)

// TestATestOfTokensTellsItsStory is held to what it prints.
func TestATestOfTokensTellsItsStory(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many forests")
	}
	tests := map[string]struct {
		plant func(*testing.T, *forest.Forest) []edit
		asked server.OAuthTest
		want  freebusy.Cause // "" is Success
	}{
		"EWS for a user":             {asked: server.OAuthTest{Service: oauthtest.EWS}},
		"EWS for the application":    {asked: server.OAuthTest{Service: oauthtest.EWS, AppOnly: true}},
		"autodiscover":               {asked: server.OAuthTest{Service: oauthtest.AutoD}},
		"a URL that takes no GET":    {asked: server.OAuthTest{Service: oauthtest.Generic, TargetURI: "https://mail.fabrikam.example" + forest.Path}, want: "endpoint.handler-missing"},
		"a URL for anybody":          {asked: server.OAuthTest{Service: oauthtest.Generic, TargetURI: "https://autodiscover.fabrikam.example/autodiscover/metadata/json/1"}},
		"a mailbox that is not":      {asked: server.OAuthTest{Service: oauthtest.EWS, AppOnly: true}, plant: aliceGets(forest.MailboxFault{Code: "ErrorNonExistentMailbox", Text: "The SMTP address has no mailbox associated with it."})},
		"autodiscover about nobody":  {asked: server.OAuthTest{Service: oauthtest.AutoD, Mailbox: "nobody@fabrikam.example", AppOnly: true}},
		"EWS about nobody":           {asked: server.OAuthTest{Service: oauthtest.EWS, Mailbox: "nobody@fabrikam.example", AppOnly: true}, want: "discovery.user-unknown"},
		"a host that we do not know": {asked: server.OAuthTest{Service: oauthtest.Generic, TargetURI: "https://evil.example/EWS/Exchange.asmx"}, want: "host.not-allowed"},

		"a certificate that is not there":   {plant: plants["the certificate was never uploaded"].in, want: "certificate.not-registered"},
		"an application that is not there":  {plant: acsRefuses(700016), want: "application.unknown"},
		"no consent":                        {plant: acsRefuses(65001), want: "application.no-consent"},
		"old keys there":                    {plant: plants["the other side has old keys"].in, want: "token.signature-stale"},
		"another audience":                  {plant: plants["the token is for another host"].in, want: "token.audience-wrong"},
		"another realm":                     {plant: plants["the realm is none there"].in, want: "token.tenant-unknown"},
		"a user who is not there":           {plant: plants["the user is not synchronised"].in, want: "user.unknown"},
		"a user who is there twice":         {plant: plants["two objects share the address"].in, want: "user.ambiguous"},
		"no role":                           {plant: plants["the application has no role"].in, want: "application.no-grant"},
		"a clock that is wrong there":       {plant: plants["the clock of the other side is off"].in, want: "clock.skew-there"},
		"a blocked principal":               {plant: plants["the shared principal is blocked"].in, want: "application.blocked"},
		"no word":                           {plant: ewsDoes(forest.Faults{Status: 401}), want: "token.not-accepted"},
		"a firewall":                        {plant: plants["a firewall answers for EWS"].in, want: "firewall.page"},
		"no bearer tokens":                  {plant: plants["autodiscover wants a password"].in, want: "token.not-offered"},
		"an endpoint for applications only": {plant: func(_ *testing.T, f *forest.Forest) []edit { f.EWS.Verifier.AppOnly = true; return nil }, want: "token.profile"},
		"another issuer": {plant: func(_ *testing.T, f *forest.Forest) []edit {
			other := s2s.Challenge{TrustedIssuers: []string{"00000001-0002-0000-c000-000000000000@*"}}
			f.EWS.Challenge, f.Autodiscover.Challenge = other, other
			return nil
		}, want: "challenge.issuer-not-trusted"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newForest(t, forest.Options{})
			var edits []edit
			if tt.plant != nil {
				edits = tt.plant(t, f)
			}
			r := run(t, f, edits...)
			asked := tt.asked
			if asked.Service == "" {
				asked.Service = oauthtest.EWS
			}
			if asked.Mailbox == "" {
				asked.Mailbox = "alice@fabrikam.example"
			}
			result, err := r.TestOAuth(t.Context(), asked)
			if err != nil {
				t.Fatal(err)
			}
			if result.Cause != tt.want || (result.ResultType == oauthtest.Success) != (tt.want == "") {
				t.Errorf("%s because of %q, want %q", result.ResultType, result.Cause, tt.want)
			}
			var printed bytes.Buffer
			if err := result.Text(&printed); err != nil {
				t.Fatal(err)
			}
			holds(t, filepath.Join("testdata", "oauth", strings.ReplaceAll(name, " ", "-")+".golden"), changing.ReplaceAllString(printed.String(), "(changes)"))
			asked.Verbose = true
			if result, err = r.TestOAuth(t.Context(), asked); err != nil {
				t.Fatal(err)
			}
			tellsNoSecret(t, printed.String()+result.Detail)
		})
	}
}

// tellsNoSecret knows a token by its beginning and an address by its @.
func tellsNoSecret(t *testing.T, told string) {
	t.Helper()
	for _, secret := range []string{"eyJ", "alice@", "nobody@", "actortoken", "-----BEGIN"} {
		if strings.Contains(told, secret) {
			t.Errorf("%q is in\n%s", secret, told)
		}
	}
}

// holds compares with a golden file.
func holds(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestATestThatCannotBeIsUsage(t *testing.T) {
	r := run(t, newForest(t, forest.Options{}))
	tests := map[string]server.OAuthTest{
		"Generic without a URL": {Service: oauthtest.Generic, Mailbox: "alice@fabrikam.example"},
		"another connector":     {Service: oauthtest.EWS, Mailbox: "alice@fabrikam.example", Connector: "elsewhere"},
	}
	for name, asked := range tests {
		t.Run(name, func(t *testing.T) {
			if result, err := r.TestOAuth(t.Context(), asked); err == nil {
				t.Errorf("got %+v", result)
			}
		})
	}
}
