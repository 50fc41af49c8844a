//go:build linux

package activedirectory

import (
	"os"
	"strings"
	"testing"
)

// everywhere is what the controller and the member have in common: they keep
// everything in a directory of the test.
const everywhere = `[global]
  private dir = DIR/ROLE/private
  state directory = DIR/ROLE/state
  cache directory = DIR/ROLE/cache
  lock directory = DIR/ROLE/lock
  pid directory = DIR/ROLE/pid
  ncalrpc dir = DIR/ROLE/ncalrpc
  binddns dir = DIR/ROLE/bind
  ntp signd socket directory = DIR/ROLE/ntp
  workgroup = DOMAIN
  realm = REALM
  interfaces = lo CONTROLLER
  bind interfaces only = yes
  load printers = no
  printcap name = /dev/null
`

// configure writes an smb.conf, and makes the directories that it names.
func (f *Forest) configure(t *testing.T, role, more string) (conf string) {
	t.Helper()
	for _, name := range []string{"private", "state", "cache", "lock", "pid", "ncalrpc", "bind", "ntp", "sysvol"} {
		if err := os.MkdirAll(f.file(role+"/"+name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return f.write(t, role+"/smb.conf", strings.ReplaceAll(everywhere, "ROLE", role)+more)
}

// provision makes the domain controller's database. It holds accounts, keytabs
// and a group before the controller runs.
func (f *Forest) provision(t *testing.T) {
	t.Helper()
	t.Setenv("TDB_NO_FSYNC", "1") // the database lives for a minute
	conf := f.configure(t, "dc", `  server role = active directory domain controller
  netbios name = DC1
  server services = s3fs, rpc, ldap, cldap, kdc, dns, winbindd
  tls enabled = no
  vfs objects = dfs_samba4 acl_xattr xattr_tdb
  xattr_tdb:file = DIR/dc/xattr.tdb
[sysvol]
  path = DIR/dc/sysvol
  read only = no
[netlogon]
  path = DIR/dc/sysvol/scripts
  read only = no
`)
	run(t, "samba-tool", "domain", "provision", "--configfile="+conf, "--realm="+Realm, "--domain="+Domain, "--server-role=dc",
		"--dns-backend=SAMBA_INTERNAL", "--adminpass="+administrator.Password, "--host-name=dc1", "--host-ip="+controller, "--function-level=2008_R2")
	script := f.write(t, "accounts.py", accounts)
	f.ExchangeServers = strings.TrimSpace(output(t, "/usr/bin/python3", script, conf, f.dir, Host,
		ExchangeServer.Name+":"+ExchangeServer.Password, PrintServer.Name+":"+PrintServer.Password))
}

// serve starts the domain controller. It has a winbind of its own, which must not
// be found by what is on the member: there is one place for both to listen.
func (f *Forest) serve(t *testing.T) {
	t.Helper()
	d := start(t, f.file("dc/log"), "unshare", "--mount", "sh", "-ec", `mount -t tmpfs tmpfs /run/samba; exec "$@"`, "sh", "/usr/sbin/samba", "--interactive", "--model=single", "--configfile="+f.file("dc/smb.conf"), "--debug-stdout")
	for _, port := range []string{"53", "88", "389", "445"} {
		d.await(t, func() bool { return listens(controller + ":" + port) })
	}
}

// join makes a second machine a member of the domain: the one that the proxy is
// on. It has another name than Host, which the machine account would hold as well
// otherwise.
func (f *Forest) join(t *testing.T) {
	t.Helper()
	conf := f.configure(t, "member", `  server role = member server
  security = ads
  netbios name = LINUX7
  idmap config * : backend = tdb
  idmap config * : range = 100000-199999
`)
	run(t, "net", "ads", "join", "--configfile="+conf, "--no-dns-updates", "-U", administrator.Name+"%"+administrator.Password)
}

// StartWinbind starts the member's winbind, and waits until it has found the
// domain controller.
func (f *Forest) StartWinbind(t *testing.T) {
	t.Helper()
	f.winbind = start(t, f.file("member/log"), "winbindd", "--foreground", "--no-process-group", "--configfile="+f.file("member/smb.conf"), "--debug-stdout")
	f.winbind.await(t, func() bool { return succeeds("wbinfo", "--ping-dc") })
}

// StopWinbind ends the member's winbind as a crash does.
func (f *Forest) StopWinbind(t *testing.T) {
	t.Helper()
	f.winbind.stop()
}

// Helper is the command line of ntlm_auth on the member.
func (f *Forest) Helper() []string {
	return []string{"ntlm_auth", "--configfile=" + f.file("member/smb.conf"), "--helper-protocol=squid-2.5-ntlmssp"}
}
