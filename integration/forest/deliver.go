package forest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
)

const (
	xmlType  = "text/xml; charset=utf-8"
	jsonType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
)

// deliver sends a good answer, whole or not.
func (f Faults) deliver(w http.ResponseWriter, kind string, body []byte) {
	if f.Override != nil {
		body = f.Override(body)
	}
	if f.Gzip {
		w.Header().Set("Content-Encoding", "gzip")
		body = compressed(body)
	}
	switch half := body[:len(body)/2]; {
	case f.Truncated:
		sendAs(w, kind, http.StatusOK, half)
	case f.Cut:
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", "100000000") // the server hangs up on a handler that writes less
		w.Write(half)
	case f.Chunked:
		w.Header().Set("Content-Type", kind)
		sendPieces(w, body)
	default:
		sendAs(w, kind, http.StatusOK, body)
	}
}

func compressed(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b) // writing into memory does not fail
	z.Write(body)
	z.Close()
	return b.Bytes()
}

func sendPieces(w http.ResponseWriter, body []byte) {
	const size = 97
	flusher := http.NewResponseController(w)
	for len(body) > 0 {
		n := min(size, len(body))
		w.Write(body[:n])
		flusher.Flush()
		body = body[n:]
	}
}

// send writes an XML answer with its length.
func send(w http.ResponseWriter, status int, body []byte) { sendAs(w, xmlType, status, body) }

func sendAs(w http.ResponseWriter, kind string, status int, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	w.Write(body) // nobody is left to tell when it fails
}
