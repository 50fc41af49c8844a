package ews

import (
	"net/http"
	"slices"
	"strconv"
)

// outgoing is room to send one answer after another.
type outgoing struct {
	part   []byte   // of the answer
	length []string // of the whole, as a header
}

// sentAtOnce is how much of an answer is handed over at a time: little enough to
// be still in the cache of the processor, and few times.
const sentAtOnce = 64 << 10

// send sends the answer with its length, which old clients prefer to chunks.
func (o *outgoing) send(w http.ResponseWriter, response answer, fault bool) {
	o.length = append(o.length[:0], strconv.Itoa(response.Len()))
	header := w.Header()
	header["Content-Type"] = contentTypes
	header["Content-Length"] = o.length // net/http copies them before the first byte
	if fault {
		w.WriteHeader(http.StatusInternalServerError)
	}
	o.part = slices.Grow(o.part[:0], min(response.Len(), sentAtOnce))
	for _, piece := range response {
		for len(piece) > 0 {
			n := min(len(piece), sentAtOnce-len(o.part))
			o.part, piece = append(o.part, piece[:n]...), piece[n:]
			if len(o.part) == sentAtOnce && !o.flush(w) {
				return
			}
		}
	}
	o.flush(w)
}

// flush reports false when nobody is there any more.
func (o *outgoing) flush(w http.ResponseWriter) bool {
	_, err := w.Write(o.part)
	o.part = o.part[:0]
	return err == nil
}
