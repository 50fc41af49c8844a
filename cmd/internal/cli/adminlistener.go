package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"availproxy/cmd/internal/config"
)

// adminListener is that of a proxy which runs on this machine with the same
// configuration.
type adminListener struct {
	base      string // URL without a path
	client    *http.Client
	transport *http.Transport
}

// adminRefusal is an answer other than 200.
type adminRefusal struct {
	status int
	said   string
}

// Error implements error.
func (r *adminRefusal) Error() string {
	return fmt.Sprintf("the admin listener answers %d %s: %s", r.status, http.StatusText(r.status), strings.TrimSpace(r.said))
}

// newAdminListener connects to nothing yet. With TLS it trusts the certificate
// that the listener is configured with, and no other.
func newAdminListener(c config.Admin) (*adminListener, error) {
	address, err := localAddress(string(c.Listen))
	if err != nil {
		return nil, err
	}
	// No proxy of the environment: it is this machine that is asked.
	l := &adminListener{base: "http://" + address, transport: &http.Transport{}}
	if c.TLS.Enabled() {
		l.base = "https://" + address
		if l.transport.TLSClientConfig, err = trusting(string(c.TLS.Certificate)); err != nil {
			return nil, fmt.Errorf("admin.tls: %w", err)
		}
	}
	l.client = &http.Client{Timeout: 30 * time.Second, Transport: l.transport}
	return l, nil
}

func (l *adminListener) close() { l.transport.CloseIdleConnections() }

// localAddress is where a listener is reached from its own machine: one for all
// addresses is on loopback as well.
func localAddress(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", err
	}
	if port == "0" {
		return "", errors.New("admin.listen has port 0, so that only the log of the proxy tells where it listens")
	}
	if address, err := netip.ParseAddr(host); host == "" || err == nil && address.IsUnspecified() {
		host = "127.0.0.1"
		if address.Is6() {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port), nil
}

// trusting is for a server that shows the certificate in that file, whatever its
// name is.
func trusting(path string) (*tls.Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("there is no PEM certificate in %s", path)
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	trust := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	trust.RootCAs.AddCert(leaf)
	switch {
	case len(leaf.DNSNames) > 0:
		trust.ServerName = strings.Replace(leaf.DNSNames[0], "*", "availproxy", 1)
	case len(leaf.IPAddresses) > 0:
		trust.ServerName = leaf.IPAddresses[0].String()
	}
	return trust, nil
}

// post sends a form and returns what is answered. An answer other than 200 is an
// adminRefusal.
func (l *adminListener) post(ctx context.Context, path string, form url.Values, user, password string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Host = "localhost" // which it knows without admin.hosts
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if user != "" {
		request.SetBasicAuth(user, password)
	}
	answer, err := l.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, &adminRefusal{answer.StatusCode, string(text)}
	}
	return text, nil
}
