package discovery

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Connector is what discovery needs of an IntraOrganizationConnector: whose
// mailboxes are behind it, and how their URL is found.
type Connector struct {
	Name    string
	Enabled bool // one that is not enabled does not exist for anybody

	// TargetAddressDomains are domains, or "*.suffix" for all that are below it.
	TargetAddressDomains []string

	// TargetSharingEpr is the URL of Exchange Web Services there. Set, it is
	// the answer for every mailbox and autodiscover is never asked.
	TargetSharingEpr string

	// Instead, if it is not nil and gives a URL, is the answer for every mailbox
	// from then on, as TargetSharingEpr is. It is asked for each mailbox.
	Instead func() string

	// DiscoveryEndpoint is the URL of SOAP autodiscover there; empty, it is
	// that of the Cloud.
	DiscoveryEndpoint string

	Cloud Cloud // from Clouds

	// AllowedHosts are further hosts that redirects and discovered URLs may
	// name: "host", or "*.suffix" (".suffix" is the same) for all names below
	// it. Each may end in ":port"; otherwise the port is 443. The hosts of the
	// URLs above and of the Cloud are always in.
	AllowedHosts []string

	// HTTP authorises requests and dials them. It gets one for each hop, so
	// that it can mint the token for the host that is asked; that it follows
	// redirects or has a cookie jar makes no difference.
	HTTP *http.Client

	UserAgent string // default DefaultUserAgent of Options.Version
}

// DefaultUserAgent names our autodiscover requests as those of an Exchange 2013
// SP1 server, since administrators are told to look for
// ASAutoDiscover/CrossForest in their logs, and adds who it really is.
func DefaultUserAgent(version string) string {
	return "ASAutoDiscover/CrossForest/EmailDomain/EXCH/15.00.1497.002 availproxy/" + cmp.Or(version, "devel")
}

// endpoint is the URL at which autodiscover is asked first, or "".
func (c *Connector) endpoint() string { return cmp.Or(c.DiscoveryEndpoint, c.Cloud.Discovery) }

// Hosts returns where requests of c may go, for whoever authorises them. The
// error names every entry that cannot be read.
func (c *Connector) Hosts() (Hosts, error) {
	var h Hosts
	var errs []error
	for _, configured := range []string{c.DiscoveryEndpoint, c.TargetSharingEpr, c.Cloud.Discovery, c.Cloud.EWS} {
		if configured == "" {
			continue
		}
		u, err := configuredURL(configured)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		h.allowed = append(h.allowed, allowedHost{name: u.Hostname(), port: cmp.Or(u.Port(), "443")})
	}
	for _, list := range [][]string{c.Cloud.Hosts, c.AllowedHosts} {
		for _, entry := range list {
			a, err := parseAllowedHost(entry)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			h.allowed = append(h.allowed, a)
		}
	}
	return h, errors.Join(errs...)
}

// configuredURL reads a URL that an operator wrote, and returns it in the form
// in which it is asked: normal host, no default port.
func configuredURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("URL %q: %w", s, err)
	}
	if u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("URL %q: want https://host/path", s)
	}
	name, err := normalHost(u.Hostname())
	if err != nil {
		return nil, fmt.Errorf("URL %q: %w", s, err)
	}
	u.Host = joinHostPort(name, cmp.Or(u.Port(), "443"))
	return u, nil
}

// parseAllowedHost reads an entry of AllowedHosts.
func parseAllowedHost(entry string) (allowedHost, error) {
	rest, suffix := strings.CutPrefix(strings.TrimPrefix(entry, "*"), ".")
	if strings.HasPrefix(entry, "*") && !suffix {
		return allowedHost{}, fmt.Errorf("allowed host %q: want *.suffix", entry)
	}
	host, port := strings.Trim(rest, "[]"), "443"
	if h, p, err := net.SplitHostPort(rest); err == nil {
		host, port = h, p
	}
	name, err := normalHost(host)
	if _, badPort := strconv.ParseUint(port, 10, 16); err != nil || badPort != nil {
		return allowedHost{}, fmt.Errorf("allowed host %q: want host, host:port or *.suffix", entry)
	}
	if suffix {
		if err := ownable(name); err != nil {
			return allowedHost{}, fmt.Errorf("allowed host %q: %w", entry, err)
		}
	}
	return allowedHost{name: name, suffix: suffix, port: port}, nil
}
