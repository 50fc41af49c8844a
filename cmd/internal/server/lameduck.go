package server

import (
	"context"
	"net/http"
	"time"

	"availproxy/cmd/internal/osservice"
)

// lameDuck is the time between the word to end and the end: /-/ready says no, so
// that load balancers look elsewhere, and everything that still comes is answered.
// No connection is closed under a caller that may be writing on it; callers are
// asked to leave with their next answer instead.
func (s *Server) lameDuck(ctx context.Context) {
	s.draining.Store(true)
	s.options.Log.InfoContext(ctx, "shutting down", "lame_duck", s.options.LameDuck.String())
	s.tell(ctx, osservice.Stopping, "lame duck for "+s.options.LameDuck.String()+": not ready any more, still answering")
	time.Sleep(s.options.LameDuck) // only a second signal cuts it short, and that ends the process
	s.tell(ctx, osservice.Stopping, "finishing what has begun")
}

// lastAnswer asks the caller to open another connection for its next question.
type lastAnswer struct {
	http.ResponseWriter
	begun bool
}

// WriteHeader implements [http.ResponseWriter]. A challenge leaves the connection
// open: NTLM logs on in three legs on the same one ([MS-NTHT] 1.3), and a caller
// that loses it between two of them has lost its question.
func (l *lastAnswer) WriteHeader(status int) {
	l.begun = true
	if status != http.StatusUnauthorized {
		l.Header().Set("Connection", "close")
	}
	l.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (l *lastAnswer) Write(p []byte) (int, error) {
	if !l.begun {
		l.WriteHeader(http.StatusOK)
	}
	return l.ResponseWriter.Write(p)
}

// Unwrap is for [http.ResponseController].
func (l *lastAnswer) Unwrap() http.ResponseWriter { return l.ResponseWriter }
