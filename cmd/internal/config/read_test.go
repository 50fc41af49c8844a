package config

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the expected part of testdata again")

// beside makes a directory with the files that configurations in testdata
// refer to. Their modes matter, and a version control system keeps none.
func beside(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, file := range map[string]struct {
		content string
		mode    os.FileMode
	}{
		"fb.pem":            {"certificate", 0o644},
		"fb.key":            {"key", 0o600},
		"auth.pfx":          {"pfx", 0o640},
		"auth.pfx.password": {"canary-in-a-file\n", 0o600},
		"users.htpasswd":    {"loadtest:$2y$", 0o644},
		"http.keytab":       {"keys", 0o640},
		"open.keytab":       {"keys", 0o644},
		"empty.key":         {"\n", 0o600},
		"snapshot.key":      {"Y2FuYXJ5LW9mLTMyLWJ5dGVzLWNhbmFyeS1vZi0zMi0=\n", 0o600},
		"short.key":         {"Y2FuYXJ5LW9mLTI0LWJ5dGVzLWNh\n", 0o600},
		"open.key":          {"canary-for-everyone", 0o644},
		"hash.key":          {"canary-as-credential\r\n", 0o644},
		"folder/file":       {"", 0o644},
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(file.content), file.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, file.mode); err != nil { // whatever the umask is
			t.Fatal(err)
		}
	}
	return dir
}

// variables is the environment of the tests.
func variables(name string) string {
	return map[string]string{"LONG": "canary-in-the-environment", "SHORT": "tiny"}[name]
}

// The files in testdata/bad and testdata/good have two parts: a configuration,
// and behind a line of dashes what Parse says of it.
const dashes = "----------\n"

func TestBadFilesSayWhatIsWrong(t *testing.T) {
	eachFile(t, "testdata/bad/*.yaml", func(t *testing.T, c *Config, err error) string {
		if err == nil {
			t.Fatal("the file was read without an error")
		}
		return err.Error() + "\n"
	})
}

func TestGoodFilesMayWarn(t *testing.T) {
	eachFile(t, "testdata/good/*.yaml", func(t *testing.T, c *Config, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, w := range c.Warnings {
			b.WriteString(w.String() + "\n")
		}
		return b.String()
	})
}

func eachFile(t *testing.T, pattern string, said func(*testing.T, *Config, error) string) {
	dir := beside(t)
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			if runtime.GOOS == "windows" && strings.Contains(path, "open") {
				t.Skip("Windows keeps permissions elsewhere than in the mode")
			}
			input, want, found := strings.Cut(string(readFile(t, path)), dashes)
			if !found {
				t.Fatal("there is no line of dashes")
			}
			c, err := Parse("FILE", []byte(input), Options{Dir: dir, Getenv: variables, System: "linux"})
			got := portable(said(t, c, err), dir)
			if *update {
				writeFile(t, path, input+dashes+got)
			} else if got != want {
				t.Errorf("said:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// portable is text with the paths of every system and every run the same.
func portable(text, dir string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, dir+string(filepath.Separator), "DIR/"), dir, "DIR")
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func writeFile(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReadTakesPathsFromTheDirectoryOfTheFile(t *testing.T) {
	dir := beside(t)
	writeFile(t, filepath.Join(dir, "config.yaml"), "listen: 127.0.0.1:0\nclients: {basic: {users_file: users.htpasswd}}\ntelemetry: {hash_key: \"credential:hash.key\"}\n")
	c, err := Read(filepath.Join(dir, "config.yaml"), func(name string) string {
		return map[string]string{"CREDENTIALS_DIRECTORY": dir}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(c.Clients.Basic.UsersFile), filepath.Join(dir, "users.htpasswd"); got != want {
		t.Errorf("users_file is %s, want %s", got, want)
	}
	if got, want := c.Telemetry.HashKey.Reveal(), "canary-as-credential"; got != want {
		t.Errorf("hash_key is %q, want %q", got, want)
	}
}

func TestReadOfNoFileIsAProblemOfTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing.yaml")
	_, err := Read(path, nil)
	want := Errors{{File: path, Message: "no such file"}}
	if got, ok := errors.AsType[Errors](err); !ok || !slices.Equal(got, want) {
		t.Errorf("Read: %v, want %v", err, want)
	}
}

func TestAnEmptyFileIsAllDefaults(t *testing.T) {
	for name, file := range map[string]string{"nothing": "", "comments": "# listen\n", "a mark": "\ufeff", "braces": "{}"} {
		_, err := Parse("FILE", []byte(file), Options{})
		if want := `FILE:1:1: tls: is required: ":443" can be reached`; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestTheRealmIsTheFirstAcceptedDomainUnlessGiven(t *testing.T) {
	for file, want := range map[string]string{
		"accepted_domains: ['*.contoso.com', fabrikam.com]":                   "fabrikam.com",
		"accepted_domains: [contoso.com]\nauth_config: {realm: tailspin.com}": "tailspin.com",
		"accepted_domains: []": "",
	} {
		if got := parse(t, "listen: 127.0.0.1:0\n"+file).AuthConfig.Realm; got != want {
			t.Errorf("%s: the realm is %q, want %q", file, got, want)
		}
	}
}

// parse reads a file that is good, without looking at other files.
func parse(t testing.TB, file string) *Config {
	t.Helper()
	c, err := Parse("FILE", []byte(file), Options{SkipFiles: true})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ExampleParse() {
	_, err := Parse("config.yaml", []byte(`
listen: 127.0.0.1:8080
timeout: {answer: 8s}
intra_organization_connectors:
  - name: Fabrikam
    TargetAddressDomains: [fabrikam.com]
    target_sharing_epr: http://mail.fabrikam.com/EWS/Exchange.asmx
    auth_server: Fabrikam
    access_level: availability
`), Options{})
	fmt.Println(err)
	// Output:
	// config.yaml:3:1: timeout: unknown key; did you mean "timeouts"?
	// config.yaml:6:5: intra_organization_connectors[0].TargetAddressDomains: unknown key; did you mean "target_address_domains"?
	// config.yaml:7:25: intra_organization_connectors[0].target_sharing_epr: must be an https URL; tokens and calendars never travel in the clear
	// config.yaml:8:18: intra_organization_connectors[0].auth_server: there is no auth server "Fabrikam"
	// config.yaml:9:19: intra_organization_connectors[0].access_level: "availability" is none of None | AvailabilityOnly | LimitedDetails; did you mean "AvailabilityOnly"?
}

// FuzzParse looks for files that stop the parser or that it places wrongly.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/bad/*.yaml", "testdata/good/*.yaml", "testdata/design.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			input, _, _ := bytes.Cut(readFile(f, path), []byte(dashes))
			f.Add(input)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("FILE", data, Options{SkipFiles: true, Getenv: variables})
		if err == nil {
			if _, err := c.Show(true); err != nil {
				t.Errorf("cannot show it: %v", err)
			}
			return
		}
		problems, ok := errors.AsType[Errors](err)
		if c != nil || !ok || len(problems) == 0 {
			t.Fatalf("Parse gave %v and %v", c, err)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.Message == "" {
				t.Errorf("a problem without place or message: %+v", p)
			}
		}
	})
}
