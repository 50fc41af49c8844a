package server

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestGatheredAnswersComeWhole(t *testing.T) {
	for name, secure := range map[string]bool{"plain": false, "over TLS": true} {
		t.Run(name, func(t *testing.T) {
			s := sized(t, secure)
			for n := range 6000 { // the head is a part of the first piece, too
				if n < 3700 && n%100 != 0 || n > 4200 && n%10 != 0 {
					continue
				}
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/"+strconv.Itoa(n), strings.NewReader("ask"))
				if err != nil {
					t.Fatal(err)
				}
				r.Close = n%7 == 0
				if n%5 == 0 {
					r.Header.Set("Expect", "100-continue")
				}
				answer, err := s.Client().Do(r)
				if err != nil {
					t.Fatalf("%d bytes: %v", n, err)
				}
				body, err := io.ReadAll(answer.Body)
				answer.Body.Close()
				if err != nil || len(body) != n {
					t.Errorf("got %d of %d bytes: %v", len(body), n, err)
				}
			}
		})
	}
}

// sized is a server that answers with as many bytes as the path says.
func sized(t *testing.T, secure bool) *httptest.Server {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Path[1:])
		if err != nil {
			t.Error(err)
		}
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Length", strconv.Itoa(n))
		io.WriteString(w, strings.Repeat("x", n))
	}))
	s.Config.ConnState = gather
	s.Listener = gatheredListener{s.Listener}
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func TestGatheredHoldsTheFirstPieceUntilTheNext(t *testing.T) {
	write := func(n int) func(*gathered) { return func(c *gathered) { c.Write(make([]byte, n)) } }
	state := func(s http.ConnState) func(*gathered) { return func(c *gathered) { c.follow(s) } }
	tests := map[string]struct {
		steps []func(*gathered)
		sent  []int // after each of the steps
	}{
		"an answer":                          {[]func(*gathered){state(http.StateActive), write(4096), write(1000), write(4096), write(9)}, []int{0, 0, 5096, 5096, 9201}},
		"one that is short":                  {[]func(*gathered){state(http.StateActive), write(25), write(500)}, []int{0, 25, 525}},
		"one that ends with its first piece": {[]func(*gathered){state(http.StateActive), write(4118), state(http.StateIdle)}, []int{0, 0, 4118}},
		"what is no answer":                  {[]func(*gathered){write(4096), state(http.StateActive), state(http.StateIdle), write(4096)}, []int{4096, 4096, 4096, 8192}},
		"a connection that closes":           {[]func(*gathered){state(http.StateActive), write(4096), func(c *gathered) { c.Close() }}, []int{0, 0, 4096}},
		"the end of what we write":           {[]func(*gathered){state(http.StateActive), write(4096), func(c *gathered) { c.CloseWrite() }}, []int{0, 0, 4096}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			sink := &sink{}
			c := &gathered{Conn: sink}
			for i, step := range tt.steps {
				if step(c); sink.got != tt.sent[i] {
					t.Errorf("%d bytes are sent after step %d, want %d", sink.got, i, tt.sent[i])
				}
			}
		})
	}
}

// sink is a connection that counts what is written to it.
type sink struct {
	net.Conn
	got int
}

func (s *sink) Write(p []byte) (int, error) {
	s.got += len(p)
	return len(p), nil
}

func (*sink) SetWriteDeadline(time.Time) error { return nil }
func (*sink) Close() error                     { return nil }
