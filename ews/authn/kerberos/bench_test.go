package kerberos

import (
	"bytes"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/test/testdata"
)

// BenchmarkLogon is one ticket from its bytes to the identity and our answer.
func BenchmarkLogon(b *testing.B) {
	for name, withPAC := range map[string]bool{"bare": false, "PAC": true} {
		b.Run(name, func(b *testing.B) {
			a := acceptor(b, new(bytes.Buffer))
			r := a.forge(b, 18, 18)
			if withPAC {
				r.authorized = time.Date(2017, 5, 6, 15, 53, 11, 0, time.UTC)
				r.client, r.claimsName = "testuser1", "testuser1"
				r.pac = sign(b, unhex(b, testdata.MarshaledPAC_AD_WIN2K_PAC), r.key)
			}
			token := r.token(b)
			b.ReportAllocs()
			for b.Loop() {
				a.options.Replays = NewReplays() // the same token again is a replay
				if _, err := a.presents(b, token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
