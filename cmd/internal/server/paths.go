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
	switch strings.ToLower(path) {
	case "/ews/exchange.asmx":
		p.exchange.ServeHTTP(w, r)
	case "/ews/exchange.asmx/wssecurity":
		p.log.WarnContext(r.Context(), "federation asks here, which is not spoken", "client", r.RemoteAddr, "hint", federation)
		http.Error(w, "WS-Security is not spoken here. "+federation, http.StatusForbidden)
	case "/ews/services.wsdl":
		ews.ServeWSDL(w, r)
	case "/ews/healthcheck.htm":
		onlyGet(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "200 OK") })(w, r)
	case "/autodiscover/metadata/json/1":
		onlyGet(p.metadata.ServeHTTP)(w, r)
	default:
		http.NotFound(w, r)
	}
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
