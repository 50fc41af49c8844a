package server_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"availproxy/cmd/internal/telemetry"
	"availproxy/integration/forest"
)

// posting puts a form into a request.
func posting(form string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(form)), int64(len(form))
	}
}

// TestPurge has alice, bob and a mailbox that there is not held, and looks whom
// the forest is asked for after a purge.
func TestPurge(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f)
	people := []string{"alice@fabrikam.example", "bob@fabrikam.example", "nobody@fabrikam.example"}
	const want = "want exactly one of mailbox=ADDRESS, domain=DOMAIN and all=true"
	tests := map[string]struct {
		query  string
		change func(*http.Request)
		status int
		body   string
		again  string // the first letters of those that are asked for anew
	}{
		"a mailbox":                   {"?mailbox=alice@fabrikam.example", nil, 200, "mailboxes purged: 1\n", "a"},
		"in another spelling":         {"?mailbox=" + url.QueryEscape(" Alice@FABRIKAM.example "), nil, 200, "mailboxes purged: 1\n", "a"},
		"in a form":                   {"", posting("mailbox=bob%40fabrikam.example"), 200, "mailboxes purged: 1\n", "b"},
		"a mailbox that there is not": {"?mailbox=nobody@fabrikam.example", nil, 200, "mailboxes purged: 1\n", "n"},
		"one that is not held":        {"?mailbox=carol@fabrikam.example", nil, 200, "mailboxes purged: 0\n", ""},
		"a domain":                    {"?domain=fabrikam.example", nil, 200, "mailboxes purged: 3\n", "abn"},
		"the domains below":           {"?domain=*.example", nil, 200, "mailboxes purged: 3\n", "abn"},
		"another domain":              {"?domain=abrikam.example", nil, 200, "mailboxes purged: 0\n", ""},
		"all":                         {"?all=true", nil, 200, "mailboxes purged: 3\n", "abn"},
		"nothing":                     {"", nil, 400, want, ""},
		"not all":                     {"?all=false", nil, 400, want, ""},
		"all and a domain":            {"?all=true&domain=fabrikam.example", nil, 400, want, ""},
		"a mailbox, and one more":     {"?mailbox=alice@fabrikam.example", posting("mailbox=bob%40fabrikam.example"), 400, want, ""},
		"a slip":                      {"?mailboxes=alice@fabrikam.example", nil, 400, want, ""},
		"a slip beside a mailbox":     {"?mailbox=alice@fabrikam.example&x=1", nil, 400, want, ""},
		"an empty mailbox":            {"?mailbox=", nil, 400, want, ""},
		"no mailbox":                  {"?mailbox=alice", nil, 400, "mailbox: want an SMTP address", ""},
		"no domain":                   {"?domain=alice@fabrikam.example", nil, 400, `domain: want a domain, or "*." and a domain`, ""},
		"a form that is none":         {"?%zz", nil, 400, "the form cannot be read", ""},
		"a form without end":          {"", posting("mailbox=" + strings.Repeat("a", 1<<20)), 400, "the form cannot be read", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, m := range people {
				r.askAbout(t, m)
			}
			before := map[string]int{}
			for _, m := range people {
				before[m] = f.EWS.Journal.Asked(m)
			}
			response, body := r.get(t, http.MethodPost, r.admin+"/-/purge"+tt.query, tt.change)
			if response.StatusCode != tt.status || !strings.HasPrefix(body, tt.body) {
				t.Errorf("got %s %q, want %d %q", response.Status, body, tt.status, tt.body)
			}
			again := ""
			for _, m := range people {
				r.askAbout(t, m)
				if f.EWS.Journal.Asked(m) > before[m] {
					again += m[:1]
				}
			}
			if again != tt.again {
				t.Errorf("asked again for %q, want %q", again, tt.again)
			}
		})
	}
}

// askAbout asks about one mailbox as an old server would.
func (r *running) askAbout(t *testing.T, mailbox string) forest.MailboxReply {
	t.Helper()
	reply, err := r.caller(t).Ask(t.Context(), r.question(mailbox))
	if err != nil {
		t.Fatal(err)
	}
	return reply.Mailboxes[0]
}

func TestAPurgeIsForOperators(t *testing.T) {
	r := run(t, newForest(t, forest.Options{}), replace(t, "admin: {", `admin: {users_file: users.htpasswd, probes: "127.0.0.1:0", `))
	const all = "/-/purge?all=true"
	both := func(changes ...func(*http.Request)) func(*http.Request) {
		return func(r *http.Request) {
			for _, change := range changes {
				change(r)
			}
		}
	}
	tests := map[string]struct {
		method, url string
		change      func(*http.Request)
		status      int
	}{
		"a user":              {"POST", r.admin + all, r.logon, 200},
		"nobody":              {"POST", r.admin + all, nil, 401},
		"a wrong password":    {"POST", r.admin + all, func(r *http.Request) { r.SetBasicAuth("ex2010", "guess") }, 401},
		"by GET":              {"GET", r.admin + all, r.logon, 405},
		"from another site":   {"POST", r.admin + all, both(r.logon, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }), 403},
		"under another name":  {"POST", r.admin + all, both(r.logon, func(r *http.Request) { r.Host = "evil.example" }), 421},
		"by probes":           {"POST", r.probes + all, r.logon, 404},
		"where Exchange asks": {"POST", strings.TrimSuffix(r.url, forest.Path) + all, r.logon, 404},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if response, body := r.get(t, tt.method, tt.url, tt.change); response.StatusCode != tt.status {
				t.Errorf("got %s %s, want %d", response.Status, body, tt.status)
			}
		})
	}
}

func TestAPurgeIsLoggedAndCounted(t *testing.T) {
	t.Setenv("PURGE_TEST_KEY", "0123456789abcdef")
	r := run(t, newForest(t, forest.Options{}), with(`telemetry: {hash_key: "env:PURGE_TEST_KEY"}`),
		replace(t, "admin: {", "admin: {users_file: users.htpasswd, "))
	r.askAbout(t, "alice@fabrikam.example")
	r.get(t, http.MethodPost, r.admin+"/-/purge?mailbox=Alice@fabrikam.example", r.logon)
	r.get(t, http.MethodPost, r.admin+"/-/purge?domain=fabrikam.example", r.logon)
	r.get(t, http.MethodPost, r.admin+"/-/purge?all=true", r.logon)
	log := r.log.String()
	for _, line := range []string{
		`"msg":"cache purged","mailbox_hash":"4f94598c6b90","mailboxes":1,"principal":"basic:ex2010"`,
		`"msg":"cache purged","domain":"fabrikam.example","mailboxes":0,"principal":"basic:ex2010"`,
		`"msg":"cache purged","all":true,"mailboxes":0,"principal":"basic:ex2010"`,
	} {
		if !strings.Contains(log, line) {
			t.Errorf("the log lacks %s:\n%s", line, log)
		}
	}
	if strings.Contains(strings.ToLower(log), "alice@") {
		t.Errorf("the log names a mailbox:\n%s", log)
	}
	// Held now, MiB, asked, from memory, fresh, stale, failures, missed, partly known, fetched, shared, renewed, evicted, purged.
	const row = `<tr><th scope="row">fabrikam.example</th><td>0</td><td>0.0</td><td>1</td><td>0 %</td>` + "\n" +
		"<td>0</td><td>0</td><td>0</td><td>1</td><td>0</td>\n<td>1</td><td>0</td><td>0</td><td>0</td><td>1</td></tr>"
	if _, page := r.get(t, http.MethodGet, r.admin+"/", r.logon); !strings.Contains(page, row) {
		t.Errorf("the page lacks %s:\n%s", row, page)
	}
}

// TestForestsHaveOneLabel reads what Prometheus reads: whoever joins two metrics
// by forest must find it under one name in both.
func TestForestsHaveOneLabel(t *testing.T) {
	telemeter, err := telemetry.Start(t.Context(), telemetry.Options{Version: "test", Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { telemeter.Stop(context.Background()) })
	r := prepare(t, newForest(t, forest.Options{}))
	options := r.options()
	options.Metrics = telemeter.Metrics
	r.start(t, options)
	r.askAbout(t, "alice@fabrikam.example")
	r.askAbout(t, "li.na@unrelated.example")
	_, page := r.get(t, http.MethodGet, r.admin+"/metrics", nil)
	if strings.Contains(page, "availproxy_forest=") || strings.Contains(page, `forest=""`) {
		t.Errorf("a forest has another label, or none has its name:\n%s", page)
	}
	for _, metric := range []string{"cache_requests_total", "cache_misses_total", "cache_entries", "cache_size_bytes", "mailboxes_total", "discovery_attempts_total", "forest_in_flight"} {
		if !regexp.MustCompile(`(?m)^availproxy_` + metric + `\{.*forest="fabrikam.example".*\}`).MatchString(page) {
			t.Errorf("availproxy_%s does not say of which forest it is:\n%s", metric, page)
		}
	}
	if !regexp.MustCompile(`(?m)^availproxy_cache_requests_total\{.*forest="none".*\} 1$`).MatchString(page) {
		t.Errorf("the mailbox of no forest is not counted:\n%s", page)
	}
}
