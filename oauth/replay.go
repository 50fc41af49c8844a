package oauth

import (
	"io"
	"net/http"
)

// replay is the body of a request that may have to be sent twice.
type replay struct {
	body    io.ReadCloser // nil when there is none, or when it has been taken
	taken   bool
	getBody func() (io.ReadCloser, error)
}

func newReplay(req *http.Request) *replay {
	return &replay{body: req.Body, getBody: req.GetBody}
}

// take hands over the body; whoever has it closes it.
func (r *replay) take() io.ReadCloser {
	body := r.body
	r.body, r.taken = nil, body != nil
	return body
}

// rewind gets the body ready for another take and reports whether it could.
func (r *replay) rewind() bool {
	if !r.taken {
		return true
	}
	if r.getBody == nil {
		return false
	}
	body, err := r.getBody()
	if err != nil {
		return false
	}
	r.body = body
	return true
}

// close closes a body that nobody has taken, as a RoundTripper must.
func (r *replay) close() {
	if r.body != nil {
		r.body.Close()
	}
}
