package server_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"availproxy/integration/forest"
)

// keptOpen is a connection of a caller that asks on it again and again. Unlike
// [http.Client] it never asks twice, so that what is lost is seen to be lost.
type keptOpen struct {
	net.Conn
	answers *bufio.Reader
}

func (r *running) keptOpen(t *testing.T) *keptOpen {
	t.Helper()
	conn, err := tls.Dial("tcp", "127.0.0.1"+r.port("exchange"), &tls.Config{RootCAs: r.forest.RootCAs(), ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return &keptOpen{conn, bufio.NewReader(conn)}
}

// ask sends the request and reads its answer to the end.
func (k *keptOpen) ask(request *http.Request) (*http.Response, string, error) {
	if err := request.Write(k); err != nil {
		return nil, "", err
	}
	response, err := http.ReadResponse(k.answers, request)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

// mustAsk asks and wants a whole answer with free/busy times.
func (k *keptOpen) mustAsk(t *testing.T, request *http.Request) *http.Response {
	response, body, err := k.ask(request)
	switch {
	case err != nil:
		t.Errorf("a question was lost: %v", err)
	case response.StatusCode != http.StatusOK || !strings.Contains(body, "<m:ResponseCode>NoError</m:ResponseCode>"):
		t.Errorf("answered %s: %s", response.Status, body)
	}
	return response
}

// document is a question that the server has answered before.
func (r *running) document(t *testing.T) []byte {
	t.Helper()
	reply, err := r.caller(t).Ask(t.Context(), r.question("alice@fabrikam.example"))
	if err != nil {
		t.Fatal(err)
	}
	return reply.Request
}

// lameDuck serves, and goes on for that long when it is told to end.
func lameDuck(t *testing.T, d time.Duration) *running {
	r := prepare(t, newForest(t, forest.Options{}))
	o := r.options()
	o.LameDuck = d
	r.start(t, o)
	return r
}

// awaitNotReady returns once a load balancer would know.
func (r *running) awaitNotReady(t *testing.T) {
	t.Helper()
	for began := time.Now(); time.Since(began) < patience; {
		response, body := r.get(t, http.MethodGet, r.admin+"/-/ready", nil)
		if response.StatusCode == http.StatusServiceUnavailable && strings.Contains(body, "shutting down") {
			return
		}
	}
	t.Fatal("the server says that it is ready")
}

func TestNoQuestionIsLostWhenTheServerEnds(t *testing.T) {
	r := lameDuck(t, 3*time.Second)
	document := r.document(t)
	idle, logon := r.keptOpen(t), r.keptOpen(t)
	if idle.mustAsk(t, r.post(t, document)).Close {
		t.Fatal("connections do not stay open at all")
	}
	var busy sync.WaitGroup
	for range 8 { // they go on asking until they are told to leave
		k := r.keptOpen(t)
		busy.Go(func() {
			for {
				response := k.mustAsk(t, r.post(t, document))
				if response == nil || response.Close {
					return
				}
			}
		})
	}

	r.end()
	r.awaitNotReady(t)
	busy.Wait()
	if response := idle.mustAsk(t, r.post(t, document)); response != nil && !response.Close {
		t.Error("who was idle is not told to leave")
	}
	if response := r.keptOpen(t).mustAsk(t, r.post(t, document)); response != nil && !response.Close {
		t.Error("who comes late is not told to leave")
	}
	stranger := r.post(t, document)
	stranger.Header.Del("Authorization")
	if response, _, err := logon.ask(stranger); err != nil || response.StatusCode != http.StatusUnauthorized || response.Close {
		t.Errorf("a logon is cut off: %v, %v", response, err)
	}
	if response := logon.mustAsk(t, r.post(t, document)); response != nil && !response.Close {
		t.Error("who has logged on is not told to leave")
	}
	r.stop(t)
}

// TestALameDuckEndsInTime ends it while callers keep their connections open, as
// .NET does for 100 seconds.
func TestALameDuckEndsInTime(t *testing.T) {
	const lame = 200 * time.Millisecond
	r := lameDuck(t, lame)
	idle := r.keptOpen(t)
	idle.mustAsk(t, r.post(t, r.document(t)))
	began := time.Now()
	r.stop(t)
	if took := time.Since(began); took < lame {
		t.Errorf("it ended after %s, before a load balancer could know", took)
	}
	if _, err := idle.answers.ReadByte(); err != io.EOF {
		t.Errorf("the idle connection ended with %v", err)
	}
}
