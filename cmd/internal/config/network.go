package config

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Listen is the address of a listener: HOST:PORT, or :PORT for all addresses.
// Port 0 is any free one. The empty value is no listener.
type Listen string

// Loopback reports whether only this machine can reach the listener.
func (l Listen) Loopback() bool {
	host, _, err := net.SplitHostPort(string(l))
	if err != nil {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// UnmarshalYAML implements [yaml.Unmarshaler].
func (l *Listen) UnmarshalYAML(n *yaml.Node) error {
	if n.Value == "" {
		*l = ""
		return nil
	}
	host, port, err := net.SplitHostPort(n.Value)
	if err != nil || !isPort(port) || host != "" && !isHost(host) {
		m := &mistake{fmt.Sprintf("%q is not an address to listen on", n.Value), `write for example ":443" or "127.0.0.1:9910"`}
		if isPort(n.Value) {
			m.hint = fmt.Sprintf("write \":%s\"", n.Value)
		}
		return m
	}
	*l = Listen(n.Value)
	return nil
}

// Host is a host name in lower case, or an IP address without brackets. The
// empty value is none.
type Host string

// UnmarshalYAML implements [yaml.Unmarshaler].
func (h *Host) UnmarshalYAML(n *yaml.Node) error {
	if n.Value == "" {
		*h = ""
		return nil
	}
	if !isHost(n.Value) {
		m := &mistake{fmt.Sprintf("%q is not a host name", n.Value), "write the name alone, without scheme, port or path"}
		if strings.Contains(n.Value, "*") {
			m.hint = "patterns are not allowed here; name each host"
		}
		return m
	}
	*h = Host(strings.ToLower(n.Value))
	return nil
}

// HostPort is a host and a port, "partner.outlook.cn:443"; an IPv6 address
// stands in brackets.
type HostPort string

// UnmarshalYAML implements [yaml.Unmarshaler].
func (h *HostPort) UnmarshalYAML(n *yaml.Node) error {
	host, port, err := net.SplitHostPort(n.Value)
	if err != nil || !isHost(host) || !isPort(port) || port == "0" {
		return &mistake{fmt.Sprintf("%q is not HOST:PORT", n.Value), `write for example "partner.outlook.cn:443"`}
	}
	*h = HostPort(strings.ToLower(n.Value))
	return nil
}

// Prefix is a network in CIDR notation.
type Prefix struct{ netip.Prefix }

// UnmarshalYAML implements [yaml.Unmarshaler].
func (p *Prefix) UnmarshalYAML(n *yaml.Node) error {
	prefix, err := netip.ParsePrefix(n.Value)
	if err != nil {
		m := &mistake{fmt.Sprintf("%q is not a network", n.Value), `write for example "10.20.0.0/16" or "fd00::/8"`}
		if address, err := netip.ParseAddr(n.Value); err == nil && address.Zone() == "" {
			m.hint = fmt.Sprintf("for this one address write \"%s/%d\"", address, address.BitLen())
		}
		return m
	}
	if prefix != prefix.Masked() {
		return &mistake{fmt.Sprintf("%q has bits beyond its length", n.Value), fmt.Sprintf("write %q", prefix.Masked())}
	}
	p.Prefix = prefix
	return nil
}

// Networks is a set of networks.
type Networks []Prefix

// Prefixes is the same as plain prefixes; nil for none.
func (n Networks) Prefixes() []netip.Prefix {
	var prefixes []netip.Prefix
	for _, p := range n {
		prefixes = append(prefixes, p.Prefix)
	}
	return prefixes
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// isHost reports whether s is an IP address or could be a name in DNS, with
// the underscore that Windows allows (RFC 1123 2.1).
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return isName(s)
}

func isName(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_') {
				return false
			}
		}
	}
	return true
}

// anyPort reports whether the port is left to the system.
func (l Listen) anyPort() bool {
	_, port, err := net.SplitHostPort(string(l))
	return err == nil && port == "0"
}
