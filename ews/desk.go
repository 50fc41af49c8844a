package ews

import (
	"io"
	"net/http"

	"availproxy/ews/soap"
)

// desk is room for one question after another: for its document, for what is
// read of it, and for the answer.
type desk struct {
	document []byte
	scan     scan
	last     lastCaller
	inquiry  inquiry
	paper    paper
	outgoing outgoing
}

// A document begins with no more room than its Content-Length says, and with little
// enough to be had by every caller at once: 500 groups of a
// SerializedSecurityContext make some 60 KB. What has grown larger than most
// documents, is not kept.
const (
	leastDocument = 4 << 10
	firstDocument = 64 << 10
	keptDocument  = 256 << 10
)

// takeDesk takes a free desk, to be given back by leaveDesk.
func (h *Handler) takeDesk() *desk {
	if d, _ := h.desks.Get().(*desk); d != nil {
		return d
	}
	return &desk{scan: scan{zones: &h.zones}}
}

func (h *Handler) leaveDesk(d *desk) {
	d.scan.reset()
	clear(d.inquiry.line)
	clear(d.inquiry.told)
	d.inquiry = inquiry{line: d.inquiry.line, told: d.inquiry.told}
	d.paper.reset()
	if cap(d.document) <= keptDocument {
		h.desks.Put(d)
	}
}

// read reads the body of r to its end, or to where it is too big.
func (d *desk) read(r *http.Request) error {
	const onlyEnd = 1 // room in which to find out that nothing comes
	if first := int(min(max(r.ContentLength, leastDocument), firstDocument)) + onlyEnd; cap(d.document) < first {
		d.document = make([]byte, 0, first)
	}
	d.document = d.document[:0]
	for {
		if len(d.document) == cap(d.document) {
			d.document = append(d.document, 0)[:len(d.document)]
		}
		n, err := r.Body.Read(d.document[len(d.document):cap(d.document)])
		d.document = d.document[:len(d.document)+n]
		switch {
		case int64(len(d.document)) > limits.Bytes:
			return soap.ErrTooBig
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}
