package admin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestEveryAnswerIsSecured looks at good answers and at refusals alike.
func TestEveryAnswerIsSecured(t *testing.T) {
	want := map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	}
	for _, request := range []string{
		"GET localhost/", "GET localhost/style.css", "GET localhost/-/ready", "GET localhost/metrics", "GET localhost/debug/pprof/",
		"GET localhost/nothing", "GET evil.example/", "POST localhost/-/reload", "GET localhost/-/reload", "POST localhost/-/purge",
	} {
		t.Run(request, func(t *testing.T) {
			method, url, _ := strings.Cut(request, " ")
			for listener, handler := range map[string]http.Handler{"pages": admin().Handler(), "probes": admin().Probes()} {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, httptest.NewRequest(method, "http://"+url, nil))
				for name, value := range want {
					if got := w.Header().Get(name); got != value {
						t.Errorf("%s: %s is %q, want %q", listener, name, got, value)
					}
				}
				for directive := range strings.SplitSeq(w.Header().Get("Content-Security-Policy"), "; ") {
					if strings.HasPrefix(directive, "script-src") || strings.Contains(directive, "unsafe") || strings.Contains(directive, "*") {
						t.Errorf("%s: the policy lets in %s", listener, directive)
					}
				}
				if got := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; ") {
					t.Errorf("%s: the policy is %q", listener, got)
				}
			}
		})
	}
}

// TestPagesNeedNothingThatThePolicyForbids finds what a browser would not run or
// load.
func TestPagesNeedNothingThatThePolicyForbids(t *testing.T) {
	w := httptest.NewRecorder()
	admin().Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/", nil))
	for _, bad := range []string{"<script", "<style", " style=", " onclick=", "javascript:", "http://", "https://"} {
		if strings.Contains(strings.ToLower(w.Body.String()), bad) {
			t.Errorf("the page has %q:\n%s", bad, w.Body)
		}
	}
}
