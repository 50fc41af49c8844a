package integration

import (
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "availproxy/"

// layers says which of our own packages the code in each folder may import, the
// tests in it excepted. The most specific folder counts. A folder that is not
// named may import nothing of ours, so that a new one has to be thought about.
var layers = map[string][]string{
	"freebusy":                     {},
	"freebusy/upstream":            {"freebusy"},
	"freebusy/graph":               {"freebusy", "freebusy/upstream"},
	"cache":                        {"freebusy"},
	"ews/soap":                     {},
	"ews/authn":                    {},
	"ews/authn/negotiate":          {"ews/authn"},
	"ews/authn/kerberos":           {"ews/authn", "ews/authn/negotiate"},
	"ews/authn/ntlm":               {"ews/authn", "ews/authn/negotiate"},
	"ews/authn/sspi":               {"ews/authn", "ews/authn/negotiate", "ews/authn/kerberos", "ews/authn/ntlm"},
	"ews":                          {"freebusy", "freebusy/upstream", "ews/soap", "ews/authn"},
	"oauth":                        {"freebusy", "freebusy/upstream"},
	"discovery":                    {"freebusy", "freebusy/upstream", "ews/soap"},
	"integration":                  {},
	"integration/forest":           {"integration/forest/s2s"},
	"integration/forest/s2s":       {},
	"integration/plants":           {"integration/forest", "integration/forest/s2s"},
	"integration/bench":            {"integration/forest"},
	"integration/bench/peer":       {},
	"integration/realm":            {},
	"integration/activedirectory":  {},
	"cmd/availproxy":               {"cmd/internal/cli"},
	"cmd/internal/config":          {"ews/authn", "discovery"},
	"cmd/internal/telemetry":       {},
	"cmd/internal/history":         {"freebusy", "cmd/internal/telemetry"},
	"cmd/internal/admin":           {"freebusy", "cmd/internal/history"},
	"cmd/internal/check":           {},
	"cmd/internal/check/exports":   {},
	"cmd/internal/check/conflicts": {"cmd/internal/check", "cmd/internal/check/exports", "cmd/internal/exchange"},
	"cmd/internal/capture":         {},
	"cmd/internal/explain":         {"freebusy"},
	"cmd/internal/oauthtest":       {"freebusy", "oauth"},
	"cmd/internal/exchange":        {},
	"cmd/internal/osservice":       {},
	"cmd/internal/server":          {"freebusy", "freebusy/graph", "cache", "ews", "ews/authn", "ews/authn/negotiate", "ews/authn/kerberos", "ews/authn/ntlm", "ews/authn/sspi", "oauth", "discovery", "cmd/internal/config", "cmd/internal/telemetry", "cmd/internal/admin", "cmd/internal/capture", "cmd/internal/history", "cmd/internal/check", "cmd/internal/check/exports", "cmd/internal/check/conflicts", "cmd/internal/oauthtest", "freebusy/upstream", "cmd/internal/osservice"},
	"cmd/internal/cli":             {"freebusy", "ews", "oauth", "discovery", "integration/forest", "cmd/internal/config", "cmd/internal/telemetry", "cmd/internal/capture", "cmd/internal/history", "cmd/internal/check", "cmd/internal/check/conflicts", "cmd/internal/exchange", "cmd/internal/osservice", "cmd/internal/server", "cmd/internal/explain", "cmd/internal/oauthtest"},
}

func TestImportsPointInwards(t *testing.T) {
	for pkg, imports := range imported(t) {
		allowed := layers[owner(pkg)]
		for _, imp := range imports {
			if ours, ok := strings.CutPrefix(imp, module); ok && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s; it may import only %v", pkg, ours, allowed)
			}
		}
	}
}

// Some libraries belong in one place, so that they can be replaced there.
func TestLibrariesStayWhereTheyBelong(t *testing.T) {
	homes := map[string][]string{
		"go.opentelemetry.io/otel/sdk":    {"cmd/internal/telemetry"},
		"go.yaml.in/yaml":                 {"cmd/internal/config", "cmd/internal/explain"},
		"github.com/golang-jwt/jwt":       {"oauth"},
		"software.sslmate.com":            {"oauth", "integration/forest", "integration/forest/s2s"},
		"github.com/jcmturner":            {"ews/authn/kerberos", "integration/realm"},
		"github.com/alexbrainman":         {"ews/authn/sspi"},
		"github.com/spf13/cobra":          {"cmd/internal/cli"},
		"github.com/coreos/go-systemd":    {"cmd/internal/osservice"},
		"github.com/prometheus":           {"cmd/internal/telemetry"},
		"github.com/hashicorp/golang-lru": {"cache", "ews/authn", "discovery", "oauth"},
	}
	for pkg, imports := range imported(t) {
		for library, home := range homes {
			within := func(imp string) bool { return imp == library || strings.HasPrefix(imp, library+"/") }
			if slices.ContainsFunc(imports, within) && !slices.Contains(home, owner(pkg)) {
				t.Errorf("%s imports %s, which belongs in %v", pkg, library, home)
			}
		}
	}
}

// owner is the most specific folder of layers that holds pkg.
func owner(pkg string) string {
	for dir := pkg; dir != "."; dir = path.Dir(dir) {
		if _, ok := layers[dir]; ok {
			return dir
		}
	}
	return pkg
}

// imported maps each of our packages to what its code imports.
func imported(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		packages[strings.TrimPrefix(fields[0], module)] = fields[1:]
	}
	if len(packages) < 5 {
		t.Fatalf("go list found only %d packages", len(packages))
	}
	return packages
}
