package ews

import (
	"mime"
	"net/http"

	"availproxy/freebusy/upstream"
)

// withdrawn reports whether response is how Exchange Online says that EWS is over,
// for the tenant (EwsEnabled) or for our application (EwsAllowedAppIDs): status
// 403 and no more (Microsoft 365 message MC1015893). A page belongs to somebody
// else, and x-ms-diagnostics is about our token.
func withdrawn(response *http.Response) bool {
	if response.StatusCode != http.StatusForbidden || response.Header.Get("x-ms-diagnostics") != "" {
		return false
	}
	mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if mediaType == "text/html" || mediaType == "application/xhtml+xml" {
		return false
	}
	return upstream.FromExchange(response.Header)
}
