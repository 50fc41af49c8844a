package capture

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"
)

var quiet = slog.New(slog.DiscardHandler)

// capturing is a server that answers 401 to whoever has no credentials, and
// else says how long the body was.
func capturing(t *testing.T, count int) (server *httptest.Server, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "capture.txt")
	c, err := New(path, count, quiet)
	if err != nil {
		t.Fatal(err)
	}
	server = httptest.NewUnstartedServer(c.Around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.Header.Del("User-Agent") // what a handler does to its request is not what was sent
		n, _ := io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Length", strconv.FormatInt(n, 10))
	})))
	server.Config.ErrorLog = slog.NewLogLogger(quiet.Handler(), slog.LevelDebug)
	server.StartTLS()
	t.Cleanup(func() {
		server.Close()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return server, path
}

func ask(t *testing.T, server *httptest.Server, body string, change func(*http.Request)) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/EWS/Exchange.asmx", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("User-Agent", "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003")
	if change != nil {
		change(r)
	}
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
	return response.StatusCode
}

func archive(t *testing.T, path string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range txtar.Parse(data).Files {
		files[f.Name] = string(f.Data)
	}
	return files
}

const question = `<?xml version="1.0"?><s:Envelope><s:Body><Address>alice@contoso.example</Address></s:Body></s:Envelope>`

func authorize(r *http.Request) { r.SetBasicAuth("ex2010", "hunter2") }

func TestTheNextRequestsAreSaved(t *testing.T) {
	server, path := capturing(t, 2)
	if status := ask(t, server, question, nil); status != http.StatusUnauthorized {
		t.Fatalf("answered %d", status)
	}
	for range 2 { // the second one is one too many
		if status := ask(t, server, question, authorize); status != http.StatusOK {
			t.Fatalf("answered %d", status)
		}
	}
	files := archive(t, path)
	if len(files) != 4 || !strings.Contains(files["001.txt"], "answered    401\n") || !strings.Contains(files["002.txt"], "answered    200\n") {
		t.Fatalf("the file holds %q", files)
	}
	if !strings.Contains(files["002.txt"], "tls         TLS 1.3, TLS_") || !strings.Contains(files["001.txt"], "length      103, of which we read 0") {
		t.Errorf("got %s%s", files["001.txt"], files["002.txt"])
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(files["002.request.txt"])))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if r.UserAgent() != "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003" || r.URL.Path != "/EWS/Exchange.asmx" || !bytes.HasPrefix(body, []byte(`<?xml version="1.0"?><s:Envelope><s:Body><Address>`)) {
		t.Errorf("got %s", files["002.request.txt"])
	}
	for name, content := range files {
		for _, secret := range []string{"alice", "contoso", "hunter2", base64.StdEncoding.EncodeToString([]byte("ex2010:hunter2")), "127.0.0.1"} {
			if strings.Contains(content, secret) {
				t.Errorf("%s holds %s:\n%s", name, secret, content)
			}
		}
	}
}

func TestManyAtOnceAreCountedOnce(t *testing.T) {
	server, path := capturing(t, 5)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { ask(t, server, question, authorize) })
	}
	all.Wait()
	files := archive(t, path)
	for _, name := range []string{"001.request.txt", "002.request.txt", "003.request.txt", "004.request.txt", "005.request.txt"} {
		if !strings.HasSuffix(files[name], "</s:Envelope>\n") {
			t.Errorf("%s is %q", name, files[name])
		}
	}
	if len(files) != 10 {
		t.Errorf("there are %d files, want 10", len(files))
	}
}

func TestWhatIsNoXMLIsNotShown(t *testing.T) {
	tests := map[string]struct {
		body   string
		change func(*http.Request)
		want   string
	}{
		"a form":             {"password=hunter2", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, "(16 bytes that cannot be read)"},
		"no type":            {"<a>hunter2</a>", func(r *http.Request) { r.Header.Del("Content-Type") }, "(14 bytes that cannot be read)"},
		"compressed":         {"<a>hunter2</a>", func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, "(14 bytes that cannot be read)"},
		"XML that is broken": {"<a><b hunter2</a>", nil, "<a>(14 bytes that cannot be read)"},
		"SOAP 1.2":           {"<a>true</a>", func(r *http.Request) { r.Header.Set("Content-Type", `application/soap+xml; action="x"`) }, "<a>true</a>"},
		"a chunked body":     {"<a>true</a>", func(r *http.Request) { r.ContentLength, r.Body = -1, io.NopCloser(strings.NewReader("<a>true</a>")) }, "<a>true</a>"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server, path := capturing(t, 1)
			ask(t, server, tt.body, func(r *http.Request) {
				authorize(r)
				if tt.change != nil {
					tt.change(r)
				}
			})
			saved := archive(t, path)["001.request.txt"]
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(saved)))
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(r.Body); err != nil || string(body) != tt.want {
				t.Errorf("got %q, %v, want %q", body, err, tt.want)
			}
		})
	}
}

func TestFieldsOfTheHead(t *testing.T) {
	ntlm := base64.StdEncoding.EncodeToString([]byte("NTLMSSP\x00\x03\x00\x00\x00CONTOSO\\EX2010$"))
	spnego := base64.StdEncoding.EncodeToString([]byte("\x60\x82\x01\x00EX2010$@CONTOSO.COM"))
	p := known
	tests := map[string]struct{ name, value, want string }{
		"Basic":                       {"Authorization", "Basic ZXg6eA==", "Basic " + p.secret("ZXg6eA==")},
		"Bearer":                      {"Authorization", "bearer a.b.c", "bearer " + p.secret("a.b.c")},
		"NTLM":                        {"Authorization", "NTLM " + ntlm, "NTLM (NTLM message 3, 27 bytes) " + p.secret(ntlm)},
		"NTLM inside Negotiate":       {"Authorization", "Negotiate " + ntlm, "Negotiate (NTLM message 3, 27 bytes) " + p.secret(ntlm)},
		"Kerberos":                    {"Authorization", "Negotiate " + spnego, "Negotiate (first message, 23 bytes) " + p.secret(spnego)},
		"a scheme of nobody":          {"Authorization", "hunter2 x", p.secret("hunter2 x")},
		"no scheme":                   {"Proxy-Authorization", "hunter2", p.secret("hunter2")},
		"cookies":                     {"Cookie", "exchangecookie=abc; a=b", "exchangecookie=" + p.secret("abc") + "; a=" + p.secret("b")},
		"no cookies":                  {"Cookie", "hunter2", p.secret("hunter2")},
		"a User-Agent":                {"User-Agent", "ASProxy/CrossForest/Directory/EXCH/08.03.0083.000", "ASProxy/CrossForest/Directory/EXCH/08.03.0083.000"},
		"a User-Agent that says who":  {"User-Agent", "me@contoso.example", p.address("me@contoso.example")},
		"a User-Agent with a domain":  {"User-Agent", `CONTOSO\me`, p.text(`CONTOSO\me`)},
		"an anchor":                   {"X-Anchormailbox", "alice@contoso.example", p.address("alice@contoso.example")},
		"Exchange's own access token": {"X-Commonaccesstoken", "VgEAVAdXaW5kb3dz", p.text("VgEAVAdXaW5kb3dz")},
		"a number":                    {"X-Retry", "3", "3"},
		"where it comes from":         {"X-Forwarded-For", "192.0.2.7", p.text("192.0.2.7")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := p.field(tt.name, tt.value); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAFileThatIsThereIsNotTouched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "capture.txt")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(path, 1, quiet); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("got %v", err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "precious" {
		t.Errorf("it holds %q, %v", content, err)
	}
}

func TestTheFileIsForItsOwnerAlone(t *testing.T) {
	_, path := capturing(t, 1)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("its mode is %v, want %v", mode, fs.FileMode(0o600))
	}
}

func TestNoCaptureIsNoDifference(t *testing.T) {
	next := http.NewServeMux()
	if got := (*Capture)(nil).Around(next); got != http.Handler(next) {
		t.Errorf("got %v, want the handler itself", got)
	}
}

func TestAFileWithNothingInItIsRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "capture.txt")
	c, err := New(path, 1, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestAClosedCaptureLetsRequestsPass(t *testing.T) {
	c, err := New(filepath.Join(t.TempDir(), "capture.txt"), 1, quiet)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	c.Around(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusTeapot)
	})).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x")))
	if w.Code != http.StatusTeapot || c.Close() != nil {
		t.Errorf("answered %d", w.Code)
	}
}
