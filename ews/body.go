package ews

import (
	"io"
	"net/http"

	"availproxy/ews/soap"
)

// body is room for the document of one request after another.
type body struct{ bytes []byte }

// A body begins with no more than its Content-Length says, and with little enough
// to be had by every caller at once: 500 groups of a SerializedSecurityContext
// make some 60 KB. One that has grown large is not kept.
const (
	leastBody = 4 << 10
	firstBody = 64 << 10
	keptBody  = 256 << 10
)

func (h *Handler) newBody() *body {
	if b, _ := h.bodies.Get().(*body); b != nil {
		return b
	}
	return &body{}
}

func (h *Handler) release(b *body) {
	if cap(b.bytes) <= keptBody {
		h.bodies.Put(b)
	}
}

// read reads the body of r to its end, or to where it is too big.
func (b *body) read(r *http.Request) error {
	const onlyEnd = 1 // room in which to find out that nothing comes
	if first := int(min(max(r.ContentLength, leastBody), firstBody)) + onlyEnd; cap(b.bytes) < first {
		b.bytes = make([]byte, 0, first)
	}
	b.bytes = b.bytes[:0]
	for {
		if len(b.bytes) == cap(b.bytes) {
			b.bytes = append(b.bytes, 0)[:len(b.bytes)]
		}
		n, err := r.Body.Read(b.bytes[len(b.bytes):cap(b.bytes)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		switch {
		case int64(len(b.bytes)) > limits.Bytes:
			return soap.ErrTooBig
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}
