package ews

import (
	_ "embed"
	"net/http"
)

//go:embed services.wsdl
var wsdl []byte

// ServeWSDL describes the operations that we have, for people and for tools that
// ask whether anybody is there. As Exchange's own it names no address and
// imports the schemas by their usual names, which are not served: no caller
// reads them at run time.
func ServeWSDL(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.Write(wsdl)
}
