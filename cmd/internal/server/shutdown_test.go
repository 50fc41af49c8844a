package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"availproxy/cmd/internal/server"
	"availproxy/integration/forest"
)

// post sends a question that was answered before, on a connection of its own.
func (r *running) post(t *testing.T, document []byte) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url, strings.NewReader(string(document)))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(r.forest.Organization.User, string(r.forest.Organization.Password))
	request.Header.Set("Content-Type", "text/xml; charset=utf-8")
	return request
}

// TestWhatHasBegunIsFinished ends the server while a forest makes it wait.
func TestWhatHasBegunIsFinished(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f)
	reply, err := r.caller(t).Ask(t.Context(), r.question("bob@fabrikam.example"))
	if err != nil {
		t.Fatal(err)
	}
	begun, release := make(chan struct{}), make(chan struct{})
	f.EWS.Faults.Set(forest.Faults{Times: 1, Override: func(body []byte) []byte {
		close(begun)
		<-release
		return body
	}})
	type answer struct {
		response *http.Response
		body     string
		err      error
	}
	answered := make(chan answer)
	request := r.post(t, []byte(strings.ReplaceAll(string(reply.Request), "bob@", "alice@")))
	client := r.client(t)
	go func() {
		var a answer
		if a.response, a.err = client.Do(request); a.err == nil {
			var body []byte
			body, a.err = io.ReadAll(a.response.Body)
			a.response.Body.Close()
			a.body = string(body)
		}
		answered <- a
	}()
	<-begun

	r.end()
	for { // as a load balancer does
		response, body := r.get(t, http.MethodGet, r.admin+"/-/ready", nil)
		if response.StatusCode == http.StatusServiceUnavailable && strings.Contains(body, "shutting down") {
			break
		}
	}
	for began := time.Now(); ; { // it says so before it closes
		conn, err := net.Dial("tcp", "127.0.0.1"+r.port("exchange"))
		if err != nil {
			break
		}
		conn.Close()
		if time.Since(began) > patience {
			t.Fatal("the server takes new connections while it ends")
		}
	}
	close(release)
	a := <-answered
	if a.err != nil || a.response.StatusCode != http.StatusOK || !strings.Contains(a.body, "<m:ResponseCode>NoError</m:ResponseCode>") {
		t.Fatalf("the question under way got %v, %v %s", a.err, a.response, a.body)
	}
	if !a.response.Close {
		t.Error("the answer keeps the connection open")
	}
	r.stop(t)
	if conn, err := net.Dial("tcp", "127.0.0.1"+r.port("admin")); err == nil {
		conn.Close()
		t.Error("the operator's listener is still there")
	}
}

// TestAPortInUseIsAnErrorOfTheStart leaves no door open.
func TestAPortInUseIsAnErrorOfTheStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	r := prepare(t, newForest(t, forest.Options{}),
		replace(t, "\nlisten: \"127.0.0.1:0\"", "\nlisten: "+free.Addr().String()), replace(t, `{listen: "127.0.0.1:0"`, "{listen: "+taken.Addr().String()))
	c, err := r.read()
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(c, r.options())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Run(ctx); err == nil || !strings.Contains(err.Error(), "listen for admin: ") {
		t.Errorf("Run returned %v", err)
	}
	if conn, err := net.DialTimeout("tcp", free.Addr().String(), time.Second); err == nil {
		conn.Close()
		t.Error("the other listener is open")
	}
}
