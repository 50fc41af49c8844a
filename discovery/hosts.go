package discovery

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// Hosts are the places that one connector may send a request to: those of its
// configured URLs with their ports, those of its cloud, and its AllowedHosts.
type Hosts struct{ allowed []allowedHost }

// allowedHost is one entry of Hosts. A suffix covers all names below it.
type allowedHost struct {
	name   string // lower case, without trailing dot; an IP address in its shortest form
	suffix bool
	port   string
}

// Allows reports whether u is an https URL of an allowed host and port.
func (h Hosts) Allows(u *url.URL) bool {
	_, err := h.vet(u)
	return err == nil
}

// refusal says why a URL was not followed. reason is for counting, and neither
// part holds anything of the URL, which somebody else wrote.
type refusal struct{ reason, text string }

func (r *refusal) Error() string { return r.text }

var (
	refusedMalformed = &refusal{"malformed", "it is not a URL"}
	refusedLength    = &refusal{"length", "it is too long"}
	refusedScheme    = &refusal{"scheme", "its scheme is not https"}
	refusedUserInfo  = &refusal{"userinfo", "it carries a user name"}
	refusedFragment  = &refusal{"fragment", "it carries a fragment"}
	refusedHost      = &refusal{"host", "its host is not allowed"}
	refusedLiteral   = &refusal{"ip_literal", "its host is an IP address"}
	refusedPort      = &refusal{"port", "its port is not allowed"}
	refusedPath      = &refusal{"path", "its path is not that of the service"}
	refusedQuery     = &refusal{"query", "it carries a query"}
	refusedLoop      = &refusal{"loop", "it leads back to where it came from"}
	refusedLimit     = &refusal{"limit", "there are too many of them"}
	refusedDomain    = &refusal{"domain", "the domain of the address is not configured"}
	refusedAddress   = &refusal{"address", "it is not an SMTP address"}
)

const longestURL = 2048

// The paths that a service can have. Exchange Online inserts segments, such as
// the mailbox, into that of autodiscover.
var (
	autodiscoverPath = regexp.MustCompile(`(?i)^/autodiscover/([^/\\;]+/)*autodiscover\.(svc|xml)(/wssecurity)?$`)
	ewsPath          = regexp.MustCompile(`(?i)^/ews/exchange\.asmx$`)
)

// redirect vets the target of a redirect from base, and returns it in the form
// in which it is to be asked. target may be relative only where base is set.
func (h Hosts) redirect(base *url.URL, target string) (*url.URL, error) {
	u, err := parse(base, target)
	if err != nil {
		return nil, err
	}
	if !pathIs(autodiscoverPath, u) {
		return nil, refusedPath
	}
	return h.vet(u)
}

// service vets a discovered URL of Exchange Web Services.
func (h Hosts) service(target string) (*url.URL, error) {
	u, err := parse(nil, target)
	if err != nil {
		return nil, err
	}
	if u.RawQuery != "" {
		return nil, refusedQuery
	}
	if !pathIs(ewsPath, u) {
		return nil, refusedPath
	}
	return h.vet(u)
}

func parse(base *url.URL, target string) (*url.URL, error) {
	if len(target) > longestURL {
		return nil, refusedLength
	}
	u, err := url.Parse(strings.TrimSpace(target))
	if err != nil || u.Opaque != "" {
		return nil, refusedMalformed
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	return u, nil
}

// pathIs also refuses what two servers could read differently: dot segments,
// and slashes that are hidden in an escape.
func pathIs(want *regexp.Regexp, u *url.URL) bool {
	hidden := strings.ToLower(u.EscapedPath())
	return want.MatchString(u.Path) && path.Clean(u.Path) == u.Path &&
		!strings.Contains(hidden, "%2f") && !strings.Contains(hidden, "%00")
}

// vet checks everything but the path and returns u rebuilt from the parts that
// were checked, so that what is asked is what was allowed.
func (h Hosts) vet(u *url.URL) (*url.URL, error) {
	switch {
	case u.Scheme != "https":
		return nil, refusedScheme
	case u.User != nil:
		return nil, refusedUserInfo
	case u.Fragment != "":
		return nil, refusedFragment
	}
	name, port, err := hostPort(u)
	if err != nil {
		return nil, err
	}
	if err := h.allow(name, port); err != nil {
		return nil, err
	}
	vetted := &url.URL{Scheme: "https", Host: joinHostPort(name, port), Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
	return vetted, nil
}

func (h Hosts) allow(name, port string) error {
	known := false
	for _, a := range h.allowed {
		if a.covers(name) && a.port == port {
			return nil
		}
		known = known || a.covers(name)
	}
	if known {
		return refusedPort
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return refusedLiteral
	}
	return refusedHost
}

func (a allowedHost) covers(name string) bool {
	if a.suffix {
		return strings.HasSuffix(name, "."+a.name)
	}
	return a.name == name
}

// hostPort returns host and port of u in their normal form. On the wire a host
// is ASCII; one that is not only looks like something else.
func hostPort(u *url.URL) (name, port string, err error) {
	written := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	name, err = normalHost(written)
	if _, notIP := netip.ParseAddr(written); err != nil || notIP != nil && name != written {
		return "", "", refusedHost
	}
	return name, cmp.Or(u.Port(), "443"), nil
}

// normalHost is the form in which equal hosts are equal: an IP address in its
// shortest form, a name as DNS has it, without trailing dot.
func normalHost(host string) (string, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String(), nil
	}
	return normalDomain(strings.TrimSuffix(host, "."))
}

func joinHostPort(name, port string) string {
	if port != "443" {
		return net.JoinHostPort(name, port)
	}
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}
