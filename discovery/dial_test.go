package discovery

import (
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
)

func TestDialerRefusesSpecialAddresses(t *testing.T) {
	d := Dialer{Allowed: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("fd00:1::/32")}}
	tests := map[string]struct {
		address string
		refused bool
	}{
		"a public address":            {"203.0.113.7:443", false},
		"a public IPv6 address":       {"[2a01:111::1]:443", false},
		"an allowed private network":  {"10.20.3.4:443", false},
		"the same in IPv6 clothes":    {"[::ffff:10.20.3.4]:443", false},
		"an allowed unique local one": {"[fd00:1::5]:443", false},
		"another private network":     {"10.21.0.1:443", true},
		"172.16":                      {"172.31.255.255:443", true},
		"192.168":                     {"192.168.1.1:443", true},
		"carrier-grade NAT":           {"100.64.0.1:443", true},
		"loopback":                    {"127.0.0.1:443", true},
		"all of loopback":             {"127.8.9.1:443", true},
		"unspecified":                 {"0.0.0.0:443", true},
		"cloud metadata":              {"169.254.169.254:80", true},
		"protocol assignments":        {"192.0.0.8:443", true},
		"benchmarks":                  {"198.19.0.1:443", true},
		"multicast":                   {"224.0.0.1:443", true},
		"reserved":                    {"250.0.0.1:443", true},
		"broadcast":                   {"255.255.255.255:443", true},
		"IPv6 loopback":               {"[::1]:443", true},
		"IPv6 unspecified":            {"[::]:443", true},
		"link-local with a zone":      {"[fe80::1%eth0]:443", true},
		"unique local":                {"[fd12::1]:443", true},
		"site-local":                  {"[fec0::1]:443", true},
		"IPv6 multicast":              {"[ff02::1]:443", true},
		"a private one mapped":        {"[::ffff:192.168.0.1]:443", true},
		"a private one by NAT64":      {"[64:ff9b::10.0.0.1]:443", true},
		"an allowed one by NAT64":     {"[64:ff9b::10.20.0.1]:443", true},
		"a private one by 6to4":       {"[2002:0a00:0001::1]:443", true},
		"a private one by Teredo":     {"[2001:0:4136:e378:8000:63bf:f5ff:fffe]:443", true},
		"something else":              {"/run/socket", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := d.control(t.Context(), "tcp", tt.address, nil)
			if refused := errors.Is(err, ErrAddressNotAllowed); refused != tt.refused {
				t.Errorf("dialling %s: %v, want refused %t", tt.address, err, tt.refused)
			}
		})
	}
}

// listen counts connections on loopback.
func listen(t *testing.T) (addr string, accepted *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted = new(atomic.Int32)
	done := make(chan struct{})
	go func() { // ends when the listener is closed
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String(), accepted
}

// A name may have been harmless when it was vetted and point at ourselves by
// the time it is dialled.
func TestDialerChecksWhatANameResolvesTo(t *testing.T) {
	addr, accepted := listen(t)
	_, port, _ := net.SplitHostPort(addr)
	if c, err := new(Dialer).DialContext(t.Context(), "tcp", "localhost:"+port); !errors.Is(err, ErrAddressNotAllowed) {
		t.Errorf("dialling localhost gave %v, %v, want %v", c, err, ErrAddressNotAllowed)
	}
	if n := accepted.Load(); n != 0 {
		t.Errorf("%d connections came through", n)
	}
	open := Dialer{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	c, err := open.DialContext(t.Context(), "tcp", "localhost:"+port)
	if err != nil {
		t.Fatalf("dialling an allowed network: %v", err)
	}
	c.Close()
}

func TestDialerConnectsWhereItIsTold(t *testing.T) {
	addr, _ := listen(t)
	d := Dialer{ConnectTo: map[string]string{"partner.outlook.cn:443": addr}}
	c, err := d.DialContext(t.Context(), "tcp", "Partner.Outlook.CN:443")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := c.RemoteAddr().String(); got != addr {
		t.Errorf("connected to %s, want %s", got, addr)
	}
}

func TestNamesAreLookedUpFromTheRoot(t *testing.T) {
	for addr, want := range map[string]string{
		"autodiscover.contoso.com:443":  "autodiscover.contoso.com.:443",
		"autodiscover.contoso.com.:443": "autodiscover.contoso.com.:443",
		"localhost:443":                 "localhost:443",
		"fb.localhost:443":              "fb.localhost:443",
		"ex2010:443":                    "ex2010:443",
		"10.0.0.1:443":                  "10.0.0.1:443",
		"[2001:db8::1]:443":             "[2001:db8::1]:443",
	} {
		if got := rooted(addr); got != want {
			t.Errorf("rooted(%q) = %q, want %q", addr, got, want)
		}
	}
}
