package forest

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"slices"
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
// could not read, it rejects whole. Only Kerberos, which a real server tries
// first, it does not have.
//
// Its fields are set before the first Ask. It may be used from several
// goroutines and must not be copied.
type Caller struct {
	URL        string     // the ProxyUrl, complete
	Generation Generation // default Exchange2010
	Zone       Zone       // that the server asks in
	ZoneForm   ZoneForm   // how it says so

	User     string // answers Basic; as DOMAIN\user, or where Basic is not offered, NTLM
	Password Secret
	Token    Secret // sent as bearer token from the first request on, by no Exchange of that age

	ProxyRequestType string // text of ProxyRequestTypeHeader, default CrossForest
	UserAgent        string // default that of the Generation
	SecurityContext  *SecurityContext

	Certificate *tls.Certificate // shown to whoever asks for one, whatever authority it names, by no Exchange

	RootCAs         *x509.CertPool    // default those of the system
	ConnectTo       map[string]string // as in curl: "fb.contoso.example:443" to "127.0.0.1:8443"
	NoSNI           bool              // say no server name in the handshake, as Windows before 2008 does
	MinTLS, MaxTLS  uint16            // tls.VersionTLS10 and so on; default those of crypto/tls
	NewConnections  bool              // make one for each request instead of keeping them
	PreAuthenticate bool              // send credentials unasked once they were accepted

	mu       sync.Mutex // guards what follows
	client   *http.Client
	accepted bool // the credentials for Basic
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
	response, body, err := c.exchange(ctx, call{"GetUserAvailability", request}, watch)
	if err != nil {
		return nil, err
	}
	watch.lap("answer")
	r, err := readReply(body, q, c.Zone, c.age())
	if err == nil && response.StatusCode != http.StatusOK {
		err = &HTTPError{Status: response.StatusCode}
	}
	if err != nil {
		return nil, err
	}
	r.Hops, r.Took, r.Request, r.Response = watch.laps(), time.Since(start), request, body
	return r, nil
}

// exchange posts a call and reads the SOAP message that is its answer.
func (c *Caller) exchange(ctx context.Context, request call, watch *stopwatch) (*http.Response, []byte, error) {
	response, err := c.converse(ctx, request, watch)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maximumAnswer))
	response.Body.Close()
	if err != nil {
		return nil, nil, fmt.Errorf("forest: %w", err)
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind != "text/xml" || response.StatusCode != http.StatusOK && response.StatusCode != http.StatusInternalServerError {
		return nil, nil, &HTTPError{
			Status: response.StatusCode, Challenges: response.Header.Values("WWW-Authenticate"),
			Diagnostics: response.Header.Get("x-ms-diagnostics"), ContentType: response.Header.Get("Content-Type"),
		}
	}
	return response, body, nil
}

// Close ends the connections that are kept.
func (c *Caller) Close() {
	if client, err := c.http(); err == nil {
		client.CloseIdleConnections()
	}
}

func (c *Caller) age() Generation { return cmp.Or(c.Generation, Exchange2010) }

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
