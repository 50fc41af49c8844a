//go:build linux

package activedirectory

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The names of the forest. Its domain is that of the organization of the old
// servers in package forest, and Host is in the certificate that they get there.
const (
	Domain = "CONTOSO" // NetBIOS
	Realm  = "CONTOSO.EXAMPLE"
	Host   = "fb.contoso.example" // ProxyUrl; resolves to loopback in here
)

// controller is the address of the domain controller.
const controller = "10.53.0.1"

// Forest is one that runs until its test ends.
type Forest struct {
	Keytab          string // with the keys of HTTP/Host
	ExchangeServers string // the SID of the group that EX2010$ is in

	dir     string
	winbind *daemon
}

// Account is a computer account of the forest.
type Account struct{ Name, Password string }

// Principal is the name of the account in Kerberos.
func (a Account) Principal() string { return a.Name + "@" + Realm }

// NetBIOS is the name of the account in NTLM.
func (a Account) NetBIOS() string { return Domain + `\` + a.Name }

// The computer accounts of the forest. The Exchange server alone is in the group
// "Exchange Servers".
var (
	ExchangeServer = Account{"EX2010$", "Ex2010.Passw0rd"}
	PrintServer    = Account{"PRINT01$", "Print01.Passw0rd"}
)

var administrator = Account{"Administrator", "Adm.Passw0rd"}

//go:embed accounts.py
var accounts string

// Start makes a forest and waits until it can be used. The test must be [Inside].
func Start(t *testing.T) *Forest {
	t.Helper()
	f := &Forest{dir: t.TempDir()}
	f.Keytab = f.file("http.keytab")
	f.network(t)
	f.provision(t)
	f.serve(t)
	f.join(t)
	f.StartWinbind(t)
	return f
}

func (f *Forest) file(name string) string { return filepath.Join(f.dir, name) }

func (f *Forest) write(t *testing.T, name, content string) (path string) {
	t.Helper()
	path = f.file(name)
	content = strings.NewReplacer("DIR", f.dir, "DOMAIN", Domain, "REALM", Realm, "CONTROLLER", controller, "HOST", Host).Replace(content)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// network gives the domain controller an address, and everybody the names.
// Samba's programs look for each other in one place only, which is ours in here.
func (f *Forest) network(t *testing.T) {
	t.Helper()
	run(t, "ip", "address", "add", controller+"/32", "dev", "lo")
	run(t, "mount", "--bind", f.write(t, "resolv.conf", "nameserver CONTROLLER\n"), "/etc/resolv.conf")
	run(t, "mount", "--bind", f.write(t, "hosts", "127.0.0.1 localhost\nCONTROLLER dc1.contoso.example dc1\n127.0.0.1 HOST\n"), "/etc/hosts")
	if err := os.MkdirAll("/run/samba", 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, "mount", "-t", "tmpfs", "tmpfs", "/run/samba")
	t.Setenv("KRB5_CONFIG", f.write(t, "krb5.conf", `[libdefaults]
 default_realm = REALM
 dns_lookup_realm = false
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 REALM = {
  kdc = CONTROLLER
 }
[domain_realm]
 HOST = REALM
`))
}

// LogOn gets a ticket for an account and returns the environment of a program
// that runs as it.
func (f *Forest) LogOn(t *testing.T, a Account) []string {
	t.Helper()
	cache := "KRB5CCNAME=FILE:" + filepath.Join(t.TempDir(), "tickets")
	environment := append(os.Environ(), cache)
	kinit := exec.CommandContext(t.Context(), "kinit", "-k", "-t", f.file(a.Name+".keytab"), a.Name)
	kinit.Env = environment
	if out, err := kinit.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", kinit, err, out)
	}
	return environment
}
