package forest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"time"
)

// Caller is an old Exchange server that was told
//
//	Add-AvailabilityAddressSpace -AccessMethod InternalProxy -ProxyUrl URL
//
// and now asks for the free/busy times of people in another forest, as its .NET
// SOAP client does: one line of XML, Expect: 100-continue, first without
// credentials and then, challenged, with them. Whatever its generated classes
// could not read, it rejects whole.
//
// Its fields are set before the first Ask. It may be used from several
// goroutines and must not be copied.
type Caller struct {
	URL        string     // the ProxyUrl, complete
	Generation Generation // default Exchange2010
	Zone       Zone       // that the server asks in
	ZoneForm   ZoneForm   // how it says so

	User     string // answers a Basic challenge
	Password Secret
	Token    Secret // sent as bearer token from the first request on, by no Exchange of that age

	ProxyRequestType string // text of ProxyRequestTypeHeader, default CrossForest
	UserAgent        string // default that of the Generation
	SecurityContext  *SecurityContext

	RootCAs         *x509.CertPool    // default those of the system
	ConnectTo       map[string]string // as in curl: "fb.contoso.example:443" to "127.0.0.1:8443"
	NoSNI           bool              // say no server name in the handshake, as Windows before 2008 does
	MinTLS, MaxTLS  uint16            // tls.VersionTLS10 and so on; default those of crypto/tls
	NewConnections  bool              // make one for each request instead of keeping them
	PreAuthenticate bool              // send credentials unasked once they were accepted

	mu       sync.Mutex // guards what follows
	client   *http.Client
	accepted bool // the credentials
}

// Hop is a part of the way to an answer.
type Hop struct {
	Name string // connect, tls, challenge or answer
	Took time.Duration
}

// HTTPError is an answer that is no SOAP message.
type HTTPError struct {
	Status      int
	Challenges  []string // values of WWW-Authenticate
	Diagnostics string   // x-ms-diagnostics
	ContentType string
}

// Error implements error as .NET words it.
func (e *HTTPError) Error() string {
	if e.Status == http.StatusOK {
		return fmt.Sprintf("forest: client found response content type of %q, but expected 'text/xml'", e.ContentType)
	}
	return fmt.Sprintf("forest: the request failed with HTTP status %d: %s", e.Status, http.StatusText(e.Status))
}

// maximumAnswer bounds what a Caller reads.
const maximumAnswer = 32 << 20

// Ask asks one question and returns the answer to it. The error is an
// [*HTTPError], a [*FaultError], an [*AnswerError], or of the network.
func (c *Caller) Ask(ctx context.Context, q Question) (*Reply, error) {
	q = q.withDefaults()
	request := c.document(q)
	watch := &stopwatch{last: time.Now()}
	start := watch.last
	response, err := c.converse(ctx, request, watch)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maximumAnswer))
	response.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	watch.lap("answer")
	r, err := c.read(response, body, q)
	if err != nil {
		return nil, err
	}
	r.Hops, r.Took, r.Request, r.Response = watch.laps(), time.Since(start), request, body
	return r, nil
}

// Close ends the connections that are kept.
func (c *Caller) Close() {
	if client, err := c.http(); err == nil {
		client.CloseIdleConnections()
	}
}

// converse posts until there is an answer that needs no more credentials. The
// caller closes its body.
func (c *Caller) converse(ctx context.Context, request []byte, watch *stopwatch) (*http.Response, error) {
	client, err := c.http()
	if err != nil {
		return nil, err
	}
	ctx = httptrace.WithClientTrace(ctx, watch.trace())
	credentials := c.unasked()
	for {
		response, err := c.post(ctx, client, request, credentials)
		if err != nil {
			return nil, fmt.Errorf("forest: %w", err)
		}
		if response.StatusCode != http.StatusUnauthorized || credentials || c.User == "" || !offersBasic(response) {
			c.remember(credentials && response.StatusCode != http.StatusUnauthorized)
			return response, nil
		}
		io.Copy(io.Discard, io.LimitReader(response.Body, maximumAnswer)) // or the connection cannot be kept
		response.Body.Close()
		watch.lap("challenge")
		credentials = true
	}
}

func (c *Caller) post(ctx context.Context, client *http.Client, body []byte, credentials bool) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = http.Header{
		"User-Agent":   {cmp.Or(c.UserAgent, userAgents[c.age()])},
		"Content-Type": {"text/xml; charset=utf-8"},
		"SOAPAction":   {`"` + nsMessages + `/GetUserAvailability"`}, // spelled as .NET does
		"Expect":       {"100-continue"},
	}
	switch {
	case c.Token != "":
		r.Header.Set("Authorization", "Bearer "+string(c.Token))
	case credentials:
		r.SetBasicAuth(c.User, string(c.Password))
	}
	return client.Do(r)
}

func (c *Caller) age() Generation { return cmp.Or(c.Generation, Exchange2010) }

func (c *Caller) unasked() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.PreAuthenticate && c.accepted
}

func (c *Caller) remember(accepted bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accepted = accepted
}

func offersBasic(r *http.Response) bool {
	for _, challenge := range r.Header.Values("WWW-Authenticate") {
		if strings.Contains(strings.ToLower(","+strings.ReplaceAll(challenge, " ", ",")+","), ",basic,") {
			return true
		}
	}
	return false
}

// http makes the client once. It speaks HTTP/1.1, asks for no compression and
// follows no redirects.
func (c *Caller) http() (*http.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil {
		return c.client, nil
	}
	if c.URL == "" {
		return nil, errors.New("forest: a Caller needs the ProxyUrl")
	}
	c.client = &http.Client{
		Transport: &http.Transport{
			DialContext: c.dial, DialTLSContext: c.dialTLS, DisableKeepAlives: c.NewConnections, DisableCompression: true,
			ExpectContinueTimeout:  350 * time.Millisecond, // as .NET has it
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c.client, nil
}

func (c *Caller) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, cmp.Or(c.ConnectTo[address], address))
}

func (c *Caller) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	plain, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		plain.Close()
		return nil, err
	}
	return tls.Client(plain, c.tls(host)), nil // the transport shakes hands
}

// tls checks the certificate against host even where the handshake does not
// name it.
func (c *Caller) tls(host string) *tls.Config {
	config := &tls.Config{ServerName: host, RootCAs: c.RootCAs, MinVersion: c.MinTLS, MaxVersion: c.MaxTLS}
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

// read makes a Reply of an answer, or says why there is none.
func (c *Caller) read(response *http.Response, body []byte, q Question) (*Reply, error) {
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind != "text/xml" || response.StatusCode != http.StatusOK && response.StatusCode != http.StatusInternalServerError {
		return nil, &HTTPError{
			Status: response.StatusCode, Challenges: response.Header.Values("WWW-Authenticate"),
			Diagnostics: response.Header.Get("x-ms-diagnostics"), ContentType: response.Header.Get("Content-Type"),
		}
	}
	r, err := readReply(body, q, c.Zone, c.age())
	if err == nil && response.StatusCode != http.StatusOK {
		return nil, &HTTPError{Status: response.StatusCode}
	}
	return r, err
}

// stopwatch divides the way to an answer into Hops.
type stopwatch struct {
	mu   sync.Mutex // guards what follows: the transport dials in goroutines of its own
	last time.Time
	hops []Hop
}

func (s *stopwatch) lap(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.hops = append(s.hops, Hop{name, now.Sub(s.last)})
	s.last = now
}

func (s *stopwatch) laps() []Hop {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.hops)
}

func (s *stopwatch) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		TLSHandshakeStart: func() { s.lap("connect") },
		TLSHandshakeDone:  func(tls.ConnectionState, error) { s.lap("tls") },
	}
}
