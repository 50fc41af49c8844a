package ews

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"availproxy/freebusy"
)

func TestConnectionsThatBreak(t *testing.T) {
	hijack := func(do func(net.Conn)) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			do(conn)
		})
	}
	good := goodReply(t).body
	tests := map[string]http.Handler{
		"reset without an answer": hijack(func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }),
		"closed in the headers":   hijack(func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Ty") }),
		"closed in the body": hijack(func(c net.Conn) {
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s", len(good), good[:len(good)/2])
		}),
		"closed in a chunk": hijack(func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n"+good[:100])
		}),
		"not HTTP": hijack(func(c net.Conn) { io.WriteString(c, "220 mail.contoso.example ESMTP\r\n") }),
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			for i, a := range answersOf(t, clientOf(t, h), aboutThem()) {
				if a.Err == nil || !strings.Contains(a.Err.Text, "The underlying connection was closed") {
					t.Errorf("mailbox %d: %v, want that the connection was closed", i, a.Err)
				}
			}
		})
	}
}

func TestServersThatCannotBeReached(t *testing.T) {
	secure := httptest.NewUnstartedServer(goodReply(t))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains about our handshakes
	secure.StartTLS()
	t.Cleanup(secure.Close)
	old := httptest.NewUnstartedServer(goodReply(t))
	old.Config.ErrorLog = secure.Config.ErrorLog
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	old.StartTLS()
	t.Cleanup(old.Close)
	plain := httptest.NewServer(goodReply(t))
	t.Cleanup(plain.Close)
	gone := httptest.NewServer(goodReply(t))
	gone.Close()
	tests := map[string]struct {
		url, want string
		transport http.RoundTripper
		refused   bool
		backOff   time.Duration
	}{
		"a certificate that nobody trusts": {url: secure.URL, want: "Could not establish trust relationship for the SSL/TLS secure channel"},
		"no TLS at all":                    {url: strings.Replace(plain.URL, "http:", "https:", 1), want: "Could not create SSL/TLS secure channel"},
		"TLS of another age":               {url: old.URL, want: "Could not create SSL/TLS secure channel"},
		"nobody listens":                   {url: gone.URL, want: "Unable to connect to the remote server"},
		"a name that does not exist": {url: "http://mail.contoso.invalid/", want: "The remote name could not be resolved",
			transport: failing{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "mail.contoso.invalid", IsNotFound: true}}}},
		"a transport that explains itself": {url: "http://mail.contoso.invalid/", want: "There is no token for you. LID: 43532",
			transport: failing{noToken{refused: true}}, refused: true},
		"a transport that has failed itself": {url: "http://mail.contoso.invalid/", want: "There is no token for you. LID: 43532",
			transport: failing{noToken{}}},
		"a transport that is told to wait": {url: "http://mail.contoso.invalid/", want: "There is no token for you. LID: 43532",
			transport: failing{noToken{backOff: time.Minute}}, backOff: time.Minute},
		"an address that is none": {url: "http://mail contoso/", want: "The address of the endpoint is not valid"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client := &Client{URL: tt.url, HTTP: &http.Client{Transport: tt.transport}}
			for i, a := range answersOf(t, client, aboutThem()) {
				code := freebusy.ErrorProxyRequestProcessingFailed
				if tt.backOff > 0 {
					code = freebusy.ErrorServerBusy
				}
				if a.Err == nil || a.Err.Code != code || a.Err.BackOff != tt.backOff || !strings.Contains(a.Err.Text, tt.want) {
					t.Fatalf("mailbox %d: %v, want %s, %q", i, a.Err, code, tt.want)
				}
				if advised := strings.Contains(tt.want, "no token for you"); advised != (a.Err.Remedy() == "Ask again.") {
					t.Errorf("mailbox %d: the remedy is %q", i, a.Err.Remedy())
				}
				if got := a.Err.Refusal(); got != tt.refused {
					t.Errorf("mailbox %d: refused is %t, want %t", i, got, tt.refused)
				}
			}
		})
	}
}

// noToken is the error of a transport that got no token.
type noToken struct {
	refused bool
	backOff time.Duration
}

func (noToken) Error() string    { return "no token from https://sts.contoso.example" }
func (noToken) SafeText() string { return "There is no token for you." }
func (e noToken) Consequence() freebusy.Consequence {
	code := freebusy.ErrorProxyRequestProcessingFailed
	if e.backOff > 0 {
		code = freebusy.ErrorServerBusy
	}
	return freebusy.Consequence{Code: code, Refused: e.refused, BackOff: e.backOff, Remedy: "Ask again."}
}

// failing is a transport that never sends anything.
type failing struct{ err error }

func (f failing) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Body.Close()
	return nil, f.err
}

func TestSlowServers(t *testing.T) {
	blocked := func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }
	tests := map[string]http.RoundTripper{
		"no headers": roundTripper(func(r *http.Request) (*http.Response, error) {
			return nil, blocked(r.Context())
		}),
		"no body": roundTripper(func(r *http.Request) (*http.Response, error) {
			body := io.MultiReader(strings.NewReader(declaration), readerFunc(func([]byte) (int, error) { return 0, blocked(r.Context()) }))
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(body)}, nil
		}),
	}
	for name, transport := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := &Client{URL: "http://mail.contoso.example/", HTTP: &http.Client{Transport: transport}, Timeout: 3 * time.Second}
				start := time.Now()
				for i, a := range answersOf(t, client, aboutThem()) {
					if a.Err == nil || a.Err.Code != freebusy.ErrorTimeoutExpired {
						t.Errorf("mailbox %d: %v, want ErrorTimeoutExpired", i, a.Err)
					}
				}
				if took := time.Since(start); took != 3*time.Second {
					t.Errorf("gave up after %s, want 3s", took)
				}
			})
		})
	}
}

func TestAnAskerWhoGivesUpIsAnsweredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		client := &Client{URL: "http://mail.contoso.example/", HTTP: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}}
		start := time.Now()
		answers, err := client.Availability(ctx, aboutThem())
		if err != nil || answers[0].Err == nil || answers[0].Err.Code != freebusy.ErrorTimeoutExpired || time.Since(start) != time.Second {
			t.Errorf("after %s: %+v, %v; want ErrorTimeoutExpired after 1s", time.Since(start), answers[0], err)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
