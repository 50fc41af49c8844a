package discovery

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

// allowedHere are the hosts of a connector to 21Vianet with a test endpoint.
func allowedHere(t *testing.T) Hosts {
	t.Helper()
	c := Connector{
		DiscoveryEndpoint: "https://autodiscover.fabrikam.example:8443/autodiscover/autodiscover.svc",
		Cloud:             Clouds()["china"],
		AllowedHosts:      []string{"mail.fabrikam.example", "*.ews.fabrikam.example", ".any.example:444", "10.1.2.3:8444", "[2001:db8::1]"},
	}
	h, err := c.Hosts()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestRedirectsAreVetted(t *testing.T) {
	const svc = "/autodiscover/autodiscover.svc"
	tests := map[string]struct {
		target string
		want   *refusal // nil: followed
		as     string   // what is asked; empty: target
	}{
		"the cloud's host":                       {target: "https://partner.outlook.cn" + svc},
		"a host below the cloud's suffix":        {target: "https://autodiscover-s.partner.outlook.cn" + svc},
		"the configured host with its port":      {target: "https://autodiscover.fabrikam.example:8443" + svc},
		"an allowed host":                        {target: "https://mail.fabrikam.example" + svc},
		"an explicit default port":               {target: "https://mail.fabrikam.example:443" + svc, as: "https://mail.fabrikam.example" + svc},
		"another case and a trailing dot":        {target: "https://MAIL.fabrikam.EXAMPLE." + svc, as: "https://mail.fabrikam.example" + svc},
		"a segment with the mailbox in the path": {target: "https://mail.fabrikam.example/Autodiscover/shared@b.example/Autodiscover.xml"},
		"the path for WS-Security":               {target: "https://mail.fabrikam.example/autodiscover/autodiscover.svc/WSSecurity"},
		"a suffix with a port of its own":        {target: "https://a.b.any.example:444" + svc},
		"an address that is allowed by itself":   {target: "https://10.1.2.3:8444" + svc},
		"an IPv6 address that is allowed":        {target: "https://[2001:DB8:0::1]" + svc, as: "https://[2001:db8::1]" + svc},

		"plain http":                          {target: "http://partner.outlook.cn" + svc, want: refusedScheme},
		"another scheme":                      {target: "file:///autodiscover/autodiscover.svc", want: refusedScheme},
		"an unknown host":                     {target: "https://evil.example" + svc, want: refusedHost},
		"a user name":                         {target: "https://x@evil.example" + svc, want: refusedUserInfo},
		"a user name before an allowed host":  {target: "https://x:y@partner.outlook.cn" + svc, want: refusedUserInfo},
		"an allowed host as prefix":           {target: "https://partner.outlook.cn.evil.example" + svc, want: refusedHost},
		"an allowed suffix without the dot":   {target: "https://evilpartner.outlook.cn" + svc, want: refusedHost},
		"the apex of a suffix":                {target: "https://ews.fabrikam.example" + svc, want: refusedHost},
		"loopback":                            {target: "https://127.0.0.1" + svc, want: refusedLiteral},
		"a private address in IPv6 clothes":   {target: "https://[::ffff:10.0.0.1]" + svc, want: refusedLiteral},
		"an allowed address in IPv6 clothes":  {target: "https://[::ffff:10.1.2.3]:8444" + svc, want: refusedLiteral},
		"an address as one number":            {target: "https://2130706433" + svc, want: refusedHost},
		"no scheme":                           {target: "//evil.example" + svc, want: refusedScheme},
		"another port":                        {target: "https://partner.outlook.cn:8443" + svc, want: refusedPort},
		"a configured host without its port":  {target: "https://autodiscover.fabrikam.example" + svc, want: refusedPort},
		"a look-alike with a Cyrillic letter": {target: "https://pаrtner.outlook.cn" + svc, want: refusedHost},
		"the same in punycode":                {target: "https://xn--prtner-4ve.outlook.cn" + svc, want: refusedHost},
		"full-width letters":                  {target: "https://ｐartner.outlook.cn" + svc, want: refusedHost},
		"an ideographic full stop":            {target: "https://partner。outlook.cn" + svc, want: refusedHost},
		"a fragment":                          {target: "https://partner.outlook.cn" + svc + "#x", want: refusedFragment},
		"another service":                     {target: "https://partner.outlook.cn/owa", want: refusedPath},
		"a path that climbs":                  {target: "https://partner.outlook.cn/..;/owa", want: refusedPath},
		"dot segments":                        {target: "https://partner.outlook.cn/autodiscover/x/../autodiscover.svc", want: refusedPath},
		"a hidden slash":                      {target: "https://partner.outlook.cn/autodiscover/x%2f..%2fautodiscover.svc", want: refusedPath},
		"a hidden dot segment":                {target: "https://partner.outlook.cn/autodiscover/%2e%2e/autodiscover.svc", want: refusedPath},
		"a backslash":                         {target: `https://partner.outlook.cn/autodiscover/x\y/autodiscover.svc`, want: refusedPath},
		"a semicolon":                         {target: "https://partner.outlook.cn/autodiscover/..;/autodiscover.svc", want: refusedPath},
		"too long":                            {target: "https://partner.outlook.cn/" + strings.Repeat("x", longestURL), want: refusedLength},
		"no URL at all":                       {target: "https://[", want: refusedMalformed},
		"an opaque URL":                       {target: "https:partner.outlook.cn", want: refusedMalformed},
		"nothing":                             {target: "", want: refusedPath},
	}
	h := allowedHere(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			u, err := h.redirect(nil, tt.target)
			if tt.want != nil {
				if !errors.Is(err, tt.want) {
					t.Errorf("redirect to %.80q gave %v, want %v", tt.target, err, tt.want)
				}
				return
			}
			want := tt.as
			if want == "" {
				want = tt.target
			}
			if err != nil || u.String() != want {
				t.Errorf("redirect to %q asks %v, %v, want %q", tt.target, u, err, want)
			}
		})
	}
}

func TestServiceURLsAreVetted(t *testing.T) {
	tests := map[string]struct {
		target string
		want   *refusal
	}{
		"Exchange Web Services":       {"https://partner.outlook.cn/EWS/Exchange.asmx", nil},
		"in lower case":               {"https://partner.outlook.cn/ews/exchange.asmx", nil},
		"at the port of the endpoint": {"https://autodiscover.fabrikam.example:8443/EWS/Exchange.asmx", nil},
		"with a query":                {"https://partner.outlook.cn/EWS/Exchange.asmx?x=1", refusedQuery},
		"with something behind":       {"https://partner.outlook.cn/EWS/Exchange.asmx/x", refusedPath},
		"at another path":             {"https://partner.outlook.cn/owa/", refusedPath},
		"of another host":             {"https://evil.example/EWS/Exchange.asmx", refusedHost},
		"without TLS":                 {"http://partner.outlook.cn/EWS/Exchange.asmx", refusedScheme},
		"at another port":             {"https://partner.outlook.cn:444/EWS/Exchange.asmx", refusedPort},
	}
	h := allowedHere(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			u, err := h.service(tt.target)
			if tt.want == nil && (err != nil || u.String() != tt.target) {
				t.Errorf("service %q is %v, %v, want it unchanged", tt.target, u, err)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("service %q gave %v, want %v", tt.target, err, tt.want)
			}
		})
	}
}

func TestRelativeRedirectsStayOnTheirHost(t *testing.T) {
	base, _ := url.Parse("https://partner.outlook.cn/autodiscover/autodiscover.svc")
	h := allowedHere(t)
	u, err := h.redirect(base, "/Autodiscover/x/Autodiscover.svc")
	if want := "https://partner.outlook.cn/Autodiscover/x/Autodiscover.svc"; err != nil || u.String() != want {
		t.Errorf("a path alone leads to %v, %v, want %s", u, err, want)
	}
	if _, err := h.redirect(base, "//evil.example/autodiscover/autodiscover.svc"); !errors.Is(err, refusedHost) {
		t.Errorf("a host without a scheme gave %v, want %v", err, refusedHost)
	}
}

func TestHostsRefusesEntriesThatSayNothing(t *testing.T) {
	for _, entry := range []string{"", "*", "*evil.example", "*.com", ".co.uk", "https://mail.fabrikam.example", "a b", "host:port:x"} {
		c := Connector{AllowedHosts: []string{entry}}
		if _, err := c.Hosts(); err == nil {
			t.Errorf("allowed host %q was accepted", entry)
		}
	}
}

// FuzzRedirect: whatever is accepted is an https URL without extras, reads the
// same for whoever dials it, and names an allowed host.
func FuzzRedirect(f *testing.F) {
	for _, seed := range []string{
		"https://partner.outlook.cn/autodiscover/autodiscover.svc", "https://PARTNER.outlook.cn.:443/Autodiscover/x@y/Autodiscover.xml",
		"https://x@evil.example/autodiscover/autodiscover.svc", "https://[2001:db8::1]/autodiscover/autodiscover.svc", "//evil.example/%2f", "/autodiscover/%41/autodiscover.svc?x",
	} {
		f.Add(seed)
	}
	c := Connector{Cloud: Clouds()["china"], AllowedHosts: []string{"[2001:db8::1]"}}
	h, err := c.Hosts()
	if err != nil {
		f.Fatal(err)
	}
	base, _ := url.Parse("https://partner.outlook.cn/autodiscover/autodiscover.svc")
	f.Fuzz(func(t *testing.T, target string) {
		u, err := h.redirect(base, target)
		if err != nil {
			return
		}
		again, err := url.Parse(u.String())
		if err != nil || again.Scheme != "https" || again.User != nil || again.Port() != "" || again.Host != u.Host {
			t.Errorf("%q became %v (%v)", target, u, err)
		}
		if u.Host != "partner.outlook.cn" && !strings.HasSuffix(u.Host, ".partner.outlook.cn") && u.Host != "[2001:db8::1]" {
			t.Errorf("%q leads to %s", target, u.Host)
		}
		if twice, err := h.redirect(nil, u.String()); err != nil || twice.String() != u.String() {
			t.Errorf("%q, vetted once %v, is %v (%v) the second time", target, u, twice, err)
		}
	})
}
