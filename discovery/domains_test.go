package discovery

import (
	"errors"
	"strings"
	"testing"

	"availproxy/freebusy"
)

func TestDomainsFindTheOwner(t *testing.T) {
	var d domains[string]
	for pattern, owner := range map[string]string{
		"contoso.com":               "exact",
		"*.contoso.com":             "below",
		"*.mail.contoso.com":        "deeper",
		"*.fabrikam.example":        "wildcard",
		"Bücher.example":            "international",
		"sub.deep.fabrikam.example": "exact below a wildcard",
	} {
		if err := d.add(pattern, owner); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct{ domain, want string }{
		"an exact domain":                          {"contoso.com", "exact"},
		"a domain below it":                        {"eu.contoso.com", "below"},
		"any depth below it":                       {"a.b.c.contoso.com", "below"},
		"the longest suffix wins":                  {"x.mail.contoso.com", "deeper"},
		"the apex of a longer suffix is below":     {"mail.contoso.com", "below"},
		"a suffix never means its apex":            {"fabrikam.example", ""},
		"an exact domain wins over a suffix":       {"sub.deep.fabrikam.example", "exact below a wildcard"},
		"a suffix ends at a label":                 {"evilfabrikam.example", ""},
		"an international name in its wire form":   {"xn--bcher-kva.example", "international"},
		"an unknown domain":                        {"tailspin.example", ""},
		"a top-level domain":                       {"com", ""},
		"a domain that continues a configured one": {"contoso.com.evil.example", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, _ := d.find(tt.domain); got != tt.want {
				t.Errorf("owner of %s = %q, want %q", tt.domain, got, tt.want)
			}
		})
	}
}

func TestDomainsRefuseWhatNobodyOwns(t *testing.T) {
	tests := map[string]struct {
		patterns []string
		want     string
	}{
		"the same domain twice":              {[]string{"contoso.com", "CONTOSO.com"}, errDomainTwice.Error()},
		"the same domain in two scripts":     {[]string{"bücher.example", "xn--bcher-kva.example"}, errDomainTwice.Error()},
		"the same suffix twice":              {[]string{"*.contoso.com", "*.contoso.com"}, errDomainTwice.Error()},
		"a top-level domain":                 {[]string{"*.com"}, "one label"},
		"a domain where everybody registers": {[]string{"*.co.uk"}, "anybody"},
		"a wildcard in the middle":           {[]string{"mail.*.contoso.com"}, "not a domain name"},
		"everything":                         {[]string{"*"}, "not a domain name"},
		"nothing":                            {[]string{""}, "not a domain name"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var d domains[int]
			var errs []error
			for i, p := range tt.patterns {
				errs = append(errs, d.add(p, i))
			}
			if err := errors.Join(errs...); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("adding %q gave %v, want something about %q", tt.patterns, err, tt.want)
			}
		})
	}
}

func TestAddressDomain(t *testing.T) {
	tests := map[string]struct {
		address, want string
		ok            bool
	}{
		"a plain address":             {"Lin@Fabrikam.Example", "fabrikam.example", true},
		"an international domain":     {"lin@bücher.example", "xn--bcher-kva.example", true},
		"an address with a name":      {"Lin <lin@fabrikam.example>", "", false},
		"an address in brackets":      {"<lin@fabrikam.example>", "", false},
		"a literal domain":            {"x@[127.0.0.1]", "", false},
		"two at signs":                {"a@b@fabrikam.example", "", false},
		"a line break":                {"lin@fabrikam.example\r\nX-Evil: 1", "", false},
		"no domain":                   {"lin", "", false},
		"an empty domain":             {"lin@", "", false},
		"an address of ten kilobytes": {strings.Repeat("x", 10<<10) + "@fabrikam.example", "", false},
		"nothing":                     {"", "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, ok := addressDomain(tt.address); got != tt.want || ok != tt.ok {
				t.Errorf("addressDomain = %q, %t, want %q, %t", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestEverydayAddressesArePlain(t *testing.T) {
	for _, address := range []string{"li.na@contoso.partner.mail.onmschina.cn", "Anna_O'Brien-Smith+x@fabrikam.example", "1@A-b.Example"} {
		if _, ok := plainDomain(address); !ok {
			t.Errorf("%s is not", address)
		}
	}
}

// FuzzPlainDomain looks for an address that is plain and is read differently all
// the same.
func FuzzPlainDomain(f *testing.F) {
	for _, address := range []string{
		"lin@fabrikam.example", "l.i-n+1@a.b-c.d2", "lin@xn--bcher-kva.example", "lin.@fabrikam.example", ".lin@x.example", "a..b@x.example",
		"lin@-x.example", "lin@x-.example", "lin@x..example", "lin@x.example.", "lin@", "@x.example", "a@b@c.example", "lin@1.2.3.4", "LIN@X.EXAMPLE", "i-.n@x.example", "=?utf-8?q?x?=@x.example",
	} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		domain, ok := plainDomain(address)
		if !ok {
			return
		}
		if parsed, ok := parsedDomain(address); !ok || parsed != domain {
			t.Errorf("%q is at %q, %t, and plainly at %q", address, parsed, ok, domain)
		}
	})
}

// BenchmarkPlace finds the forest of an address that spells its domain as the
// connector does, of one that does not, and of one that has to be parsed.
func BenchmarkPlace(b *testing.B) {
	d, err := New([]Connector{{Name: "hybrid", Enabled: true, TargetAddressDomains: []string{"contoso.partner.mail.onmschina.cn"}, TargetSharingEpr: "https://mail.contoso.cn/EWS/Exchange.asmx"}}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	for name, address := range map[string]string{
		"as named": "li.na@contoso.partner.mail.onmschina.cn", "plain": "li.na@contoso.Partner.mail.onmschina.cn", "parsed": "li/na@contoso.Partner.mail.onmschina.cn",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := d.ConnectorFor(freebusy.SMTP(address)); !ok {
					b.Fatal("no connector")
				}
			}
		})
	}
}
