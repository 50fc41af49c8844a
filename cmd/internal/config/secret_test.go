package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// Every secret that the tests can reach holds this word.
const canary = "canary"

func TestNoSecretCanBePrinted(t *testing.T) {
	c, err := Parse("FILE", readGood(t, "production"), Options{Dir: beside(t), Getenv: variables})
	if err != nil {
		t.Fatal(err)
	}
	secret := c.Telemetry.HashKey
	if !strings.Contains(secret.Reveal(), canary) || !strings.Contains(c.AuthConfig.Certificate.Password.Reveal(), canary) {
		t.Fatal("there is no secret to hide")
	}
	hides := map[string]any{
		"a configuration":      *c,
		"a pointer to it":      c,
		"a secret":             secret,
		"a pointer to one":     &secret,
		"one out of fmt reach": struct{ kept Secret }{secret},
		"a map":                map[string]Secret{"hash_key": secret},
		"a slice":              []Secret{secret},
	}
	for name, value := range hides {
		for how, printed := range printings(t, c, value) {
			if strings.Contains(printed, canary) {
				t.Errorf("%s by %s shows the secret:\n%s", name, how, printed)
			}
		}
	}
}

// printings writes value in every way that something might be written.
func printings(t *testing.T, c *Config, value any) map[string]string {
	t.Helper()
	var text, object bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("config", "value", value)
	slog.New(slog.NewJSONHandler(&object, nil)).Info("config", "value", value)
	asJSON, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Dump(value)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := c.Show(true)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"%v": fmt.Sprintf("%v", value), "%+v": fmt.Sprintf("%+v", value), "%#v": fmt.Sprintf("%#v", value),
		"%s": fmt.Sprintf("%s", value), "%q": fmt.Sprintf("%q", value), "%x": fmt.Sprintf("%x", value), "%d": fmt.Sprintf("%d", value),
		"JSON": string(asJSON), "YAML": string(asYAML), "slog text": text.String(), "slog JSON": object.String(), "Show": string(shown),
	}
}

// A file that holds its secrets in the wrong place is refused without
// repeating them.
func TestProblemsDoNotRepeatSecrets(t *testing.T) {
	for name, file := range map[string]string{
		"in place":              "telemetry: {hash_key: hunter2}",
		"with a colon":          "telemetry: {hash_key: 'hunter2:hunter2'}",
		"with a known prefix":   "telemetry: {hash_key: 'credential:hunter2/'}",
		"after a star":          "telemetry: {hash_key: *hunter2}",
		"as a list":             "telemetry: {hash_key: [hunter2]}",
		"in a URL":              "internet_web_proxy: 'http://proxy:hunter2@proxy.contoso.com'",
		"in a broken URL":       "internet_web_proxy: 'http://proxy:hunter2%zz@proxy.contoso.com'",
		"in a URL without host": "internet_web_proxy: 'http://hunter2@'",
	} {
		_, err := Parse("FILE", []byte("listen: 127.0.0.1:0\n"+file), Options{Getenv: variables})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSecretsAreEqualByPlaceAndValue(t *testing.T) {
	read := func(value string) Secret {
		c, err := Parse("FILE", []byte("listen: 127.0.0.1:0\ntelemetry: {hash_key: 'env:KEY'}\n"),
			Options{Getenv: func(string) string { return value }})
		if err != nil {
			t.Fatal(err)
		}
		return c.Telemetry.HashKey
	}
	if !read("0123456789abcdef").Equal(read("0123456789abcdef")) {
		t.Error("the same secret read twice is not equal")
	}
	if read("0123456789abcdef").Equal(read("0123456789abcdeg")) {
		t.Error("a changed secret is equal")
	}
}

func TestASecretFileLosesOneLineEnd(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{"a": "a", "a\n": "a", "a\r\n": "a", "a\n\n": "a\n", " a ": " a "} {
		path := filepath.Join(dir, "secret")
		writeFile(t, path, content)
		if got, err := readSecret(path); err != nil || got != want {
			t.Errorf("readSecret of %q is %q, %v, want %q", content, got, err, want)
		}
	}
}
