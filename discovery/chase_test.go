package discovery

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func copyAll(w io.Writer, r io.Reader) { io.Copy(w, r) }

// tokens authorises as our OAuth transport does: one token for each allowed
// host, and a new one after a 401.
type tokens struct {
	hosts Hosts
	base  http.RoundTripper

	mu     sync.Mutex // guards minted
	minted map[string]int
}

func (k *tokens) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := k.base.RoundTrip(k.authorise(r))
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	resp.Body.Close()
	k.mint(r.URL.Host)
	r = r.Clone(r.Context())
	r.Body, _ = r.GetBody()
	return k.base.RoundTrip(k.authorise(r))
}

func (k *tokens) authorise(r *http.Request) *http.Request {
	if !k.hosts.Allows(r.URL) {
		return r
	}
	k.mu.Lock()
	n := k.minted[r.URL.Host]
	k.mu.Unlock()
	if n == 0 {
		n = k.mint(r.URL.Host)
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", fmt.Sprintf("Bearer %s %d", r.URL.Host, n))
	return r
}

func (k *tokens) mint(host string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.minted[host]++
	return k.minted[host]
}

// world is a fabrikam behind real TLS sockets: the names below example.com are
// its hosts, of which only those in allowed are allowed. Everything else ends
// in a trap.
type world struct {
	Directory *Directory
	tokens    *tokens
	url       string // of the autodiscover service

	mu      sync.Mutex // guards the rest
	seen    []string   // requests at the service: method, host, path, token, users
	trapped []string   // requests that reached the trap
}

func newWorld(t *testing.T, handler http.HandlerFunc) *world {
	t.Helper()
	w := &world{url: "https://autodiscover.example.com/autodiscover/autodiscover.svc"}
	forest := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.mu.Lock()
		defer w.mu.Unlock()
		w.seen = append(w.seen, fmt.Sprintf("%s %s%s %s %v", r.Method, r.Host, r.URL.Path, r.Header.Get("Authorization"), usersIn(body)))
		handler(rw, r)
	}))
	t.Cleanup(forest.Close)
	trap := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.trapped = append(w.trapped, r.Method+" "+r.Host+" "+r.Header.Get("Authorization"))
	}))
	t.Cleanup(trap.Close)

	roots := x509.NewCertPool()
	roots.AddCert(forest.Certificate())
	at := forest.Listener.Addr().String()
	dialer := &Dialer{ConnectTo: map[string]string{"autodiscover.example.com:443": at, "second.example.com:443": at}}
	for _, host := range []string{"evil.example.com:443", "autodiscover.example.com:8443", "autodiscover.example.com.evil.example:443", "127.0.0.1:443", "xn--utodiscover-r5i.example.com:443"} {
		dialer.ConnectTo[host] = trap.Listener.Addr().String()
	}
	transport := &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	jar, _ := cookiejar.New(nil)
	c := Connector{
		Name: "fabrikam", Enabled: true, TargetAddressDomains: []string{"fabrikam.example"},
		DiscoveryEndpoint: w.url, AllowedHosts: []string{"second.example.com", "ews.fabrikam.example"},
	}
	hosts, err := c.Hosts()
	if err != nil {
		t.Fatal(err)
	}
	w.tokens = &tokens{hosts: hosts, base: transport, minted: map[string]int{}}
	c.HTTP = &http.Client{Transport: w.tokens, Jar: jar}
	w.Directory = directory(t, c)
	return w
}

func TestHostileRedirectsNeverGetAToken(t *testing.T) {
	const svc = "/autodiscover/autodiscover.svc"
	targets := map[string]string{
		"plain http":                "http://evil.example.com" + svc,
		"another host":              "https://evil.example.com" + svc,
		"a user name":               "https://x@evil.example.com" + svc,
		"an allowed host before":    "https://autodiscover.example.com@evil.example.com" + svc,
		"an allowed host as prefix": "https://autodiscover.example.com.evil.example" + svc,
		"loopback":                  "https://127.0.0.1" + svc,
		"IPv6 clothes":              "https://[::ffff:10.0.0.1]" + svc,
		"no scheme":                 "//evil.example.com" + svc,
		"another port":              "https://autodiscover.example.com:8443" + svc,
		"a look-alike":              "https://аutodiscover.example.com" + svc,
		"punycode":                  "https://xn--utodiscover-r5i.example.com" + svc,
		"another path":              "https://autodiscover.example.com/..;/owa",
	}
	ways := map[string]func(w http.ResponseWriter, r *http.Request, target string){
		"by 302": func(w http.ResponseWriter, _ *http.Request, target string) {
			w.Header().Set("Location", target)
			w.WriteHeader(http.StatusFound)
		},
		"by 307": func(w http.ResponseWriter, _ *http.Request, target string) {
			w.Header().Set("Location", target)
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"by RedirectUrl": func(w http.ResponseWriter, _ *http.Request, target string) {
			io.WriteString(w, response("NoError", redirects("RedirectUrl", target)))
		},
		"by ExternalEwsUrl": func(w http.ResponseWriter, _ *http.Request, target string) {
			io.WriteString(w, response("NoError", works(strings.Replace(target, svc, "/EWS/Exchange.asmx", 1))))
		},
	}
	for how, redirect := range ways {
		for what, target := range targets {
			t.Run(how+" to "+what, func(t *testing.T) {
				w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) { redirect(rw, r, target) })
				if got := route(t, w.Directory, "lin@fabrikam.example"); got != "refused" {
					t.Errorf("route is %s, want refused", got)
				}
				if len(w.trapped) != 0 {
					t.Errorf("the trap saw %v", w.trapped)
				}
				if len(w.seen) != 1 {
					t.Errorf("the service saw %v, want one request", w.seen)
				}
			})
		}
	}
}

func TestAllowedRedirectsKeepThePOST(t *testing.T) {
	const first = "POST autodiscover.example.com/autodiscover/autodiscover.svc Bearer autodiscover.example.com 1 [lin@fabrikam.example]"
	tests := map[string]struct {
		status   int // 0: RedirectUrl
		location string
		second   string
	}{
		"on the same host, with the mailbox in the path": {302, "/Autodiscover/shared@b/Autodiscover.xml",
			"POST autodiscover.example.com/Autodiscover/shared@b/Autodiscover.xml Bearer autodiscover.example.com 1 [lin@fabrikam.example]"},
		"for good":      {301, "https://second.example.com:443/autodiscover/autodiscover.svc", "POST second.example.com/autodiscover/autodiscover.svc Bearer second.example.com 1 [lin@fabrikam.example]"},
		"see other":     {303, "https://second.example.com/autodiscover/autodiscover.svc", "POST second.example.com/autodiscover/autodiscover.svc Bearer second.example.com 1 [lin@fabrikam.example]"},
		"for a while":   {307, "https://second.example.com/autodiscover/autodiscover.svc", "POST second.example.com/autodiscover/autodiscover.svc Bearer second.example.com 1 [lin@fabrikam.example]"},
		"308":           {308, "https://second.example.com/autodiscover/autodiscover.svc", "POST second.example.com/autodiscover/autodiscover.svc Bearer second.example.com 1 [lin@fabrikam.example]"},
		"in the answer": {0, "https://second.example.com/autodiscover/autodiscover.svc", "POST second.example.com/autodiscover/autodiscover.svc Bearer second.example.com 1 [lin@fabrikam.example]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			n := 0
			w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
				n++
				switch {
				case n > 1:
					new(service).ServeHTTP(rw, r)
				case tt.status == 0:
					io.WriteString(rw, response("NoError", redirects("RedirectUrl", tt.location)))
				default:
					rw.Header().Set("Location", tt.location)
					rw.WriteHeader(tt.status)
				}
			})
			if got := route(t, w.Directory, "lin@fabrikam.example"); got != fabrikamEWS {
				t.Errorf("route is %s, want %s", got, fabrikamEWS)
			}
			if diff := cmp.Diff([]string{first, tt.second}, w.seen); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestURLRedirectsEnd(t *testing.T) {
	tests := map[string]struct {
		next  func(n int) string
		calls int
	}{
		"a chain of eleven": {func(n int) string { return fmt.Sprintf("/autodiscover/%d/autodiscover.svc", n) }, maxURLRedirects + 1},
		"a circle":          {func(int) string { return "/Autodiscover/Autodiscover.svc" }, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			n := 0
			w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
				n++
				rw.Header().Set("Location", tt.next(n))
				rw.WriteHeader(http.StatusFound)
			})
			if got := route(t, w.Directory, "lin@fabrikam.example"); got != "refused" || n != tt.calls {
				t.Errorf("route is %s after %d requests, want refused after %d", got, n, tt.calls)
			}
		})
	}
}

func TestUsersMayBeSentToDifferentPlaces(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		s := &service{says: func(user string) string {
			switch {
			case r.Host == "second.example.com":
				return works("https://ews.fabrikam.example/EWS/Exchange.asmx")
			case strings.HasPrefix(user, "far"):
				return redirects("RedirectUrl", "https://second.example.com/autodiscover/autodiscover.svc")
			case strings.HasPrefix(user, "bad"):
				return redirects("RedirectUrl", "https://evil.example.com/autodiscover/autodiscover.svc")
			}
			return works("https://second.example.com/EWS/Exchange.asmx")
		}}
		s.ServeHTTP(rw, r)
	})
	got := words(routes(t, w.Directory, "lin@fabrikam.example", "far@fabrikam.example", "bad@fabrikam.example", "far2@fabrikam.example"))
	want := []string{"https://second.example.com/EWS/Exchange.asmx", fabrikamEWS, "refused", fabrikamEWS}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	if len(w.seen) != 2 || len(w.trapped) != 0 {
		t.Errorf("requests %v and trapped %v, want two and none", w.seen, w.trapped)
	}
}

func TestOneTokenIsRenewedOnce(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("Authorization"), " 1") {
			rw.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		new(service).ServeHTTP(rw, r)
	})
	if got := route(t, w.Directory, "lin@fabrikam.example"); got != fabrikamEWS {
		t.Errorf("route is %s, want %s", got, fabrikamEWS)
	}
	if n := w.tokens.minted["autodiscover.example.com"]; n != 2 || len(w.seen) != 2 {
		t.Errorf("%d tokens for %d requests, want 2 for 2", n, len(w.seen))
	}
}

func TestBasicIsNeverAnswered(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("WWW-Authenticate", `Basic realm="autodiscover.example.com"`)
		rw.WriteHeader(http.StatusUnauthorized)
	})
	if got := route(t, w.Directory, "lin@fabrikam.example"); got != "auth_downgrade_refused" {
		t.Errorf("route is %s, want auth_downgrade_refused", got)
	}
	for _, s := range w.seen {
		if strings.Contains(s, "Basic") {
			t.Errorf("the service saw %s", s)
		}
	}
}

func TestCompressedAnswerIsLimitedAsItIsRead(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(rw)
		io.WriteString(z, strings.Repeat(" ", 64<<20))
		z.Close()
	})
	if got := route(t, w.Directory, "lin@fabrikam.example"); got != "bad_answer" {
		t.Errorf("route is %s, want bad_answer", got)
	}
}

func TestCookiesAreNotKept(t *testing.T) {
	var cookies int
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		cookies += len(r.Cookies())
		http.SetCookie(rw, &http.Cookie{Name: "X-BackEndCookie", Value: "x", Path: "/"})
		(&service{says: func(string) string { return says("ServerBusy") }}).ServeHTTP(rw, r)
	})
	route(t, w.Directory, "lin@fabrikam.example")
	route(t, w.Directory, "lin@fabrikam.example")
	if len(w.seen) != 2 || cookies != 0 {
		t.Errorf("%d cookies in %d requests, want none in 2", cookies, len(w.seen))
	}
}

func TestRequestLooksLikeOneOfExchange(t *testing.T) {
	var header http.Header
	var host string
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		header, host = r.Header.Clone(), r.Host
		new(service).ServeHTTP(rw, r)
	})
	route(t, w.Directory, "lin@fabrikam.example")
	for name, want := range map[string]string{
		"Content-Type":    "text/xml; charset=utf-8",
		"Accept":          "text/xml",
		"X-Anchormailbox": "lin@fabrikam.example",
		"User-Agent":      "ASAutoDiscover/CrossForest/EmailDomain/EXCH/15.00.1497.002 availproxy/devel",
		"Soapaction":      "",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s of the request to %s is %q, want %q", name, host, got, want)
		}
	}
}
