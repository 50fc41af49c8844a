package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"

	"availproxy/ews"
)

// paths is what stands where on the listener that Exchange uses. There is no
// ServeMux: it answers some paths with redirects, which .NET does not follow.
type paths struct {
	exchange http.Handler
	metadata http.Handler
	log      *slog.Logger
	requests *requests
}

var slashes = regexp.MustCompile(`/{2,}`)

// ServeHTTP implements [http.Handler]. Paths are compared as IIS does, in any
// case and with doubled slashes as one; nothing in them is resolved, so that
// "..", "%2e" and ";" lead nowhere.
func (p paths) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	if strings.Contains(path, "//") {
		path = slashes.ReplaceAllString(path, "/")
	}
	route, serve := p.find(path)
	p.requests.time(w, r, route, serve)
}

// find returns what serves a path, and how the path is written; "" for one that
// there is not.
func (p paths) find(path string) (route string, serve http.Handler) {
	is := func(name string) bool { return strings.EqualFold(path, name) }
	switch {
	case is("/ews/exchange.asmx"):
		return "/EWS/Exchange.asmx", p.exchange
	case is("/ews/exchange.asmx/wssecurity"):
		return "/EWS/Exchange.asmx/WSSecurity", http.HandlerFunc(p.refuseFederation)
	case is("/ews/services.wsdl"):
		return "/EWS/Services.wsdl", http.HandlerFunc(ews.ServeWSDL)
	case is("/ews/healthcheck.htm"):
		return "/EWS/healthcheck.htm", onlyGet(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "200 OK") })
	case is("/autodiscover/metadata/json/1"):
		return "/autodiscover/metadata/json/1", onlyGet(p.metadata.ServeHTTP)
	default:
		return "", http.HandlerFunc(http.NotFound)
	}
}

func (p paths) refuseFederation(w http.ResponseWriter, r *http.Request) {
	p.log.WarnContext(r.Context(), "federation asks here, which is not spoken", "client", r.RemoteAddr, "hint", federation)
	http.Error(w, "WS-Security is not spoken here. "+federation, http.StatusForbidden)
}

// federation is for the administrator of servers that ask with a delegation
// token: an organization relationship is found before an address space.
const federation = "An organization relationship (federation) asks at this path; " +
	"remove it for this domain and use Add-AvailabilityAddressSpace -AccessMethod InternalProxy."

func onlyGet(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET", http.StatusMethodNotAllowed)
			return
		}
		serve(w, r)
	}
}
