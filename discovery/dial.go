package discovery

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"availproxy/freebusy"
)

// ErrAddressNotAllowed is in the error of a connection that [Dialer] did not
// make because of the IP address it would have gone to.
var ErrAddressNotAllowed error = addressError("the address is private or special and not among the allowed networks")

// addressError tells whoever asks why there was no answer.
type addressError string

// Error implements error.
func (e addressError) Error() string { return string(e) }

// Reason is that of the catalogue of causes.
func (addressError) Reason() freebusy.Reason { return "network address" }

// Dialer makes the TCP connections of every HTTP client that leaves this
// process: autodiscover, Exchange Web Services, tokens and metadata. Its
// DialContext is meant for http.Transport.
//
// A name that passed every check may still point at the machine itself, or at
// the metadata service of its cloud, when somebody else controls its DNS. So
// the concrete IP address is checked at the moment it is dialled: private,
// loopback, link-local and other special addresses are refused unless Allowed
// holds them. With a web proxy between, only the proxy's address is seen here.
//
// The zero Dialer allows public addresses only.
type Dialer struct {
	// Allowed are networks that may be dialled although they are special.
	Allowed []netip.Prefix

	// ConnectTo sends connections for one "host:port" to another, as curl does
	// with --connect-to; TLS and HTTP see the original name. The operator wrote
	// both sides down, so that the target is not checked against Allowed.
	ConnectTo map[string]string

	// Timeout is for one connection, name resolution included. Default 2 s.
	Timeout time.Duration
}

// defaultDialTimeout leaves time for an answer when the first address of
// several is dead.
const defaultDialTimeout = 2 * time.Second

// DialContext connects to addr ("host:port"). It may block until ctx ends or
// the Timeout has passed.
func (d *Dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: d.Timeout, ControlContext: d.control}
	if dialer.Timeout == 0 {
		dialer.Timeout = defaultDialTimeout
	}
	if target, mapped := d.target(addr); mapped {
		dialer.ControlContext = nil
		return dialer.DialContext(ctx, network, target)
	}
	return dialer.DialContext(ctx, network, rooted(addr))
}

// target looks addr up in ConnectTo, in any case.
func (d *Dialer) target(addr string) (target string, mapped bool) {
	for from, to := range d.ConnectTo {
		if strings.EqualFold(from, addr) {
			return to, true
		}
	}
	return "", false
}

// rooted ends the host of addr with a dot, so that no search list is applied to
// it: with the usual ndots:5 of Kubernetes, autodiscover.contoso.com would
// otherwise be asked for inside the cluster first. IP addresses, names of one
// label and localhost stay as they are.
func rooted(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || !strings.Contains(host, ".") || strings.HasSuffix(host, ".") || strings.HasSuffix(strings.ToLower(host), ".localhost") {
		return addr
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return addr
	}
	return net.JoinHostPort(host+".", port)
}

// control is called for each address that is about to be dialled.
func (d *Dialer) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("discovery: dial %s: %w", address, ErrAddressNotAllowed)
	}
	ip := to.Addr().WithZone("").Unmap()
	if special(ip) && !d.allows(ip) {
		return fmt.Errorf("discovery: dial %s: %w", address, ErrAddressNotAllowed)
	}
	return nil
}

func (d *Dialer) allows(ip netip.Addr) bool {
	for _, network := range d.Allowed {
		if network.Contains(ip) {
			return true
		}
	}
	return false
}

// specialNetworks are never the public address of a service (RFC 6890 and its
// registries). The prefixes that carry an IPv4 address inside an IPv6 one are
// refused as a whole: no service needs to be reached through them.
var specialNetworks = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),      // this network
	netip.MustParsePrefix("10.0.0.0/8"),     // RFC 1918
	netip.MustParsePrefix("100.64.0.0/10"),  // carrier-grade NAT
	netip.MustParsePrefix("127.0.0.0/8"),    // loopback
	netip.MustParsePrefix("169.254.0.0/16"), // link-local, cloud metadata
	netip.MustParsePrefix("172.16.0.0/12"),  // RFC 1918
	netip.MustParsePrefix("192.0.0.0/24"),   // protocol assignments
	netip.MustParsePrefix("192.168.0.0/16"), // RFC 1918
	netip.MustParsePrefix("198.18.0.0/15"),  // benchmarks
	netip.MustParsePrefix("224.0.0.0/4"),    // multicast
	netip.MustParsePrefix("240.0.0.0/4"),    // reserved, broadcast
	netip.MustParsePrefix("::/96"),          // unspecified, loopback, IPv4-compatible
	netip.MustParsePrefix("64:ff9b::/96"),   // NAT64
	netip.MustParsePrefix("64:ff9b:1::/48"), // NAT64, local
	netip.MustParsePrefix("2001::/32"),      // Teredo
	netip.MustParsePrefix("2002::/16"),      // 6to4
	netip.MustParsePrefix("fc00::/7"),       // unique local
	netip.MustParsePrefix("fe80::/10"),      // link-local
	netip.MustParsePrefix("fec0::/10"),      // site-local
	netip.MustParsePrefix("ff00::/8"),       // multicast
}

func special(ip netip.Addr) bool {
	for _, network := range specialNetworks {
		if network.Contains(ip) {
			return true
		}
	}
	return false
}
