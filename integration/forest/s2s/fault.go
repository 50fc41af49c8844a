package s2s

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Fault makes a handler misbehave before it does its work. The zero Fault does
// nothing.
type Fault struct {
	Latency    time.Duration // wait before answering
	Status     int           // 0 answers 200 when there is a Body, else goes on as if nothing were
	RetryAfter time.Duration // whole seconds, with a Status
	Body       string        // garbage to answer with
	Times      int           // how many requests it hits; 0 is all of them
}

// strike reports whether it has answered the request.
func (f Fault) strike(w http.ResponseWriter, r *http.Request) bool {
	if !pause(r.Context(), f.Latency) {
		return true
	}
	if f.Status == 0 && f.Body == "" {
		return false
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(max(f.Status, http.StatusOK))
	io.WriteString(w, f.Body) // nobody is left to tell when it fails
	return true
}

// next returns the fault for this request and counts it.
func (f *Fault) next() Fault {
	hit := *f
	if f.Times > 0 {
		if f.Times--; f.Times == 0 {
			*f = Fault{}
		}
	}
	return hit
}

// pause waits and reports whether the request is still wanted afterwards.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
