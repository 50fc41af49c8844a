package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// missing skips a test that needs a part which is not there, or fails it where
// all parts must be.
func missing(t *testing.T, part string) {
	t.Helper()
	if os.Getenv("AVAILPROXY_REQUIRE_ALL") == "1" {
		t.Fatal("missing: " + part)
	}
	t.Skip("missing: " + part)
}

// part finds a program that others wrote.
func part(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name+" (Debian: "+debian+")")
	}
	return path
}

// python runs a script in clients with the Python that has exchangelib, which
// need not be the first one.
func python(script string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		for _, python := range []string{"/usr/bin/python3", "python3"} {
			if exec.Command(python, "-c", "import exchangelib").Run() == nil {
				return []string{python, filepath.Join("clients", script)}
			}
		}
		missing(t, "exchangelib (Debian: python3-exchangelib)")
		return nil
	}
}

// node runs a script in clients that needs those npm packages. They are where
// AVAILPROXY_NODE_MODULES says, or wherever node looks.
func node(script string, packages ...string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		node := part(t, "node", "nodejs")
		for _, name := range packages {
			probe := exec.Command(node, "-e", "require.resolve('"+name+"')")
			probe.Env = append(os.Environ(), "NODE_PATH="+os.Getenv("AVAILPROXY_NODE_MODULES"))
			if probe.Run() != nil {
				missing(t, name+" (npm install, AVAILPROXY_NODE_MODULES says where)")
			}
		}
		return []string{node, filepath.Join("clients", script)}
	}
}

// nodeEWS runs node-ews with the public EWS schemas.
func nodeEWS(t *testing.T) []string {
	command := node("nodeews_freebusy.js", "node-ews", "ntlm-client")(t)
	schemas := t.TempDir()
	for _, name := range []string{"messages.xsd", "types.xsd", "xml.xsd"} {
		schema, err := os.ReadFile(schemaFile(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(schemas, name), schema, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return append(command, schemas)
}

// dotnet compiles a program in clients for Mono and runs it there.
func dotnet(source string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		compiler, runtime := part(t, "mcs", "mono-mcs"), part(t, "mono", "mono-runtime")
		program := filepath.Join(t.TempDir(), "client.exe")
		out, err := exec.Command(compiler, "-r:System.Web.Services", "-out:"+program, filepath.Join("clients", source)).CombinedOutput()
		if err != nil && strings.Contains(string(out), "CS0006") {
			missing(t, "System.Web.Services (Debian: libmono-system-web-services4.0-cil)")
		} else if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return []string{runtime, program}
	}
}
