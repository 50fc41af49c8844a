package integration

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
	"availproxy/integration/forest/s2s"
)

// located is what a client learned of one mailbox.
type located struct {
	Address, Error, Target string
	Settings               map[string]string
}

// TestOthersFindTheForest has autodiscover of the staging forest judged by
// clients that others wrote: the proxy is one of its clients, and the two could
// agree on the same mistake.
func TestOthersFindTheForest(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs programs of others")
	}
	f := newForest(t, forest.Options{})
	f.Autodiscover.Change(func() {
		f.Autodiscover.Behaviours = map[string]s2s.Behaviour{
			"gone@fabrikam.example": {Code: "RedirectAddress", RedirectTarget: "gone@wingtip.example"},
		}
	})
	want := []located{
		{Address: f.Truth.Unknown, Error: "InvalidUser"},
		{Address: "gone@fabrikam.example", Error: "RedirectAddress", Target: "gone@wingtip.example"},
	}
	for _, address := range f.Truth.Addresses() {
		settings := map[string]string{"AutoDiscoverSMTPAddress": address}
		for _, name := range []string{"ExternalEwsUrl", "EwsSupportedSchemas"} {
			settings[name] = f.Autodiscover.Settings[name]
		}
		want = append(want, located{Address: address, Settings: settings})
	}
	tests := map[string]func(*testing.T) []string{
		"exchangelib":        python("exchangelib_autodiscover.py"),
		"ews-javascript-api": node("ewsjs_autodiscover.js", "ews-javascript-api"),
	}
	for name, driver := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, locate(t, driver(t), f, want)); diff != "" {
				t.Errorf("what it understood differs from the truth:\n%s", diff)
			}
		})
	}
}

// locate lets a driver ask autodiscover of f where those mailboxes are.
func locate(t *testing.T, command []string, f *forest.Forest, mailboxes []located) []located {
	t.Helper()
	dir := t.TempDir()
	if _, err := (forest.Material{Forests: []*forest.Forest{f}}).Write(dir); err != nil {
		t.Fatal(err)
	}
	endpoint, err := url.Parse(f.DiscoveryEndpoint())
	if err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte(f.Token(endpoint.Host, time.Now().Add(time.Hour))), 0o600); err != nil {
		t.Fatal(err)
	}
	command = append(command, endpoint.String(), f.ConnectTo()[endpoint.Host+":443"], token)
	for _, m := range mailboxes {
		command = append(command, m.Address)
	}
	var heard struct {
		Fault string
		Users []located
	}
	out := run(t, filepath.Join(dir, "ca.pem"), command...)
	if err := json.Unmarshal(out, &heard); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if heard.Fault != "" {
		t.Fatal(heard.Fault)
	}
	return heard.Users
}
