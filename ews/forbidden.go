package ews

import (
	"net/http"

	"availproxy/freebusy"
)

// Forbidden answers whoever is known but not allowed: 403 with the fault of
// Exchange, so that the event log of the asking server says what happened.
func Forbidden() http.Handler {
	fault := writeFault(&freebusy.Error{
		Code: freebusy.ErrorAccessDenied,
		Text: "Access is denied. Check credentials and try again.",
	})
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(http.StatusForbidden)
		w.Write(fault)
	})
}
