package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"

	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/telemetry"
	"availproxy/discovery"
	"availproxy/freebusy"
)

// outbound makes the transport under every client that leaves this process: it
// decides how to connect, never where to. trusted holds further roots; allowed
// are networks that may be dialled although they are private. wire sees what goes
// through.
func outbound(c *config.Config, trusted config.Path, allowed []netip.Prefix, wire *wireLog) (http.RoundTripper, error) {
	roots, err := roots(trusted)
	if err != nil {
		return nil, err
	}
	connectTo := make(map[string]string, len(c.ConnectTo))
	for from, to := range c.ConnectTo {
		connectTo[string(from)] = string(to)
	}
	dialer := &discovery.Dialer{Allowed: allowed, ConnectTo: connectTo}
	return telemetry.Outbound(wire.outbound(&http.Transport{
		Proxy:                  webProxy(c),
		OnProxyConnectResponse: proxyAnswered,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        90e9,
		MaxResponseHeaderBytes: 64 << 10,
	})), nil
}

// webProxy is InternetWebProxy for all but no_proxy. HTTP_PROXY is not read: a
// variable that an admin does not see must not move tokens.
func webProxy(c *config.Config) func(*http.Request) (*url.URL, error) {
	if c.InternetWebProxy == "" {
		return nil
	}
	list := ""
	for _, entry := range c.NoProxy {
		list += entry + ","
	}
	find := (&httpproxy.Config{HTTPProxy: string(c.InternetWebProxy), HTTPSProxy: string(c.InternetWebProxy), NoProxy: list}).ProxyFunc()
	return func(r *http.Request) (*url.URL, error) { return find(r.URL) }
}

// proxyRefusal is the status with which a web proxy refuses to connect us.
type proxyRefusal int

// Error implements error.
func (r proxyRefusal) Error() string {
	return fmt.Sprintf("the web proxy answers %d %s", int(r), http.StatusText(int(r)))
}

// Reason is that of the catalogue of causes.
func (r proxyRefusal) Reason() freebusy.Reason {
	if r == http.StatusProxyAuthRequired {
		return freebusy.Status("web proxy", int(r))
	}
	return freebusy.Status("web proxy", http.StatusForbidden) // whatever else it says: it does not let us through
}

// proxyAnswered keeps the status, of which net/http leaves words alone.
func proxyAnswered(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return proxyRefusal(answer.StatusCode)
	}
	return nil
}

// roots are the system's for an empty path, else exactly those in the file.
func roots(path config.Path) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	data, err := readPublic(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("trusted_roots: %s: %w", path, errors.New("there is no PEM certificate in it"))
	}
	return pool, nil
}

func readPublic(path config.Path) ([]byte, error) { return os.ReadFile(string(path)) }
