package admin

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func admin() *Admin {
	return &Admin{
		Version: "1.2.3",
		Status: func() Status {
			return Status{
				Started: time.Now(), ReloadError: "line 3: <script>",
				Forests: []ForestStatus{{Connector: "ToCloud", Domains: []string{"contoso.partner.mail.onmschina.cn"}, Health: Up}},
				Shadows: []ShadowStatus{{
					Connector: "ToCloud", Backend: "graph", Equal: 40, Different: 2, Skipped: 7, Compared: time.Now(),
					Kinds:  []ShadowKind{{"at another time", 3}},
					Recent: []ShadowDifference{{Mailbox: "4fe2bc5d1f02", Kind: "only on the other side", Other: "<b>09:00"}},
				}},
				Certificates: []CertificateStatus{{Role: "current", Thumbprint: "ABCD", NotAfter: time.Now().Add(72*time.Hour + time.Minute)}},
			}
		},
		NotReady: func() []string { return nil },
		Reload:   func(context.Context) ([]string, error) { return nil, nil },
		Purge: func(_ context.Context, what Purge) (int, error) {
			if what == (Purge{Domain: "bad"}) {
				return 0, errors.New("domain: want a domain")
			}
			return len(what.Mailbox + what.Domain), nil
		},
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("up 1\n")) }),
		Hosts:   func() []string { return []string{"fb.contoso.example"} },
	}
}

func TestPages(t *testing.T) {
	broken := admin()
	broken.NotReady = func() []string { return []string{"draining"} }
	broken.Reload = func(context.Context) ([]string, error) { return nil, errors.New("line 3, column 1: unknown key") }
	partly := admin()
	partly.Reload = func(context.Context) ([]string, error) { return []string{"listen", "cache.size"}, nil }
	guarded := admin()
	guarded.Protect = func(http.Handler) http.Handler { return http.HandlerFunc(http.NotFound) }
	tests := map[string]struct {
		handler http.Handler
		request string
		host    string
		header  map[string]string
		status  int
		body    string
	}{
		"alive":                                    {admin().Handler(), "GET /-/healthy", "localhost:9910", nil, 200, "healthy"},
		"ready":                                    {admin().Handler(), "GET /-/ready", "127.0.0.1:9910", nil, 200, `{"ready":true}`},
		"not ready":                                {broken.Handler(), "GET /-/ready", "[::1]:9910", nil, 503, `{"ready":false,"notReady":["draining"]}`},
		"metrics":                                  {admin().Handler(), "GET /metrics", "fb.contoso.example", nil, 200, "up 1"},
		"the page escapes what it shows":           {admin().Handler(), "GET /", "FB.contoso.example:9910", nil, 200, "line 3: &lt;script&gt;"},
		"the page warns of a certificate":          {admin().Handler(), "GET /", "localhost", nil, 200, `<strong class="bad">3 days</strong>`},
		"the page counts what was compared":        {admin().Handler(), "GET /", "localhost", nil, 200, "Compared: 42 mailboxes"},
		"the page shows kinds of differences":      {admin().Handler(), "GET /", "localhost", nil, 200, "<li>at another time: 3</li>"},
		"the page shows both sides of differences": {admin().Handler(), "GET /", "localhost", nil, 200, "<td>only on the other side</td><td>nothing</td><td>&lt;b&gt;09:00</td>"},
		"a name that is not ours":                  {admin().Handler(), "GET /", "evil.example", nil, 421, "admin.hosts"},
		"a reload":                                 {admin().Handler(), "POST /-/reload", "localhost", nil, 200, "reloaded"},
		"a reload of a part":                       {partly.Handler(), "POST /-/reload", "localhost", nil, 200, "reloaded\nneeds a restart: listen, cache.size\n"},
		"a reload that fails":                      {broken.Handler(), "POST /-/reload", "localhost", nil, 422, "line 3, column 1: unknown key"},
		"a reload from another site":               {admin().Handler(), "POST /-/reload", "localhost", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, ""},
		"a purge of a mailbox":                     {admin().Handler(), "POST /-/purge?mailbox=a@b", "localhost", nil, 200, "mailboxes purged: 3\n"},
		"a purge of a domain":                      {admin().Handler(), "POST /-/purge?domain=b", "localhost", nil, 200, "mailboxes purged: 1\n"},
		"a purge of all":                           {admin().Handler(), "POST /-/purge?all=true", "localhost", nil, 200, "mailboxes purged: 0\n"},
		"a purge of nothing":                       {admin().Handler(), "POST /-/purge", "localhost", nil, 400, "want exactly one of mailbox=ADDRESS, domain=DOMAIN and all=true"},
		"a purge of what is none":                  {admin().Handler(), "POST /-/purge?domain=bad", "localhost", nil, 400, "domain: want a domain"},
		"a purge from another site":                {admin().Handler(), "POST /-/purge?all=true", "localhost", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, ""},
		"a purge by GET":                           {admin().Handler(), "GET /-/purge?all=true", "localhost", nil, 405, ""},
		"probes cannot purge":                      {admin().Probes(), "POST /-/purge?all=true", "localhost", nil, 404, ""},
		"a reload by GET":                          {admin().Handler(), "GET /-/reload", "localhost", nil, 405, ""},
		"the profiler":                             {admin().Handler(), "GET /debug/pprof/", "localhost", nil, 200, "goroutine"},
		"nothing else":                             {admin().Handler(), "GET /EWS/Exchange.asmx", "localhost", nil, 404, ""},
		"protected pages":                          {guarded.Handler(), "GET /", "localhost", nil, 404, ""},
		"probes are for every host":                {admin().Probes(), "GET /-/ready", "10.1.2.3.example", nil, 200, `"ready":true`},
		"probes show no page":                      {admin().Probes(), "GET /", "localhost", nil, 404, ""},
		"probes cannot reload":                     {admin().Probes(), "POST /-/reload", "localhost", nil, 404, ""},
		"probes do not show the profiler":          {admin().Probes(), "GET /debug/pprof/", "localhost", nil, 404, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(tt.request, " ")
			r := httptest.NewRequest(method, path, nil)
			r.Host = tt.host
			for k, v := range tt.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			tt.handler.ServeHTTP(w, r)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) {
				t.Errorf("got %d %s, want %d with %q", w.Code, w.Body, tt.status, tt.body)
			}
		})
	}
}
