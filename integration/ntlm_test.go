package integration

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
)

// byNTLM lets the account of the old servers log on by NTLM instead of Basic.
func byNTLM(t *testing.T, f *forest.Forest) edit {
	t.Helper()
	o := f.Organization
	file := filepath.Join(t.TempDir(), "accounts")
	line := fmt.Sprintf("CONTOSO\\%s:%s\n", o.User, ntHash(t, string(o.Password)))
	if err := os.WriteFile(file, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	was := fmt.Sprintf("  basic: {users_file: users.htpasswd}\n  allow: [\"basic:%[1]s\"]\n  token_serialization: [\"basic:%[1]s\"]\n", o.User)
	return replace(t, was, fmt.Sprintf("  ntlm: {backend: accounts, accounts_file: %q}\n  allow: ['CONTOSO\\%s']\n", file, o.User))
}

// ntHash makes the hash as the documentation tells the administrator to.
func ntHash(t *testing.T, password string) string {
	t.Helper()
	part(t, "openssl", "openssl")
	make := exec.Command("sh", "-c", `printf %s "$PASSWORD" | iconv -t UTF-16LE | openssl dgst -md4 -provider legacy`)
	make.Env = append(os.Environ(), "PASSWORD="+password)
	out, err := make.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fields := strings.Fields(string(out))
	return fields[len(fields)-1]
}

func TestClientsLogOnByNTLM(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs programs of others")
	}
	f := newForest(t, forest.Options{})
	p := serve(t, []*forest.Forest{f}, byNTLM(t, f))
	utc, _ := forest.ZoneByID("UTC")
	q := p.question("alice@fabrikam.example")
	for _, name := range []string{"exchangelib", ".NET"} {
		t.Run(name, func(t *testing.T) {
			c := clients[name]
			c.domain = "contoso"
			want := truth(f, q.Mailboxes[0], q, c.generation)
			if diff := cmp.Diff(want, toldBy(c.ask(t, p, utc, q)[0])); diff != "" {
				t.Errorf("what it was told differs from the truth:\n%s", diff)
			}
			c.domain = "fabrikam"
			if h := c.hear(t, p, utc, q); h.Fault == "" {
				t.Errorf("an account of another domain was told %v", h.Mailboxes)
			}
		})
	}
}

// TestCurlLogsOnByNTLM sends each request twice, the second time on the
// connection that the first has authenticated.
func TestCurlLogsOnByNTLM(t *testing.T) {
	t.Parallel()
	curl := part(t, "curl", "curl")
	f := newForest(t, forest.Options{})
	p := serve(t, []*forest.Forest{f}, byNTLM(t, f))
	o := f.Organization
	account := `CONTOSO\` + o.User
	tests := map[string]struct {
		arguments []string
		password  string
		want      string // status and new connections of each request
		says      string
	}{
		"GET":                   {[]string{"--ntlm"}, string(o.Password), "200 1\n200 0\n", account},
		"POST":                  {[]string{"--ntlm", "--header", "Content-Type: text/xml", "--data", "<x/>"}, string(o.Password), "500 1\n500 0\n", "ErrorInvalidRequest"},
		"a wrong password":      {[]string{"--ntlm"}, "wrong", "401 1\n401 0\n", ""},
		"HTTP/2, if it could":   {[]string{"--ntlm", "--http2"}, string(o.Password), "200 1\n200 0\n", account},
		"NTLM inside of SPNEGO": {[]string{"--negotiate"}, string(o.Password), "200 1\n200 0\n", account},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			users, page := filepath.Join(dir, "users"), filepath.Join(dir, "page")
			if err := os.WriteFile(users, []byte("CONTOSO:"+o.User+":"+tt.password+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), curl, append(tt.arguments, "--silent", "--show-error", "--config", "-", "--write-out", "%{http_code} %{num_connects}\n",
				"--output", page, p.url, "--output", page, p.url)...)
			cmd.Stdin = strings.NewReader(fmt.Sprintf("user = %q\ncacert = %q\n", account+":"+tt.password, filepath.Join(p.dir, "ca.pem")))
			if tt.arguments[0] == "--negotiate" {
				mechanism(t)
				cmd.Stdin = strings.NewReader(fmt.Sprintf("user = \":\"\ncacert = %q\n", filepath.Join(p.dir, "ca.pem")))
				cmd.Env = append(os.Environ(), "NTLM_USER_FILE="+users)
			}
			var complaints bytes.Buffer
			cmd.Stderr = &complaints
			out, err := cmd.Output()
			if err != nil || string(out) != tt.want {
				t.Errorf("got %q, want %q: %v %s\n%s", out, tt.want, err, &complaints, p.log)
			}
			if told, err := os.ReadFile(page); err != nil || !strings.Contains(string(told), tt.says) {
				t.Errorf("the page lacks %q: %v\n%s", tt.says, err, told)
			}
		})
	}
}

// mechanism looks for NTLM among the mechanisms of GSS-API.
func mechanism(t *testing.T) {
	t.Helper()
	found, err := filepath.Glob("/etc/gss/mech.d/*ntlmssp*")
	if err != nil || len(found) == 0 {
		missing(t, "NTLM for GSS-API (Debian: gss-ntlmssp)")
	}
}
