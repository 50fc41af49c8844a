package oauth

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// admits says why req must not be sent with a token, if so: tokens go over TLS,
// and to hosts that are named or allowed.
func admits(req *http.Request, host string, hosts []string, allowed func(*url.URL) bool) error {
	refuse := func(format string, args ...any) error {
		return &TokenError{Kind: HostRefused, Err: fmt.Errorf(format, args...)}
	}
	is := func(h string) bool { return strings.EqualFold(h, host) }
	switch {
	case req.URL.Scheme != "https":
		return refuse("tokens are sent over https only, not to %q", printable(req.URL.Redacted()))
	case req.Host != "" && req.Host != req.URL.Host:
		return refuse("the request for %q is addressed to %q", req.URL.Host, printable(req.Host))
	case !slices.ContainsFunc(hosts, is) && (allowed == nil || !allowed(req.URL)):
		return refuse("%q is not among the hosts of this connector; allowed_hosts names further ones", printable(host))
	}
	return nil
}
