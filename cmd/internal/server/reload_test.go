package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"availproxy/integration/forest"
)

// TestAReloadHoldsAtOnce asks on a connection that stays open, for an answer
// that is held already.
func TestAReloadHoldsAtOnce(t *testing.T) {
	f := newForest(t, forest.Options{})
	tests := map[string]struct {
		change     edit
		code, text string // of the next answer
	}{
		"a principal that is gone":       {replace(t, `allow: ["basic:ex2010"]`, `allow: ["basic:somebody"]`), "Forbidden", ""},
		"no principal at all":            {replace(t, `allow: ["basic:ex2010"]`, `allow: []`), "Forbidden", ""},
		"a connector for others":         {replace(t, "cloud: none", "cloud: none\n    clients: [\"basic:somebody\"]"), "ErrorNoFreeBusyAccess", "The caller does not have access to free/busy data. LID: 47652"},
		"a connector that shows nothing": {replace(t, "access_level: LimitedDetails", "access_level: None"), "ErrorNoFreeBusyAccess", "The caller does not have access to free/busy data. LID: 47652"},
		"a connector that is disabled":   {replace(t, "cloud: none", "cloud: none\n    enabled: false"), "ErrorAddressSpaceNotFound", "LID: 47932"},
		"another domain":                 {replace(t, "target_address_domains: [fabrikam.example]", "target_address_domains: [adatum.example]"), "ErrorAddressSpaceNotFound", "LID: 47932"},
		"another network":                {replace(t, "clients:\n", "clients:\n  networks: [192.0.2.0/24]\n"), "Forbidden", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, f)
			c := r.caller(t)
			if code, text := r.ask(t, c); code != "NoError" {
				t.Fatalf("got %s %s", code, text)
			}
			asked := f.EWS.Journal.Total()
			r.reload(t, tt.change)
			if code, text := r.ask(t, c); code != tt.code || !strings.Contains(text, tt.text) {
				t.Errorf("got %s %q, want %s %q", code, text, tt.code, tt.text)
			}
			if n := f.EWS.Journal.Total(); n != asked {
				t.Errorf("the forest was asked %d times in between", n-asked)
			}
		})
	}
}

// TestAReloadTakesAwayDetailsThatAreHeld lowers what a connector passes on.
func TestAReloadTakesAwayDetailsThatAreHeld(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f)
	view := func() string {
		reply, err := r.caller(t).Ask(t.Context(), r.question("alice@fabrikam.example"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(reply.Response), "Over that") != (reply.Mailboxes[0].View == "DetailedMerged") {
			t.Errorf("the view %s comes as %s", reply.Mailboxes[0].View, reply.Response)
		}
		return reply.Mailboxes[0].View
	}
	got := []string{view()}
	r.reload(t, replace(t, "access_level: LimitedDetails", "access_level: AvailabilityOnly"))
	got = append(got, view())
	r.reload(t, replace(t, "access_level: AvailabilityOnly", "access_level: LimitedDetails"))
	got = append(got, view())
	if want := []string{"DetailedMerged", "FreeBusyMerged", "DetailedMerged"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestAReloadBringsDetailsThatAreNotHeld raises what a connector passes on: what
// was asked for before has less in it than a direct question would bring.
func TestAReloadBringsDetailsThatAreNotHeld(t *testing.T) {
	r := run(t, newForest(t, forest.Options{}), replace(t, "access_level: LimitedDetails", "access_level: AvailabilityOnly"))
	view := func() string {
		reply, err := r.caller(t).Ask(t.Context(), r.question("alice@fabrikam.example"))
		if err != nil {
			t.Fatal(err)
		}
		return reply.Mailboxes[0].View
	}
	got := []string{view()}
	r.reload(t, replace(t, "access_level: AvailabilityOnly", "access_level: LimitedDetails"))
	got = append(got, view())
	if want := []string{"FreeBusyMerged", "DetailedMerged"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestAChangedConnectorForgetsItsAnswers counts what the forest is asked: an
// answer that is held asks nobody.
func TestAChangedConnectorForgetsItsAnswers(t *testing.T) {
	f := newForest(t, forest.Options{})
	tests := map[string]struct {
		change edit
		asked  int // requests after the reload
	}{
		"nothing has changed":       {with(""), 0},
		"how long it may take":      {replace(t, "cloud: none", "cloud: none\n    timeout: 4s"), 0},
		"how much it passes on":     {replace(t, "access_level: LimitedDetails", "access_level: AvailabilityOnly"), 0},
		"how long answers are kept": {with("cache: {fresh: 2m}"), 0},
		"on whose behalf it asks":   {replace(t, "cloud: none", "cloud: none\n    act_as: free.busy@contoso.example"), 1},
		"where it asks":             {replace(t, "discovery_endpoint: "+f.DiscoveryEndpoint(), "target_sharing_epr: "+f.EWSURL()), 1},
		"its name":                  {replace(t, "name: fabrikam.example", "name: Fabrikam"), 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, f)
			c := r.caller(t)
			r.ask(t, c)
			asked := f.EWS.Journal.Asked("alice@fabrikam.example")
			r.reload(t, tt.change)
			if code, text := r.ask(t, c); code != "NoError" {
				t.Errorf("got %s %s", code, text)
			}
			if n := f.EWS.Journal.Asked("alice@fabrikam.example") - asked; n != tt.asked {
				t.Errorf("the forest was asked %d times, want %d", n, tt.asked)
			}
		})
	}
}

// TestABadConfigurationKeepsTheOldOne shows what is wrong where an operator
// looks, and serves on as if nothing had happened.
func TestABadConfigurationKeepsTheOldOne(t *testing.T) {
	f := newForest(t, forest.Options{})
	missing := filepath.Join(t.TempDir(), "missing")
	tests := map[string]struct {
		change edit
		said   string
	}{
		"a key that nobody knows":          {with("listne: 1"), "listne"},
		"no YAML":                          {with("["), "brackets"},
		"a principal that is none":         {replace(t, `allow: ["basic:ex2010"]`, `allow: ["*"]`), "clients.allow"},
		"a certificate that is missing":    {replace(t, "auth.pfx, ", missing+", "), "missing"},
		"a password that is wrong":         {replace(t, "file:auth.pfx.password", "file:users.htpasswd"), "auth_config.certificate"},
		"a certificate that is another's":  {replace(t, "key: proxy.key", "key: proxy.pem"), "tls"},
		"users that are none":              {replace(t, "users_file: users.htpasswd", "users_file: ca.pem"), "users_file"},
		"a good certificate and a bad one": {replace(t, "admin: {", "admin: {tls: {certificate: ca.pem, key: proxy.key}, "), "tls"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, f)
			c := r.caller(t)
			before, err := os.ReadFile(r.path)
			if err != nil {
				t.Fatal(err)
			}
			r.configure(t, tt.change)
			response, body := r.get(t, http.MethodPost, r.admin+"/-/reload", nil)
			if response.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, tt.said) {
				t.Errorf("got %d %q, want %q in it", response.StatusCode, body, tt.said)
			}
			if _, page := r.get(t, http.MethodGet, r.admin+"/", nil); !strings.Contains(page, tt.said) {
				t.Errorf("the page says nothing of %q:\n%s", tt.said, page)
			}
			if !strings.Contains(r.log.String(), "the configuration before it stays in force") {
				t.Errorf("the log says nothing:\n%s", r.log)
			}
			if code, text := r.ask(t, c); code != "NoError" {
				t.Errorf("afterwards the answer is %s %s", code, text)
			}
			r.reload(t, func(string) string { return string(before) })
			if _, page := r.get(t, http.MethodGet, r.admin+"/", nil); strings.Contains(page, tt.said) {
				t.Errorf("the page still says %q", tt.said)
			}
		})
	}
}

// TestAReloadSaysWhatNeedsARestart changes what a running process cannot, and
// goes on listening where it did.
func TestAReloadSaysWhatNeedsARestart(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f)
	r.reload(t, with("cache: {size: 128MiB}"), replace(t, "\nlisten: \"127.0.0.1:0\"", "\nlisten: 127.0.0.1:1"),
		replace(t, `{listen: "127.0.0.1:0"`, "{listen: 127.0.0.1:2"))
	if code, text := r.ask(t, r.caller(t)); code != "NoError" {
		t.Errorf("got %s %s", code, text)
	}
	want := `"msg":"configuration reloaded","needs_restart":["listen","admin.listen","cache.size"]`
	if !strings.Contains(r.log.String(), want) {
		t.Errorf("the log lacks %s:\n%s", want, r.log)
	}
}

// TestAReloadIsDueWhenSomebodyAsksForIt is the way of SIGHUP.
func TestAReloadIsDueWhenSomebodyAsksForIt(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f)
	c := r.caller(t)
	r.ask(t, c)
	r.configure(t, replace(t, `allow: ["basic:ex2010"]`, `allow: []`))
	r.changed <- os.Interrupt // one signal is as good as another
	r.changed <- os.Interrupt // is taken once the first has been obeyed
	if code, text := r.ask(t, c); code != "Forbidden" {
		t.Errorf("got %s %s", code, text)
	}
}
