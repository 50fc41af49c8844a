package authn

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestTrustedProxiesNameTheClient(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}
	tests := map[string]struct {
		peer      string
		forwarded []string
		want      string // "invalid IP" is nobody
	}{
		"straight":                           {"192.0.2.1:1234", nil, "192.0.2.1"},
		"straight, with somebody's word":     {"192.0.2.1:1234", []string{"10.1.1.1"}, "192.0.2.1"},
		"through a proxy":                    {"10.0.0.1:1234", []string{"192.0.2.1"}, "192.0.2.1"},
		"through two proxies":                {"10.0.0.1:1234", []string{"192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
		"through two proxies with a header":  {"10.0.0.1:1234", []string{"192.0.2.1", "10.0.0.2"}, "192.0.2.1"},
		"a client that adds an entry itself": {"10.0.0.1:1234", []string{"10.1.1.1, 192.0.2.1"}, "192.0.2.1"},
		"the proxy itself":                   {"10.0.0.1:1234", nil, "10.0.0.1"},
		"a proxy that names only proxies":    {"10.0.0.1:1234", []string{"10.0.0.3"}, "10.0.0.3"},
		"an address of IPv6":                 {"10.0.0.1:1234", []string{"2001:db8::1"}, "2001:db8::1"},
		"no address":                         {"10.0.0.1:1234", []string{"192.0.2.1, unknown"}, "invalid IP"},
		"an address with a port":             {"10.0.0.1:1234", []string{"192.0.2.1:80"}, "192.0.2.1"},
		"an address of IPv6 with a port":     {"10.0.0.1:1234", []string{"[2001:db8::1]:80"}, "2001:db8::1"},
		"proxies with ports":                 {"10.0.0.1:1234", []string{"10.1.1.1, 192.0.2.1:80, 10.0.0.2:443"}, "192.0.2.1"},
		"a name with a port":                 {"10.0.0.1:1234", []string{"192.0.2.1, unknown:80"}, "invalid IP"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/EWS/Exchange.asmx", nil)
			r.RemoteAddr = tt.peer
			r.Header["X-Forwarded-For"] = tt.forwarded
			if got := client(behind(proxies, r)).String(); got != tt.want {
				t.Errorf("the client is %s, want %s", got, tt.want)
			}
		})
	}
}

// A header must neither open an anonymous network nor a closed one.
func TestWhatAProxySaysOpensNoNetwork(t *testing.T) {
	inside := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	tests := map[string]struct {
		peer, forwarded string
		networks        []netip.Prefix
		want            int
	}{
		"anonymous by a header":         {"10.0.0.1:1", "10.1.2.3", nil, http.StatusUnauthorized},
		"a network by a stranger's":     {"192.0.2.1:1", "10.1.2.3", inside, http.StatusForbidden},
		"a network by a proxy's header": {"10.0.0.1:1", "10.1.2.3", inside, http.StatusUnauthorized},
		"another by a proxy's header":   {"10.0.0.1:1", "192.0.2.1", inside, http.StatusForbidden},
		"nobody by a proxy's header":    {"10.0.0.1:1", "unknown", inside, http.StatusForbidden},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := &Gate{Log: slog.New(slog.DiscardHandler), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}, Networks: tt.networks,
				Authenticators: []Authenticator{AnonymousNetworks(inside)}}
			r := httptest.NewRequest("POST", "/EWS/Exchange.asmx", nil)
			r.RemoteAddr = tt.peer
			r.Header.Set("X-Forwarded-For", tt.forwarded)
			w := httptest.NewRecorder()
			g.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("status %d, want %d", w.Code, tt.want)
			}
		})
	}
}
