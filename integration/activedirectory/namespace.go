//go:build linux

package activedirectory

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// inside is set for a test that has its own namespaces.
const inside = "AVAILPROXY_INSIDE_NAMESPACES"

// Inside gives a test a network with nothing but loopback, mounts and processes
// of its own: it runs the test again in there and reports what came of it. It
// returns true in there and false outside, where the test has nothing more to
// do. Where a part of the forest is missing, or the rights, it skips the test, or
// fails it where all must be there.
func Inside(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inside) == t.Name() {
		run(t, "ip", "link", "set", "lo", "up")
		return true
	}
	if testing.Short() {
		t.Skip("runs programs of others")
	}
	needParts(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	again := exec.CommandContext(t.Context(), "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
		program, "-test.run", "^"+t.Name()+"$", "-test.v", "-test.count", "1")
	again.Env = append(os.Environ(), inside+"="+t.Name())
	out, err := again.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
	return false
}

// needParts looks for everything that Start and Inside need.
func needParts(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		missing(t, "root: namespaces and ports below 1024")
	}
	for file, debian := range map[string]string{
		"/usr/bin/unshare": "util-linux", "/usr/bin/ip": "iproute2", "/usr/bin/kinit": "krb5-user", "/usr/bin/samba-tool": "samba",
		"/usr/sbin/samba": "samba-ad-dc", "/usr/share/samba/setup": "samba-ad-provision", "/usr/sbin/winbindd": "winbind", "/usr/bin/ntlm_auth": "winbind",
	} {
		if _, err := os.Stat(file); err != nil {
			missing(t, file+" (Debian: "+debian+")")
		}
	}
}

func missing(t *testing.T, part string) {
	t.Helper()
	if os.Getenv("AVAILPROXY_REQUIRE_ALL") == "1" {
		t.Fatal("missing: " + part)
	}
	t.Skip("missing: " + part)
}

// run runs a program to its end.
func run(t testing.TB, program string, args ...string) {
	t.Helper()
	output(t, program, args...)
}

// output is what a program prints.
func output(t testing.TB, program string, args ...string) string {
	t.Helper()
	var complaints bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, &complaints)
	}
	return string(out)
}
