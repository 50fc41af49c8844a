package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
	"availproxy/integration/realm"
)

// byKerberos lets EX2010$ of a realm log on by Kerberos, and nobody else.
func byKerberos(t *testing.T, f *forest.Forest, keytab string) edit {
	t.Helper()
	was := fmt.Sprintf("  basic: {users_file: users.htpasswd}\n  allow: [\"basic:%[1]s\"]\n  token_serialization: [\"basic:%[1]s\"]\n", f.Organization.User)
	return replace(t, was, fmt.Sprintf("  kerberos: {keytab: %q}\n  allow: ['EX2010$@CONTOSO.TEST']\n", keytab))
}

// tickets is a client that others wrote with the tickets of an account.
func tickets(name, account string, variables []string) client {
	c := clients[name]
	c.principal = account + "@CONTOSO.TEST"
	driver := c.driver
	c.driver = func(t *testing.T) []string {
		command := driver(t)
		realm.NeedsModule(t, command[0], "requests_kerberos")
		return append(append([]string{"env"}, variables...), command...)
	}
	return c
}

// TestAnOldServerLogsOnByKerberos has exchangelib log on as the computer account
// of a server. It takes no answer before it knows who has given it.
func TestAnOldServerLogsOnByKerberos(t *testing.T) {
	t.Parallel()
	r := realm.Start(t, "CONTOSO.TEST")
	service, machine := r.Account(t, "HTTP/localhost"), r.Account(t, "EX2010$")
	f := newForest(t, forest.Options{})
	p := serve(t, []*forest.Forest{f}, byKerberos(t, f, service))
	utc, _ := forest.ZoneByID("UTC")
	q := p.question("alice@fabrikam.example")

	server := tickets("exchangelib", "EX2010$", r.LogOn(t, "EX2010$", machine))
	want := truth(f, q.Mailboxes[0], q, server.generation)
	if diff := cmp.Diff(want, toldBy(server.ask(t, p, utc, q)[0])); diff != "" {
		t.Errorf("what it was told differs from the truth:\n%s", diff)
	}

	if h := tickets("exchangelib", "carol", r.LogOn(t, "carol", r.Account(t, "carol"))).hear(t, p, utc, q); h.Fault == "" {
		t.Errorf("an account that is not on the list was told %v", h.Mailboxes)
	}
	refused := p.log.await(t, func(l line) bool { return l.text("decision") == "not_allowed" })
	if refused.text("principal") != "carol@CONTOSO.TEST" || refused.text("reason") != "not_listed" || !strings.Contains(refused.text("missed"), "another name") {
		t.Errorf("the log says %s", refused.raw)
	}
}

// TestTheKeysOfTheProxyChange goes through a change of the service's password:
// the new keys are put beside the old ones, and tickets of both kinds are good.
func TestTheKeysOfTheProxyChange(t *testing.T) {
	t.Parallel()
	curl := part(t, "curl", "curl")
	r := realm.Start(t, "CONTOSO.TEST")
	machine := r.Account(t, "EX2010$")
	keytab := filepath.Join(t.TempDir(), "http.keytab")
	old := read(t, r.Account(t, "HTTP/localhost"))
	write(t, keytab, old)
	f := newForest(t, forest.Options{})
	p := serve(t, []*forest.Forest{f}, byKerberos(t, f, keytab))

	logOn := func(variables []string) string {
		t.Helper()
		command := append([]string{"env"}, variables...)
		return string(run(t, filepath.Join(p.dir, "ca.pem"), append(command, curl, "--silent", "--show-error", "--negotiate", "--user", ":",
			"--cacert", filepath.Join(p.dir, "ca.pem"), "--output", os.DevNull, "--write-out", "%{http_code}", p.url)...))
	}
	is := func(when, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %s, want %s\n%s", when, got, want, p.log)
		}
	}
	before := r.LogOn(t, "EX2010$", machine)
	is("at first", logOn(before), "200")

	fresh := read(t, r.NewKeys(t, "HTTP/localhost"))
	after := r.LogOn(t, "EX2010$", machine)
	is("with a ticket that the proxy has no key for", logOn(after), "401")
	p.log.await(t, func(l line) bool {
		return l.text("reason") == "no_key_for_ticket" && strings.Contains(l.text("err"), "HTTP/localhost of CONTOSO.TEST (AES256, key version 3)")
	})
	write(t, keytab, append(old, fresh[2:]...)) // as ktutil joins them
	p.reload(t)
	is("with a new ticket", logOn(after), "200")
	is("with an old ticket", logOn(before), "200")

	p.configure(t, replace(t, "EX2010$@CONTOSO.TEST", "EX2013$@CONTOSO.TEST"))
	p.reload(t)
	is("off the list, the page says who it is", logOn(after), "200")
	p.log.await(t, func(l line) bool { return l.text("decision") == "not_allowed" })
}

// reload makes the proxy read its configuration again.
func (p *proxy) reload(t *testing.T) {
	t.Helper()
	if status, said := p.page(t, "POST", "/-/reload"); status/100 != 2 {
		t.Fatalf("reload: %d %s", status, said)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
