package s2s

import (
	"net/http"
	"strconv"
	"time"
)

// Fault makes a handler misbehave instead of, or before, doing its work. The
// zero Fault does nothing.
type Fault struct {
	Latency    time.Duration // wait before answering
	Status     int           // 0 is 200 when there is a Body; without one the work is done
	RetryAfter time.Duration // whole seconds, with a Status
	Body       string        // to answer with, such as a page of HTML
	Times      int           // how many requests it hits; 0 is all of them
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

// over is the reply that the client gets in place of p.
func (f Fault) over(p reply) reply {
	if f.Status != 0 || f.Body != "" {
		p = reply{status: f.Status, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: []byte(f.Body)}
		if p.status == 0 {
			p.status = http.StatusOK
		}
		if f.RetryAfter > 0 {
			p.header.Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
		}
	}
	p.slowHeaders = f.Latency
	return p
}

// instead reports whether the work is not to be done at all.
func (f Fault) instead() bool { return f.Status != 0 || f.Body != "" }
