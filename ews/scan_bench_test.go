package ews

import (
	"fmt"
	"strings"
	"testing"

	"availproxy/ews/soap"
)

// benchRequests are what a server asks: for 1, 20 and 100 people, and for one
// with 500 groups.
func benchRequests() map[string][]byte {
	plain := func(n int) asked {
		addresses := make([]string, n)
		for i := range addresses {
			addresses[i] = fmt.Sprintf("user%d@contoso.com", i)
		}
		return ask(addresses...).element("Bias", "-480").header(`<t:ProxyRequestTypeHeader>CrossForest</t:ProxyRequestTypeHeader>`)
	}
	return map[string][]byte{
		"1":            []byte(plain(1).document()),
		"20":           []byte(plain(20).document()),
		"100":          []byte(plain(100).document()),
		"1+500 groups": []byte(plain(1).header(contextWithGroups(500)).document()),
	}
}

// contextWithGroups is a SerializedSecurityContext with that many groups.
func contextWithGroups(n int) string {
	var groups strings.Builder
	for i := range n {
		fmt.Fprintf(&groups, `<t:GroupIdentifier Attributes="7"><t:SecurityIdentifier>S-1-5-21-1085031214-1563985344-725345543-%d</t:SecurityIdentifier></t:GroupIdentifier>`, 1000+i)
	}
	return `<t:SerializedSecurityContext><t:UserSid>S-1-5-21-1085031214-1563985344-725345543-1103</t:UserSid><t:GroupSids>` + groups.String() +
		`</t:GroupSids><t:PrimarySmtpAddress>eve@contoso.com</t:PrimarySmtpAddress></t:SerializedSecurityContext>`
}

// BenchmarkRead compares the fast path with the general one.
func BenchmarkRead(b *testing.B) {
	const userAgent = "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003"
	for name, document := range benchRequests() {
		b.Run("fast/"+name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(document)))
			r := &scan{zones: &zonesByName{}}
			for b.Loop() {
				if !r.read(document, userAgent) {
					b.Fatal(r.Declined())
				}
			}
		})
		b.Run("general/"+name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(document)))
			for b.Loop() {
				m, err := soap.Parse(document, limits)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := decode(m, userAgent); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
