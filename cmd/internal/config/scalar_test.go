package config

import (
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

func TestDurationsAreReadAndWrittenWithDays(t *testing.T) {
	for text, want := range map[string]struct {
		length  time.Duration
		written string
	}{
		"0s":      {0, "0s"},
		"60s":     {time.Minute, "1m"},
		"1h30m":   {90 * time.Minute, "1h30m"},
		"250ms":   {250 * time.Millisecond, "250ms"},
		"7d":      {7 * day, "7d"},
		"1d12h":   {36 * time.Hour, "36h"},
		"90m1s":   {90*time.Minute + time.Second, "1h30m1s"},
		"100h20s": {100*time.Hour + 20*time.Second, "100h0m20s"},
	} {
		var d Duration
		if err := d.UnmarshalYAML(scalarNode(text)); err != nil || time.Duration(d) != want.length || d.String() != want.written {
			t.Errorf("%s is read as %v and written %s (%v), want %v and %s", text, time.Duration(d), d, err, want.length, want.written)
		}
	}
}

func TestWhatIsWrittenIsReadTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := Duration(rapid.Int64Range(0, math.MaxInt64).Draw(t, "length"))
		var d Duration
		if err := d.UnmarshalYAML(scalarNode(length.String())); err != nil || d != length {
			t.Errorf("Duration %d is written %s and read as %d: %v", length, length, d, err)
		}
		size := ByteSize(rapid.Int64Range(0, math.MaxInt64).Draw(t, "size"))
		var b ByteSize
		if err := b.UnmarshalYAML(scalarNode(size.String())); err != nil || b != size {
			t.Errorf("ByteSize %d is written %s and read as %d: %v", size, size, b, err)
		}
	})
}

func TestSizesHaveBinaryUnits(t *testing.T) {
	for text, want := range map[string]ByteSize{
		"0": 0, "1024": 1024, "512B": 512, "64KiB": 64 << 10, "256MiB": 256 << 20, "1GiB": 1 << 30,
	} {
		var b ByteSize
		if err := b.UnmarshalYAML(scalarNode(text)); err != nil || b != want {
			t.Errorf("%s is %d bytes (%v), want %d", text, b, err, want)
		}
	}
	for _, text := range []string{"", "MiB", "-1B", "1.5GiB", "9999999999GiB", "1 GiB", "1MB"} {
		var b ByteSize
		if err := b.UnmarshalYAML(scalarNode(text)); err == nil {
			t.Errorf("%q was read as %d bytes", text, b)
		}
	}
}

func TestOnlyThisMachineReachesLoopback(t *testing.T) {
	for listen, want := range map[Listen]bool{
		"127.0.0.1:8080": true, "127.9.9.9:0": true, "[::1]:8080": true, "localhost:8080": true, "LocalHost:1": true,
		":443": false, "0.0.0.0:443": false, "[::]:443": false, "10.0.0.1:443": false, "fb.contoso.com:443": false, "": false,
	} {
		if got := listen.Loopback(); got != want {
			t.Errorf("Loopback of %q is %t, want %t", listen, got, want)
		}
	}
}

func TestDomainsMatchExactlyOrBelowTheirSuffix(t *testing.T) {
	for _, tt := range []struct {
		pattern Domain
		domain  string
		want    bool
	}{
		{"contoso.com", "contoso.com", true},
		{"contoso.com", "mail.contoso.com", false},
		{"*.contoso.com", "mail.contoso.com", true},
		{"*.contoso.com", "a.b.contoso.com", true},
		{"*.contoso.com", "contoso.com", false},
		{"*.contoso.com", "notcontoso.com", false},
	} {
		if got := tt.pattern.Matches(tt.domain); got != tt.want {
			t.Errorf("%s matches %s: %t, want %t", tt.pattern, tt.domain, got, tt.want)
		}
	}
}

func TestHostsArePlainNamesOrAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"mail.contoso.com": true, "EX2010": true, "ex_2010.contoso.com": true, "10.0.0.1": true, "::1": true,
		"mail..contoso.com": false, "-mail": false, "mail.": false, "mail:443": false, "a b": false, "*": false, "[::1]": false,
	} {
		var h Host
		if err := h.UnmarshalYAML(scalarNode(text)); (err == nil) != want {
			t.Errorf("host %q: %v, want it read: %t", text, err, want)
		}
	}
}

func TestNetworksArePlainPrefixes(t *testing.T) {
	c := parse(t, "listen: 127.0.0.1:0\nclients: {networks: [10.0.0.0/8, 'fd00::/8']}\n")
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	if got := c.Clients.Networks.Prefixes(); !slices.Equal(got, want) {
		t.Errorf("the networks are %v, want %v", got, want)
	}
}

func TestURLsHaveAHost(t *testing.T) {
	for u, want := range map[URL]string{"": "", "https://Mail.contoso.com:444/EWS": "Mail.contoso.com", "https://[::1]:8443/": "::1"} {
		if got := u.Host(); got != want {
			t.Errorf("the host of %s is %q, want %q", u, got, want)
		}
	}
}

func TestActAsKnowsItsAddress(t *testing.T) {
	for act, want := range map[ActAs]string{ActAsApplication: "", ActAsRequester: "", "rooms@contoso.com": "rooms@contoso.com"} {
		if got := act.Address(); got != want {
			t.Errorf("the address of act_as %s is %q, want %q", act, got, want)
		}
	}
}

func TestTheHintIsTheNearestKey(t *testing.T) {
	keys := []string{"listen", "timeouts", "target_address_domains", "target_sharing_epr"}
	for word, want := range map[string]string{
		"lisen": "listen", "Listen": "listen", "timeout": "timeouts", "TargetSharingEpr": "target_sharing_epr",
		"target_adress_domain": "target_address_domains", "wombat": "", "x": "", "": "",
	} {
		if got := closest(word, keys); got != want {
			t.Errorf("closest to %q is %q, want %q", word, got, want)
		}
	}
}

func scalarNode(text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: text} }
