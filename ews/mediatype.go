package ews

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// readable reports whether a body with these headers is one that we read:
// text/xml in UTF-8, said in whatever way, and not compressed.
func readable(h http.Header) bool {
	encoding := h.Get("Content-Encoding")
	return (encoding == "" || strings.EqualFold(encoding, "identity")) && isXML(h.Get("Content-Type"))
}

func isXML(mediaType string) bool {
	if mediaType == contentType { // as nearly everybody has it
		return true
	}
	kind, parameters, err := mime.ParseMediaType(mediaType)
	if err != nil || kind != "text/xml" {
		return false
	}
	charset, named := parameters["charset"]
	return !named || strings.EqualFold(charset, "utf-8")
}

// refuseMediaType answers 415 with no body and the reason in the status line,
// as Exchange 2010 does: .NET shows that line, and nothing else, to whoever
// looks for the mistake. net/http writes no such line, so the connection is
// taken from it and closed; where it cannot be had, the number has to do.
func refuseMediaType(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, io.LimitReader(r.Body, limits.Bytes)) // unread bytes would reset the connection before the answer is read
	connection, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	defer connection.Close()
	fmt.Fprintf(buffered, "HTTP/1.1 415 Cannot process the message because the content type '%.100s' was not the expected type '%s'.\r\n"+
		"Content-Length: 0\r\nConnection: close\r\n\r\n", printable(r.Header.Get("Content-Type")), contentType)
	buffered.Flush()
}

// printable leaves out of a caller's word what a status line must not hold.
func printable(word string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, word)
}
