package config

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShowTellsWhereEachValueComesFrom(t *testing.T) {
	c, err := Parse("/etc/availproxy/config.yaml", readGood(t, "production"), Options{Dir: beside(t), Getenv: variables})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := c.Show(true)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"listen: :443 # config.yaml:1\n",
		"  profile: modern # default\n",
		"  hosts:\n  - fb.contoso.com # config.yaml:6\n",
		"connect_to: {} # default\n",
		"    acs: accounts.accesscontrol.chinacloudapi.cn # config.yaml:12\n",
		"    password: (secret) # config.yaml:19\n",
		"  realm: contoso.com # default\n",
		"  stale: 36h # config.yaml:43\n",
		"  hash_key: (secret) # config.yaml:44\n",
	} {
		if !strings.Contains(string(shown), want) {
			t.Errorf("Show does not contain %q:\n%s", want, shown)
		}
	}
}

// A configuration without secrets can be shown and read again.
func TestShowIsAConfigurationAgain(t *testing.T) {
	options := Options{Dir: t.TempDir(), SkipFiles: true}
	paths, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no good files", err)
	}
	for _, path := range paths {
		want, err := Parse(path, readGood(t, strings.TrimSuffix(filepath.Base(path), ".yaml")), options)
		if err != nil {
			t.Fatal(err)
		}
		want.AuthConfig.Certificate.Password, want.Telemetry.HashKey, want.Cache.Snapshot.Key = Secret{}, Secret{}, Secret{}
		shown, err := want.Show(true)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(path, shown, options)
		if err != nil {
			t.Errorf("%s: %v in\n%s", path, err, shown)
			continue
		}
		if diff := cmp.Diff(want, got, same); diff != "" {
			t.Errorf("%s is not the same after Show:\n%s", path, diff)
		}
	}
}

// readGood is the configuration in a file of testdata/good.
func readGood(t testing.TB, name string) []byte {
	t.Helper()
	input, _, _ := strings.Cut(string(readFile(t, filepath.Join("testdata", "good", name+".yaml"))), dashes)
	return []byte(input)
}
