package ntlm

import (
	"errors"
	"testing"

	"availproxy/ews/authn"
)

// FuzzLogon looks for messages that stop the reader, and for ones that let
// somebody in who has no password.
func FuzzLogon(f *testing.F) {
	who := honest(f)
	who.hash = [16]byte{}
	challenge := (&Accounts{domain: "CONTOSO"}).challenge(offers, [8]byte{})
	for _, change := range []func(*caller){
		func(*caller) {},
		func(c *caller) { c.promisesMIC = false },
		func(c *caller) { c.version1 = true },
		func(c *caller) { c.flags = flagOEM },
		func(c *caller) { c.binding = make([]byte, 16) },
		func(c *caller) { c.spoil = anonymous },
	} {
		other := who
		change(&other)
		f.Add(other.negotiate(), other.authenticate(f, other.negotiate(), challenge))
	}
	f.Add(who.negotiate(), unhex(f, specifiedAnswer))
	f.Fuzz(func(t *testing.T, first, last []byte) {
		h := accounts(t).Begin(&authn.Connection{})
		defer h.Close()
		for _, token := range [][]byte{first, last} {
			leg, err := h.Step(t.Context(), token)
			if leg.Identity != nil {
				t.Fatalf("%s was let in by %x", leg.Identity, last)
			}
			if refusal, ok := errors.AsType[*authn.Refusal](err); err != nil && (!ok || refusal.Reason == authn.Internal) {
				t.Fatalf("%v is no refusal of the caller", err)
			}
			if err != nil {
				if n := len(err.Error()); n > 1024 {
					t.Fatalf("%d bytes for the log", n)
				}
				return
			}
		}
	})
}
