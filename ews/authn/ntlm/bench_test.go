package ntlm

import (
	"testing"

	"availproxy/ews/authn"
)

// BenchmarkLogon is both legs of a logon, from bytes to the identity, with the
// caller's part in it.
func BenchmarkLogon(b *testing.B) {
	a, who, c := accounts(b), honest(b), &authn.Connection{}
	b.ReportAllocs()
	for b.Loop() {
		if got := a.logsOn(b, c, who); got != `CONTOSO\loadtest` {
			b.Fatal(got)
		}
	}
}
