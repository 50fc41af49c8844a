package upstream

import (
	"crypto/tls"
	"errors"
	"mime"
	"net"
	"net/http"
	"strings"

	"availproxy/freebusy"
)

// RefusalReasons are why response, of status 401 or 403, turns us away, the most
// telling first: what Exchange says of our token (x-ms-diagnostics), or that it is
// a page of somebody else. There may be none.
func RefusalReasons(response *http.Response) []freebusy.Reason {
	return refusalReasons(response, readDiagnostics(response.Header))
}

func refusalReasons(response *http.Response, d diagnostics) []freebusy.Reason {
	switch {
	case d != (diagnostics{}):
		return d.reasons(response.StatusCode)
	case Page(response.Header):
		return []freebusy.Reason{freebusy.Status("page", response.StatusCode)}
	}
	return nil
}

// reasons begin with the details of a code that has several meanings.
func (d diagnostics) reasons(status int) []freebusy.Reason {
	var reasons []freebusy.Reason
	switch {
	case d.category == "invalid_user" && strings.Contains(d.reason, "ambiguous"):
		reasons = append(reasons, "diagnostics ambiguous")
	case strings.Contains(d.reason, "S2SAppActAs"):
		reasons = append(reasons, "diagnostics S2SAppActAs")
	case d.category == "invalid_grant" && status == http.StatusForbidden:
		reasons = append(reasons, "diagnostics blocked")
	}
	return append(reasons, freebusy.Reason("diagnostics "+d.category), freebusy.Reason("diagnostics "+d.code))
}

// Page reports whether what came is a web page of somebody who stands between us
// and the other side.
func Page(h http.Header) bool {
	mediaType, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return (mediaType == "text/html" || mediaType == "application/xhtml+xml") && !FromExchange(h)
}

// signatures are headers that the front ends and back ends of Exchange put on
// whatever they answer, and nothing that stands before them does.
var signatures = []string{"X-FEServer", "X-BEServer", "X-CalculatedFETarget", "X-CalculatedBETarget", "x-ms-appId"}

// FromExchange reports whether it is Exchange that has answered.
func FromExchange(h http.Header) bool {
	for _, header := range signatures {
		if h.Get(header) != "" {
			return true
		}
	}
	return false
}

// NetworkReason is why no answer came, other than that time ran out.
func NetworkReason(err error) freebusy.Reason {
	if told, ok := errors.AsType[interface {
		error
		Reason() freebusy.Reason
	}](err); ok {
		return told.Reason()
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "network name"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "network certificate"
	}
	if handshakeFailed(err) {
		return "network tls"
	}
	op, ok := errors.AsType[*net.OpError](err)
	switch {
	case ok && op.Op == "proxyconnect":
		return "network proxy"
	case ok && op.Op != "read" && op.Op != "write":
		return "network connect"
	}
	return "network broken"
}

// inDotNet are the words of .NET for each reason, as Exchange shows them.
var inDotNet = map[freebusy.Reason]string{
	"network name":        "The remote name could not be resolved",
	"network certificate": "The underlying connection was closed: Could not establish trust relationship for the SSL/TLS secure channel",
	"network tls":         "The request was aborted: Could not create SSL/TLS secure channel",
	"network connect":     "Unable to connect to the remote server",
	"network address":     "Unable to connect to the remote server",
	"network proxy":       "Unable to connect to the remote server",
	"web proxy 403":       "The remote server returned an error: (403) Forbidden",
	"web proxy 407":       "The remote server returned an error: (407) Proxy Authentication Required",
	"network broken":      "The underlying connection was closed: An unexpected error occurred on a receive",
}
