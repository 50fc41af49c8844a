package forest

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// wire is a listener that keeps what comes over its connections.
type wire struct {
	net.Listener

	mu   sync.Mutex // guards what follows
	sent bytes.Buffer
}

func (w *wire) Accept() (net.Conn, error) {
	c, err := w.Listener.Accept()
	return &tapped{c, w}, err
}

// heard is all that came until now: a server reads on for a while after its last
// answer.
func (w *wire) heard() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent.String()
}

type tapped struct {
	net.Conn
	wire *wire
}

func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	c.wire.sent.Write(p[:n])
	return n, err
}

// TestWhatGoesOverTheWire keeps every byte of two questions of each age: the
// anonymous leg, and the one with credentials.
func TestWhatGoesOverTheWire(t *testing.T) {
	berlin, _ := ZoneByID("Europe/Berlin")
	for _, age := range []Generation{Exchange2007, Exchange2010, Exchange2013} {
		t.Run(age.String(), func(t *testing.T) {
			d := newDoor()
			d.ews.Generation = Exchange2013
			server := httptest.NewUnstartedServer(d)
			w := &wire{Listener: server.Listener}
			server.Listener = w
			server.Start()
			defer server.Close()
			c := caller(t, server.URL+Path, age)
			c.Zone, c.User, c.Password = berlin, "ex2010", "pass"
			patient(t, c)
			for range 2 {
				if _, err := c.Ask(t.Context(), aliceAndBob); err != nil {
					t.Fatal(err)
				}
			}
			server.Close()
			got := strings.ReplaceAll(w.heard(), server.Listener.Addr().String(), "fb.contoso.example")
			golden := filepath.Join("testdata", "wire-"+age.String()+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// patient waits for as long as it takes to be asked for the body, so that a
// busy machine makes no difference.
func patient(t *testing.T, c *Caller) {
	t.Helper()
	client, err := c.http()
	if err != nil {
		t.Fatal(err)
	}
	client.Transport.(*http.Transport).ExpectContinueTimeout = time.Minute
}

// kept is a connection that keeps what is written to it.
type kept struct {
	net.Conn
	written bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) { return k.written.Write(p) }

// However the bytes of a request are cut, the same bytes go out.
func TestHeadsAreOrderedHoweverTheyAreCut(t *testing.T) {
	const sent = "POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: u\r\nContent-Length: 5\r\nX-Other: o\r\nAuthorization: a\r\n\r\nhello" +
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" +
		"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
	const want = "POST / HTTP/1.1\r\nUser-Agent: u\r\nAuthorization: a\r\nX-Other: o\r\nHost: h\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n\r\nhello" +
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" +
		"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
	for size := 1; size <= len(sent); size++ {
		var out kept
		c := &dotNetConn{Conn: &out}
		for rest := sent; rest != ""; {
			part := rest[:min(size, len(rest))]
			rest = rest[len(part):]
			if n, err := c.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatalf("wrote %d, %v of %d", n, err, len(part))
			}
		}
		if got := out.written.String(); got != want {
			t.Fatalf("in pieces of %d bytes: %q", size, got)
		}
	}
}
