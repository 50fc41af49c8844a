package config

import (
	"slices"
	"testing"
)

func TestFilesAreThoseThatTheConfigurationNames(t *testing.T) {
	c := &Config{
		StateDirectory: "/var/lib/availproxy",
		TLS:            TLS{Certificate: "/etc/fb.pem", Key: "/etc/fb.key"},
		Clients:        Clients{Basic: Basic{UsersFile: "/etc/users"}},
		Cache:          Cache{Snapshot: Snapshot{File: "/var/lib/cache.snapshot"}},
		AuthServers:    []AuthServer{{TrustedRoots: "/etc/roots.pem"}},
	}
	want := []string{"/etc/fb.pem", "/etc/fb.key", "/etc/users", "/etc/roots.pem"}
	if got := c.Files(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
