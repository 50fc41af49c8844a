package server_test

import (
	"net/http"
	"strings"
	"testing"

	"availproxy/integration/forest"
)

func TestTheOperatorsListener(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f, replace(t, "admin: {", `admin: {hosts: [status.contoso.example], probes: "127.0.0.1:0", `))
	r.ask(t, r.caller(t))
	if _, page := r.get(t, http.MethodGet, r.admin+"/", nil); !strings.Contains(page, f.EWSURL()) {
		t.Errorf("the page does not say where the forest was found:\n%s", page)
	}
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	tests := map[string]struct {
		method, url string
		change      func(*http.Request)
		status      int
		body        string // that is in it
	}{
		"alive":                          {"GET", r.admin + "/-/healthy", nil, 200, "healthy"},
		"ready":                          {"GET", r.admin + "/-/ready", nil, 200, `{"ready":true}`},
		"what Prometheus reads":          {"GET", r.admin + "/metrics", nil, 200, "up 1"},
		"the page names the forest":      {"GET", r.admin + "/", nil, 200, "fabrikam.example"},
		"the page names the file":        {"GET", r.admin + "/", nil, 200, r.path},
		"a reload":                       {"POST", r.admin + "/-/reload", nil, 200, "reloaded"},
		"a reload by GET":                {"GET", r.admin + "/-/reload", nil, 405, ""},
		"a reload from another site":     {"POST", r.admin + "/-/reload", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, ""},
		"nothing of Exchange":            {"GET", r.admin + forest.Path, nil, 404, ""},
		"under its name":                 {"GET", r.admin + "/", host("status.contoso.example"), 200, "fabrikam.example"},
		"under its name with a port":     {"GET", r.admin + "/", host("Status.contoso.example:9910"), 200, "fabrikam.example"},
		"as localhost":                   {"GET", r.admin + "/", host("localhost:1"), 200, "fabrikam.example"},
		"under another name":             {"GET", r.admin + "/", host("evil.example"), 421, "admin.hosts"},
		"alive, under another name":      {"GET", r.admin + "/-/healthy", host("evil.example"), 421, "admin.hosts"},
		"a reload under another name":    {"POST", r.admin + "/-/reload", host("evil.example"), 421, "admin.hosts"},
		"a probe":                        {"GET", r.probes + "/-/ready", nil, 200, `{"ready":true}`},
		"a probe under any name":         {"GET", r.probes + "/-/healthy", host("10-0-0-7.example"), 200, "healthy"},
		"a probe that reads":             {"GET", r.probes + "/metrics", nil, 200, "up 1"},
		"no page for probes":             {"GET", r.probes + "/", nil, 404, ""},
		"no reload by probes":            {"POST", r.probes + "/-/reload", nil, 404, ""},
		"no profiler for probes":         {"GET", r.probes + "/debug/pprof/", nil, 404, ""},
		"no question to the probes":      {"POST", r.probes + forest.Path, nil, 404, ""},
		"no question to the operator":    {"POST", r.admin + forest.Path, nil, 404, ""},
		"the profiler, for the operator": {"GET", r.admin + "/debug/pprof/cmdline", nil, 200, ""},
		"the history":                    {"GET", r.admin + "/queries?format=json", nil, 200, `"questions": []`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			response, body := r.get(t, tt.method, tt.url, tt.change)
			if response.StatusCode != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("got %s %q, want %d with %q", response.Status, body, tt.status, tt.body)
			}
		})
	}
}

// TestThePagesAreForTheirUsers begins without users, as on loopback, and names
// them by a reload.
func TestThePagesAreForTheirUsers(t *testing.T) {
	r := run(t, newForest(t, forest.Options{}))
	status := func(path string, change func(*http.Request)) int {
		response, _ := r.get(t, http.MethodGet, r.admin+path, change)
		return response.StatusCode
	}
	guess := func(request *http.Request) { request.SetBasicAuth("ex2010", "guess") }
	if got := status("/", nil); got != http.StatusOK {
		t.Errorf("before: %d", got)
	}
	r.reload(t, replace(t, "admin: {", "admin: {users_file: users.htpasswd, hosts: [status.contoso.example], "))
	for _, path := range []string{"/", "/metrics", "/queries", "/debug/pprof/cmdline"} {
		if nobody, wrong, right := status(path, nil), status(path, guess), status(path, r.logon); nobody != 401 || wrong != 401 || right == 401 {
			t.Errorf("%s: %d without a logon, %d with a wrong one, %d with the right one", path, nobody, wrong, right)
		}
	}
	for _, path := range []string{"/-/healthy", "/-/ready"} {
		if got := status(path, nil); got != http.StatusOK {
			t.Errorf("%s: %d without a logon", path, got)
		}
	}
	if got := status("/-/healthy", func(r *http.Request) { r.Host = "status.contoso.example" }); got != http.StatusOK {
		t.Errorf("%d under the new name", got)
	}
	response, _ := r.get(t, http.MethodGet, r.admin+"/", nil)
	if challenge := response.Header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, "Basic realm=") {
		t.Errorf("challenged with %q", challenge)
	}
	if response, _ := r.get(t, http.MethodPost, r.admin+"/-/reload", nil); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("a reload without a logon: %s", response.Status)
	}
}

// TestThePageNamesNoMailbox has a forest fail with a mailbox in its words, until
// the page tells of it.
func TestThePageNamesNoMailbox(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f, with("cache: {fresh: 0s, stale: 0s, negative: 0s}"))
	f.EWS.Faults.Set(forest.Faults{Override: func([]byte) []byte {
		return []byte(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode>` +
			`<faultstring>The store of alice@fabrikam.example is away.</faultstring></s:Fault></s:Body></s:Envelope>`)
	}})
	for range 3 {
		if code, text := r.ask(t, r.caller(t)); code != "ErrorProxyRequestProcessingFailed" || !strings.Contains(text, "alice@fabrikam.example") {
			t.Fatalf("got %s %s", code, text)
		}
	}
	_, page := r.get(t, http.MethodGet, r.admin+"/", nil)
	if strings.Contains(page, "alice@") || !strings.Contains(page, "is away") || !strings.Contains(page, "not asked until ") {
		t.Errorf("the page says\n%s", page)
	}
	if log := r.log.String(); strings.Contains(log, "alice@") || !strings.Contains(log, "is away") {
		t.Errorf("the log says\n%s", log)
	}
}

// TestThePagesSpeakTLS logs on there as from another machine, and is told until
// when the certificate lasts.
func TestThePagesSpeakTLS(t *testing.T) {
	r := run(t, newForest(t, forest.Options{}), replace(t, "admin: {", "admin: {tls: {certificate: proxy.pem, key: proxy.key}, users_file: users.htpasswd, "))
	secure := "https://localhost" + r.port("admin") + "/"
	if response, _ := r.get(t, http.MethodGet, r.admin+"/", r.logon); response.StatusCode != http.StatusBadRequest {
		t.Errorf("without TLS: %s", response.Status)
	}
	if response, _ := r.get(t, http.MethodGet, secure, nil); response.StatusCode != http.StatusUnauthorized || response.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("without a logon: %s %v", response.Status, response.Header)
	}
	response, page := r.get(t, http.MethodGet, secure, r.logon)
	if response.StatusCode != http.StatusOK || !strings.Contains(page, "TLS certificate of admin.listen") {
		t.Errorf("with one: %s\n%s", response.Status, page)
	}
}
