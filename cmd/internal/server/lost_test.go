package server_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/server"
	"availproxy/integration/forest"
)

// TestALostForestIsNotUp has autodiscover fail in ways that are mended
// differently, and reads what the check and the page make of it.
func TestALostForestIsNotUp(t *testing.T) {
	elsewhere := regexp.MustCompile(`("autodiscover\.fabrikam\.example:443": "127\.0\.0\.1):\d+"`)
	tests := map[string]struct {
		edit edit
		fix  string // within that of the finding
		page string // on the status page
	}{
		"nobody listens":            {func(c string) string { return elsewhere.ReplaceAllString(c, `$1:1"`) }, "firewall", "not found by autodiscover, tried again at "},
		"a host that is not listed": {replace(t, "allowed_hosts: [mail.fabrikam.example]", "allowed_hosts: []"), "allowed_hosts", ""},
		"an unknown realm":          {replace(t, "/contoso.example/metadata", "/contoso.invalid/metadata"), "auth_metadata_url", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, newForest(t, forest.Options{}), tt.edit)
			if code, text := r.ask(t, r.caller(t)); code != "ErrorAutoDiscoverFailed" {
				t.Fatalf("got %s %s", code, text)
			}
			findings := r.Check(t.Context(), server.Subject{Mailbox: "alice@fabrikam.example"})
			i := slices.IndexFunc(findings, func(f check.Finding) bool { return f.ID == "discovery.endpoint" })
			if i < 0 || findings[i].Severity != check.Fail || !strings.Contains(findings[i].Fix, tt.fix) {
				t.Errorf("no finding that says %q: %+v", tt.fix, findings)
			}
			if _, page := r.get(t, http.MethodGet, r.admin+"/", nil); !strings.Contains(page, tt.page) {
				t.Errorf("the page lacks %q:\n%s", tt.page, page)
			}
		})
	}
}
