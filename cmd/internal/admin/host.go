package admin

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// knownHost refuses names that an attacker could have resolved to our address:
// a page of another site may reach us under its own name (DNS rebinding), but
// never under an address or under localhost, which are not its own.
func (a *Admin) knownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !a.knows(r.Host) {
			http.Error(w, "this host name is not known here; see admin.hosts", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (a *Admin) knows(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	return host == "localhost" || net.ParseIP(host) != nil ||
		slices.ContainsFunc(a.hosts(), func(h string) bool { return strings.EqualFold(h, host) })
}

func (a *Admin) hosts() []string {
	if a.Hosts == nil {
		return nil
	}
	return a.Hosts()
}
