package cli

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"availproxy/integration/forest"
)

// oldServerDoor answers whoever has any credentials, and remembers what came.
type oldServerDoor struct {
	forest.EWS

	mu             sync.Mutex // guards what follows
	authorizations []string
	userAgent      string
	version        uint16
}

func (e *oldServerDoor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	e.authorizations = append(e.authorizations, r.Header.Get("Authorization"))
	e.userAgent, e.version = r.UserAgent(), r.TLS.Version
	e.mu.Unlock()
	if r.Header.Get("Authorization") == "" {
		w.Header().Set("WWW-Authenticate", `Basic realm="exchange"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	e.EWS.ServeHTTP(w, r)
}

func TestLookupAsksAsTheFlagsSay(t *testing.T) {
	const basic, bearer = "Basic dXNlcjpwYXNz", "Bearer a.b.c"
	tests := map[string]struct {
		flags          string
		authorizations []string
		userAgent      string // begins with it
		version        uint16
	}{
		"with a user":             {"--user user --password-file PASSWORD", []string{basic}, "ASProxy/CrossForest/EmailDomain/EXCH/15.00.1497.002 availproxy/", tls.VersionTLS13},
		"with a token":            {"--token-file TOKEN", []string{bearer}, "ASProxy/", tls.VersionTLS13},
		"as 2007":                 {"--as 2007 --user user --password-file PASSWORD", []string{"", basic}, "ASProxy/CrossForest/EmailDomain/EXCH/08.03.0083.000", tls.VersionTLS12},
		"as 2010":                 {"--as 2010 --user user --password-file PASSWORD", []string{"", basic}, "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003", tls.VersionTLS12},
		"as 2013":                 {"--as 2013 --user user --password-file PASSWORD", []string{"", basic}, "ASProxy/CrossForest/EmailDomain/EXCH/15.00.0775.038", tls.VersionTLS12},
		"as 2013 with a token":    {"--as 2013 --token-file TOKEN", []string{bearer}, "ASProxy/", tls.VersionTLS12},
		"as somebody in a domain": {`--as 2010 --user CONTOSO\user --password-file PASSWORD`, []string{"", "Basic Q09OVE9TT1x1c2VyOnBhc3M="}, "ASProxy/", tls.VersionTLS12},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := &oldServerDoor{EWS: forest.EWS{Truth: forest.Seeded(1, forest.Calendars{})}}
			server := httptest.NewTLSServer(e)
			defer server.Close()
			dir := secrets(t, server)
			flags := strings.NewReplacer("PASSWORD", filepath.Join(dir, "password"), "TOKEN", filepath.Join(dir, "token")).Replace(tt.flags)
			args := append([]string{"lookup", "--url", server.URL + forest.Path, "--ca", filepath.Join(dir, "ca"), "-o", "json", "alice@fabrikam.example"}, strings.Fields(flags)...)

			var stdout, stderr bytes.Buffer
			if code := Run(t.Context(), args, IO{Stdout: &stdout, Stderr: &stderr, Getenv: os.Getenv, Version: "test"}); code != 0 {
				t.Fatalf("exit code %d: %s", code, &stderr)
			}
			var told result
			if err := json.Unmarshal(stdout.Bytes(), &told); err != nil || told.Mailboxes[0].ResponseCode != "NoError" {
				t.Errorf("got %v, %s", err, &stdout)
			}
			if !slices.Equal(e.authorizations, tt.authorizations) || !strings.HasPrefix(e.userAgent, tt.userAgent) || e.version != tt.version {
				t.Errorf("it sent %q as %s over %s", e.authorizations, e.userAgent, tls.VersionName(e.version))
			}
		})
	}
}

// secrets writes what the flags name.
func secrets(t *testing.T, server *httptest.Server) (dir string) {
	t.Helper()
	dir = t.TempDir()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for name, content := range map[string]string{"password": "pass\n", "token": "a.b.c\r\n", "ca": string(ca)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
