package forest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"time"
)

// http makes the client for all but handshakes, once.
func (c *Caller) http() (*http.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.URL == "" {
		return nil, errors.New("forest: a Caller needs the ProxyUrl")
	}
	if c.client == nil {
		c.client = c.newClient()
	}
	return c.client, nil
}

// newClient makes a client that speaks HTTP/1.1, asks for no compression and
// follows no redirects.
func (c *Caller) newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: c.dial, DialTLSContext: c.dialTLS, DisableKeepAlives: c.NewConnections, DisableCompression: true,
			ExpectContinueTimeout:  350 * time.Millisecond, // as .NET has it
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (c *Caller) dial(ctx context.Context, network, address string) (net.Conn, error) {
	plain, err := c.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &dotNetConn{Conn: plain}, nil
}

func (c *Caller) connect(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, cmp.Or(c.ConnectTo[address], address))
}

func (c *Caller) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	plain, err := c.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	secure := tls.Client(plain, c.tls(host))
	if err := shakeHands(ctx, secure); err != nil {
		plain.Close()
		return nil, err
	}
	return &dotNetConn{Conn: secure}, nil
}

// shakeHands tells the trace of ctx, as net/http would have done.
func shakeHands(ctx context.Context, c *tls.Conn) error {
	trace := httptrace.ContextClientTrace(ctx)
	if trace == nil {
		return c.HandshakeContext(ctx)
	}
	trace.TLSHandshakeStart()
	err := c.HandshakeContext(ctx)
	trace.TLSHandshakeDone(c.ConnectionState(), err)
	return err
}

// tls checks the certificate against host even where the handshake does not
// name it.
func (c *Caller) tls(host string) *tls.Config {
	config := &tls.Config{ServerName: host, RootCAs: c.RootCAs, MinVersion: c.MinTLS, MaxVersion: c.MaxTLS}
	if c.MinTLS != 0 && c.MinTLS < tls.VersionTLS12 {
		config.CipherSuites = oldSuites()
	}
	if c.Certificate != nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c.Certificate, nil }
	}
	if !c.NoSNI {
		return config
	}
	config.ServerName, config.InsecureSkipVerify = "", true
	config.VerifyConnection = func(state tls.ConnectionState) error {
		intermediates := x509.NewCertPool()
		for _, certificate := range state.PeerCertificates[1:] {
			intermediates.AddCert(certificate)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: host, Roots: c.RootCAs, Intermediates: intermediates})
		return err
	}
	return config
}

// oldSuites are what servers know that know no TLS 1.2, RC4 excepted.
func oldSuites() (ids []uint16) {
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if !strings.Contains(suite.Name, "RC4") {
			ids = append(ids, suite.ID)
		}
	}
	return ids
}

// dotNetConn writes the head of each request as HttpWebRequest of the .NET
// Framework does: the Host after the fields that the program sets, and
// Connection: Keep-Alive with the first request. net/http has another order.
type dotNetConn struct {
	net.Conn
	head   []byte // of the next request, as far as it has come
	body   int64  // bytes of a body still to come
	spoken bool   // a request has been sent
}

// Write implements [net.Conn].
func (c *dotNetConn) Write(p []byte) (int, error) {
	for written := 0; written < len(p); {
		rest := p[written:]
		if c.body > 0 {
			n, err := c.Conn.Write(rest[:min(int64(len(rest)), c.body)])
			c.body -= int64(n)
			written += n
			if err != nil {
				return written, err
			}
			continue
		}
		before := len(c.head)
		c.head = append(c.head, rest...)
		end := bytes.Index(c.head, []byte("\r\n\r\n"))
		if end < 0 {
			return len(p), nil
		}
		end += len("\r\n\r\n")
		if _, err := c.Conn.Write(c.ordered(string(c.head[:end]))); err != nil {
			return written, err
		}
		written += end - before
		c.head = nil
	}
	return len(p), nil
}

// fieldOrder is that of .NET; a field that is none of these comes after the
// first four.
var fieldOrder = []string{"User-Agent", "Content-Type", "SOAPAction", "Authorization", "", "Host", "Content-Length", "Expect", "Connection"}

// ordered is the head of a request in that order. It notes how long the body is
// that follows.
func (c *dotNetConn) ordered(head string) []byte {
	lines := strings.SplitAfter(strings.TrimSuffix(head, "\r\n"), "\r\n")
	request, fields := lines[0], slices.DeleteFunc(lines[1:], func(line string) bool { return line == "" })
	if !c.spoken && !strings.Contains(head, "\r\nConnection: ") {
		fields = append(fields, "Connection: Keep-Alive\r\n")
	}
	c.spoken = true
	place := func(line string) int {
		name, value, _ := strings.Cut(line, ":")
		if name == "Content-Length" {
			c.body, _ = strconv.ParseInt(strings.TrimSpace(value), 10, 64) // net/http wrote it
		}
		if i := slices.Index(fieldOrder, name); i >= 0 {
			return i
		}
		return slices.Index(fieldOrder, "")
	}
	slices.SortStableFunc(fields, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return []byte(request + strings.Join(fields, "") + "\r\n")
}
