package server

import (
	"crypto/rand"
	"crypto/rsa"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/keytab"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/config"
	"availproxy/ews/authn/kerberos"
)

func TestWhatCheckSaysAboutLoggingOn(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	certificate := certificateFiles(t, key, &key.PublicKey) // for fb.contoso.example
	tests := map[string]struct {
		keytab  []string // principals; nil: no Kerberos
		etype   int32
		profile config.TLSProfile
		allow   []config.Principal
		want    map[string]check.Severity
	}{
		"all is well": {keytab: []string{"HTTP/FB.contoso.example"}, etype: 18, profile: config.Modern, allow: []config.Principal{"EX2010$@CONTOSO.EXAMPLE"},
			want: map[string]check.Severity{"clients.allow": check.OK, "clients.tls_profile": check.OK, "clients.keytab": check.OK, "clients.spn": check.OK}},
		"nothing but RC4, for another name, and old TLS": {keytab: []string{"HTTP/linux7.contoso.example"}, etype: 23, profile: config.Legacy,
			want: map[string]check.Severity{"clients.allow": check.Fail, "clients.tls_profile": check.Warn, "clients.keytab": check.Warn, "clients.spn": check.Warn}},
		"no Kerberos": {profile: config.Windows2003, allow: []config.Principal{"basic:load"},
			want: map[string]check.Severity{"clients.allow": check.OK, "clients.tls_profile": check.Warn}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := &config.Config{TLS: certificate, Clients: config.Clients{Allow: tt.allow}}
			c.TLS.Profile = tt.profile
			w := &wiring{config: c}
			got := map[string]check.Severity{}
			note := func(findings ...check.Finding) {
				for _, f := range findings {
					got[f.ID] = f.Severity
				}
			}
			note(w.checkAllow(), checkProfile(tt.profile))
			if tt.keytab != nil {
				path, entries := writeKeytab(t, tt.keytab, tt.etype)
				c.Clients.Kerberos.Keytab = config.Path(path)
				note(checkKeytab(path, entries), w.checkSPN(entries))
			}
			for id, want := range tt.want {
				if got[id] != want {
					t.Errorf("%s is %v, want %v", id, got[id], want)
				}
			}
		})
	}
}

func writeKeytab(t *testing.T, principals []string, etype int32) (string, []kerberos.Entry) {
	t.Helper()
	file := keytab.New()
	for _, p := range principals {
		if err := file.AddEntry(p, "CONTOSO.EXAMPLE", "password", time.Unix(0, 0), 1, etype); err != nil {
			t.Fatal(err)
		}
	}
	data, err := file.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "http.keytab")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	entries, err := listKeytab(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, entries
}

func TestAClockThatNobodyTells(t *testing.T) {
	f := compareClock(t.Context(), "127.0.0.1:1", "CONTOSO.EXAMPLE", 5*time.Minute)
	if f.Severity != check.Warn || !strings.Contains(f.Seen, "127.0.0.1:1") {
		t.Errorf("got %+v, want a warning that names the domain controller", f)
	}
}

func TestRulesForUsersThatAreNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.htpasswd")
	if err := os.WriteFile(path, []byte("monitor:$2y$05$abcdefghijklmnopqrstuuyWmO8rZPzOZK0qYzQ1Vqz7pYq1yQyZe\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	connector := config.IntraOrganizationConnector{Clients: []config.Principal{"basic:Monitor"}}
	tests := map[string]struct {
		clients  config.Clients
		severity check.Severity
		seen     string
	}{
		"each is there":       {config.Clients{Allow: []config.Principal{"basic:monitor", "EX2010$@CONTOSO.EXAMPLE"}}, check.OK, "every"},
		"one is not there":    {config.Clients{Allow: []config.Principal{"basic:loadtest", "basic:monitor"}}, check.Warn, "no user loadtest"},
		"one may name others": {config.Clients{TokenSerialization: []config.Principal{"basic:loadtest"}}, check.Warn, "no user loadtest"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.clients.Basic.UsersFile = config.Path(path)
			w := &wiring{config: &config.Config{Clients: tt.clients}}
			if got := w.checkBasic(); len(got) != 1 || got[0].Severity != tt.severity || !strings.Contains(got[0].Seen, tt.seen) {
				t.Errorf("got %+v, want %s with %q", got, tt.severity, tt.seen)
			}
		})
	}
	w := &wiring{config: &config.Config{Connectors: []config.IntraOrganizationConnector{connector}}}
	w.config.Clients.Basic.UsersFile = config.Path(path)
	if got := w.checkBasic(); len(got) != 1 || got[0].Severity != check.Warn {
		t.Errorf("a rule of a connector with another case reads as %+v", got)
	}
	w.config.Clients.Basic.UsersFile = ""
	if got := w.checkBasic(); got != nil {
		t.Errorf("without users_file there is %+v", got)
	}
}

func TestTheCertificateOfTheListenerInTime(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	w := &wiring{config: &config.Config{TLS: certificateFiles(t, key, &key.PublicKey)}} // for an hour from now on
	tests := map[string]struct {
		now   time.Time
		want  check.Severity
		cause string
	}{
		"before it is valid":     {time.Now().Add(-2 * time.Hour), check.Fail, "listener.certificate"},
		"shortly before its end": {time.Now(), check.Warn, ""},
		"after it has run out":   {time.Now().Add(2 * time.Hour), check.Fail, "listener.certificate"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := w.checkListener(tt.now); len(got) != 1 || got[0].Severity != tt.want || got[0].Cause != tt.cause {
				t.Errorf("got %+v, want %s", got, tt.want)
			}
		})
	}
	w.config.TLS = config.TLS{}
	if got := w.checkListener(time.Now()); got != nil {
		t.Errorf("without TLS there is %+v", got)
	}
}
