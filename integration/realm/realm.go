package realm

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Realm is one that runs until its test ends.
type Realm struct {
	Name string

	KDC string // the address of its domain controller

	dir string
}

// Start makes a realm of that name with no accounts. It skips the test where a
// program is missing, or fails it where all must be there.
func Start(t testing.TB, name string) *Realm {
	t.Helper()
	if testing.Short() {
		t.Skip("runs programs of others")
	}
	for _, program := range []string{"kdb5_util", "kadmin.local", "krb5kdc", "kinit"} {
		Needs(t, program)
	}
	r := &Realm{Name: name, dir: t.TempDir(), KDC: freeAddress(t)}
	r.configure(t)
	r.run(t, nil, "kdb5_util", "create", "-s", "-r", name, "-P", "master")
	r.serve(t)
	return r
}

// Needs skips the test where a program is missing, or fails it where all must be
// there. Daemons lie where not everybody looks.
func Needs(t testing.TB, program string) {
	t.Helper()
	_, err := exec.LookPath(find(program))
	switch {
	case err == nil:
	case os.Getenv("AVAILPROXY_REQUIRE_ALL") == "1":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

// NeedsModule is [Needs] for a module of a Python.
func NeedsModule(t testing.TB, python, module string) {
	t.Helper()
	Needs(t, python)
	out, err := exec.Command(python, "-c", "import "+module).CombinedOutput()
	switch {
	case err == nil:
	case os.Getenv("AVAILPROXY_REQUIRE_ALL") == "1":
		t.Fatalf("%s", out)
	default:
		t.Skipf("%s has no %s", python, module)
	}
}

func find(program string) string {
	if path := filepath.Join("/usr/sbin", program); exists(path) {
		return path
	}
	return program
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (r *Realm) configure(t testing.TB) {
	t.Helper()
	for name, content := range map[string]string{
		"krb5.conf": `[libdefaults]
 default_realm = REALM
 dns_lookup_kdc = false
 dns_lookup_realm = false
 rdns = false
 dns_canonicalize_hostname = false
 udp_preference_limit = 1
 allow_weak_crypto = true
 allow_rc4 = true
[realms]
 REALM = {
  kdc = KDC
 }
[domain_realm]
 localhost = REALM
`,
		"kdc.conf": `[kdcdefaults]
 kdc_listen = ""
 kdc_tcp_listen = KDC
[realms]
 REALM = {
  database_name = DIR/principal
  key_stash_file = DIR/stash
  acl_file = DIR/kadm5.acl
  supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal arcfour-hmac:normal
 }
[logging]
 kdc = STDERR
`,
	} {
		content = strings.NewReplacer("REALM", r.Name, "KDC", r.KDC, "DIR", r.dir).Replace(content)
		if err := os.WriteFile(r.file(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (r *Realm) file(name string) string { return filepath.Join(r.dir, name) }

// serve starts the KDC and waits until it listens.
func (r *Realm) serve(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background()) // outlives t.Context(), which ends before cleanup
	kdc := r.command(ctx, nil, "krb5kdc", "-n")
	said, err := kdc.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := kdc.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		reading.Wait()
		kdc.Wait() // its error is that it was killed
	})
	var lines []string
	for log := bufio.NewScanner(said); log.Scan(); {
		if lines = append(lines, log.Text()); strings.Contains(log.Text(), "commencing operation") {
			reading.Go(func() { io.Copy(io.Discard, said) })
			return
		}
	}
	t.Fatalf("the KDC has ended:\n%s", strings.Join(lines, "\n"))
}

func (r *Realm) command(ctx context.Context, variables []string, program string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, find(program), args...)
	c.Env = append(os.Environ(), "KRB5_CONFIG="+r.file("krb5.conf"), "KRB5_KDC_PROFILE="+r.file("kdc.conf"))
	c.Env = append(c.Env, variables...)
	return c
}

func (r *Realm) run(t testing.TB, variables []string, program string, args ...string) {
	t.Helper()
	if out, err := r.command(t.Context(), variables, program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, args, err, out)
	}
}

// Account makes an account with random keys and returns a keytab with them.
// etypes are those of MIT, such as "arcfour-hmac"; none is all that the realm has.
func (r *Realm) Account(t testing.TB, name string, etypes ...string) (keytab string) {
	t.Helper()
	r.admin(t, "addprinc", "-randkey", name)
	return r.NewKeys(t, name, etypes...)
}

// NewKeys gives an account new keys and returns a keytab with them alone.
func (r *Realm) NewKeys(t testing.TB, name string, etypes ...string) (keytab string) {
	t.Helper()
	keytab = filepath.Join(t.TempDir(), "keytab")
	args := []string{"ktadd", "-k", keytab}
	if len(etypes) > 0 {
		args = append(args, "-e", strings.Join(etypes, ":normal,")+":normal")
	}
	r.admin(t, append(args, name)...)
	return keytab
}

func (r *Realm) admin(t testing.TB, args ...string) {
	t.Helper()
	r.run(t, nil, "kadmin.local", append([]string{"-r", r.Name}, args...)...)
}

// LogOn gets a ticket for an account and returns the variables in the environment
// of a program that runs as it. settings are further lines of the section libdefaults, such as
// "permitted_enctypes = arcfour-hmac".
func (r *Realm) LogOn(t testing.TB, account, keytab string, settings ...string) []string {
	t.Helper()
	dir := t.TempDir()
	own := filepath.Join(dir, "own.conf")
	if err := os.WriteFile(own, []byte("[libdefaults]\n"+strings.Join(settings, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	variables := []string{"KRB5_CONFIG=" + own + ":" + r.file("krb5.conf"), "KRB5CCNAME=FILE:" + filepath.Join(dir, "tickets")}
	r.run(t, variables, "kinit", "-k", "-t", keytab, account)
	return variables
}
