package oauth

import (
	"fmt"
	"net/http"
)

// unchallenged is the answer of a host that neither served a request without a
// token nor asked for one: it is busy, moved or broken. It is the answer to the
// request as well, for all who waited for the challenge.
type unchallenged struct {
	status int
	header http.Header
}

// Error implements error.
func (u *unchallenged) Error() string { return fmt.Sprintf("oauth: the host answered %d", u.status) }

// response is the answer to req, without a body.
func (u *unchallenged) response(req *http.Request) *http.Response {
	header := u.header.Clone()
	header.Del("Content-Length")
	header.Del("Content-Encoding")
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", u.status, http.StatusText(u.status)),
		StatusCode: u.status,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     header,
		Body:       http.NoBody,
		Request:    req,
	}
}
