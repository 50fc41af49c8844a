package server_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"availproxy/integration/forest"
)

// stranger adds a user who may log on and is not allowed to ask.
func (r *running) stranger(t *testing.T) (name, password string) {
	t.Helper()
	const secret = "let-me-in"
	hash, err := bcrypt.GenerateFromPassword([]byte(secret), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(filepath.Dir(r.path), "users.htpasswd")
	users, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, fmt.Appendf(users, "stranger:%s\n", hash), 0o600); err != nil {
		t.Fatal(err)
	}
	return "stranger", secret
}

func TestWhoMayAsk(t *testing.T) {
	f := newForest(t, forest.Options{})
	const basic = `Basic realm=`
	anonymous := replace(t, "clients:\n", "clients:\n  anonymous_networks: [127.0.0.0/8]\n")
	tests := map[string]struct {
		change     edit
		caller     func(*forest.Caller)
		code, text string
	}{
		"the server of the list":                  {nil, nil, "NoError", ""},
		"nobody":                                  {nil, func(c *forest.Caller) { c.User = "" }, "Unauthorized", basic},
		"a wrong password":                        {nil, func(c *forest.Caller) { c.Password = "guess" }, "Unauthorized", basic},
		"an empty password":                       {nil, func(c *forest.Caller) { c.Password = "" }, "Unauthorized", basic},
		"a user that there is not":                {nil, func(c *forest.Caller) { c.User = "ex2007" }, "Unauthorized", basic},
		"a user in another case":                  {nil, func(c *forest.Caller) { c.User = "EX2010" }, "Unauthorized", basic},
		"a bearer token":                          {nil, func(c *forest.Caller) { c.Token = f.Token(f.Host(), f.Truth.Week.AddDate(1, 0, 0)) }, "Unauthorized", basic},
		"from a network of the list":              {replace(t, "clients:\n", "clients:\n  networks: [127.0.0.0/8]\n"), nil, "NoError", ""},
		"from another network":                    {replace(t, "clients:\n", "clients:\n  networks: [192.0.2.0/24]\n"), nil, "Forbidden", ""},
		"anonymous, from a network for that":      {anonymous, func(c *forest.Caller) { c.User = "" }, "NoError", ""},
		"anonymous, from another":                 {replace(t, "clients:\n", "clients:\n  anonymous_networks: [192.0.2.0/24]\n"), func(c *forest.Caller) { c.User = "" }, "Unauthorized", basic},
		"a wrong password, from an anonymous one": {anonymous, func(c *forest.Caller) { c.Password, c.PreAuthenticate = "guess", true }, "NoError", ""}, // is never asked for it
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var edits []edit
			if tt.change != nil {
				edits = append(edits, tt.change)
			}
			r := run(t, f, edits...)
			c := r.caller(t)
			if tt.caller != nil {
				tt.caller(c)
			}
			if code, text := r.ask(t, c); code != tt.code || !strings.Contains(text, tt.text) {
				t.Errorf("got %s %q, want %s %q", code, text, tt.code, tt.text)
			}
		})
	}
}

// TestWhoIsKnownAndNotAllowedReadsWhy gets 403 and, in it, what the event log of
// the asking server will show.
func TestWhoIsKnownAndNotAllowedReadsWhy(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := prepare(t, f)
	name, password := r.stranger(t)
	r.start(t, r.options())
	asStranger := func(request *http.Request) { request.SetBasicAuth(name, password) }
	response, body := r.get(t, http.MethodPost, r.url, func(request *http.Request) {
		asStranger(request)
		request.Header.Set("Content-Type", "text/xml; charset=utf-8")
	})
	if response.StatusCode != http.StatusForbidden || !strings.Contains(body, "a:ErrorAccessDenied</faultcode>") ||
		!strings.Contains(body, ">ErrorAccessDenied</e:ResponseCode>") || response.Header.Get("Content-Type") != "text/xml; charset=utf-8" {
		t.Errorf("got %s, %v, %s", response.Status, response.Header, body)
	}
	if !strings.Contains(r.log.String(), `"principal":"basic:stranger"`) || strings.Contains(r.log.String(), password) {
		t.Errorf("the log says\n%s", r.log)
	}
	if _, page := r.get(t, http.MethodGet, r.url, asStranger); !strings.Contains(page, "You are <strong>basic:stranger</strong>, known by <strong>basic</strong>") || !strings.Contains(page, "may <strong>not</strong> ask") {
		t.Errorf("the page says %s", page)
	}
	if _, page := r.get(t, http.MethodGet, r.url, r.logon); !strings.Contains(page, "You are <strong>basic:ex2010</strong>") || !strings.Contains(page, "<strong>may</strong> ask") {
		t.Errorf("the page of who may says %s", page)
	}
	if f.EWS.Journal.Total() > 0 {
		t.Error("the forest was asked")
	}
}

// TestOldAndNamelessHandshakes is about clients that say less than a browser.
func TestOldAndNamelessHandshakes(t *testing.T) {
	f := newForest(t, forest.Options{})
	tests := map[string]struct {
		change edit
		caller func(*forest.Caller)
		served bool
	}{
		"no server name":                 {nil, func(c *forest.Caller) { c.NoSNI = true }, true},
		"TLS 1.2":                        {nil, func(c *forest.Caller) { c.MaxTLS = tls.VersionTLS12 }, true},
		"TLS 1.1":                        {nil, func(c *forest.Caller) { c.MinTLS, c.MaxTLS = tls.VersionTLS10, tls.VersionTLS11 }, false},
		"TLS 1.0 where that is let in":   {replace(t, "profile: modern", "profile: legacy"), func(c *forest.Caller) { c.MinTLS, c.MaxTLS, c.NoSNI = tls.VersionTLS10, tls.VersionTLS10, true }, true},
		"a server name that is not ours": {nil, func(c *forest.Caller) { c.ConnectTo = map[string]string{"fb.contoso.example:443": ""} }, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var edits []edit
			if tt.change != nil {
				edits = append(edits, tt.change)
			}
			r := run(t, f, edits...)
			c := r.caller(t)
			tt.caller(c)
			if c.ConnectTo != nil {
				c.URL = "https://fb.contoso.example" + forest.Path
				c.ConnectTo["fb.contoso.example:443"] = "127.0.0.1" + r.port("exchange")
			}
			reply, err := c.Ask(t.Context(), r.question("alice@fabrikam.example"))
			if served := err == nil; served != tt.served || served && reply.Mailboxes[0].Code != "NoError" {
				t.Errorf("got %v, %v", reply, err)
			}
			if !tt.served && !strings.Contains(fmt.Sprint(err), "protocol version not supported") {
				t.Errorf("the handshake ended with %v", err)
			}
		})
	}
}
