package negotiate

import (
	"bytes"
	"context"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"availproxy/ews/authn"
)

var (
	krb5   = asn1.ObjectIdentifier{1, 2, 840, 113554, 1, 2, 2}
	msKrb5 = asn1.ObjectIdentifier{1, 2, 840, 48018, 1, 2, 2}
	ntlm   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 2, 10}
	negoex = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 2, 30}
)

// echo is a mechanism whose tokens begin with its name. It takes legs of them,
// and answers each with itself.
type echo struct {
	name string
	oids []asn1.ObjectIdentifier
	legs int
	down bool
}

func (e echo) Begins(token []byte) bool                { return bytes.HasPrefix(token, []byte(e.name)) }
func (e echo) Ready() bool                             { return !e.down }
func (e echo) OIDs() []asn1.ObjectIdentifier           { return e.oids }
func (e echo) Begin(*authn.Connection) authn.Handshake { return &echoing{of: e} }

type echoing struct {
	of    echo
	taken int
}

func (h *echoing) Step(_ context.Context, token []byte) (authn.Leg, error) {
	if bytes.Contains(token, []byte("bad")) {
		return authn.Leg{}, authn.Refuse(authn.Mechanism(h.of.name), authn.Malformed, "bad token")
	}
	leg := authn.Leg{Reply: append([]byte("re:"), token...)}
	if h.taken++; h.taken == h.of.legs {
		leg.Identity = &authn.Identity{Name: h.of.name}
	}
	return leg, nil
}

func (h *echoing) Close() {}

// init0 makes a NegTokenInit; token "" leaves the field out.
func init0(token string, list ...asn1.ObjectIdentifier) []byte {
	var b cryptobyte.Builder
	b.AddASN1(inApplication, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(spnego)
		b.AddASN1(in(0), func(b *cryptobyte.Builder) {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(in(0), func(b *cryptobyte.Builder) {
					b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
						for _, oid := range list {
							b.AddASN1ObjectIdentifier(oid)
						}
					})
				})
				if token != "" {
					b.AddASN1(in(2), func(b *cryptobyte.Builder) { b.AddASN1OctetString([]byte(token)) })
				}
			})
		})
	})
	return b.BytesOrPanic()
}

func resp(t testing.TB, token string) []byte {
	t.Helper()
	b, err := response{state: acceptIncomplete, token: []byte(token)}.marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// told is a reply in words.
func told(reply []byte) string {
	input := cryptobyte.String(reply)
	var choice, fields, field cryptobyte.String
	var present bool
	if !input.ReadASN1(&choice, in(1)) || !choice.ReadASN1(&fields, tag.SEQUENCE) {
		return string(reply)
	}
	var words []string
	var state int
	if fields.ReadOptionalASN1(&field, &present, in(0)); present && field.ReadASN1Enum(&state) {
		words = append(words, fmt.Sprintf("state %d", state))
	}
	var oid asn1.ObjectIdentifier
	if fields.ReadOptionalASN1(&field, &present, in(1)); present && field.ReadASN1ObjectIdentifier(&oid) {
		words = append(words, inWords([]asn1.ObjectIdentifier{oid}))
	}
	var token []byte
	if fields.ReadOptionalASN1OctetString(&token, &present, in(2)); present {
		words = append(words, string(token))
	}
	return strings.Join(words, "; ")
}

func TestNegotiation(t *testing.T) {
	kerberos := echo{name: "KRB", oids: []asn1.ObjectIdentifier{krb5, msKrb5}, legs: 1}
	windows := echo{name: "NTLM", oids: []asn1.ObjectIdentifier{ntlm}, legs: 2}
	tests := map[string]struct {
		mechanisms Acceptor
		says       [][]byte
		hears      []string // the reply, or the reason of a refusal
		who        string
	}{
		"the favourite with its token":      {Acceptor{kerberos}, [][]byte{init0("KRB1", krb5)}, []string{"state 0; Kerberos; re:KRB1"}, "KRB"},
		"as Windows lists it":               {Acceptor{kerberos}, [][]byte{init0("KRB1", msKrb5, krb5, negoex, ntlm)}, []string{"state 0; Kerberos as Microsoft lists it; re:KRB1"}, "KRB"},
		"without a wrapping":                {Acceptor{kerberos}, [][]byte{[]byte("KRB1")}, []string{"re:KRB1"}, "KRB"},
		"a favourite that is not ours":      {Acceptor{kerberos}, [][]byte{init0("NEGOEX", negoex, krb5), resp(t, "KRB1")}, []string{"state 1; Kerberos", "state 0; re:KRB1"}, "KRB"},
		"a list alone":                      {Acceptor{kerberos}, [][]byte{init0("", krb5), resp(t, "KRB1")}, []string{"state 1; Kerberos", "state 0; re:KRB1"}, "KRB"},
		"our favourite, not the caller's":   {Acceptor{kerberos, windows}, [][]byte{init0("", ntlm, krb5)}, []string{"state 1; Kerberos"}, ""},
		"the second one, two legs":          {Acceptor{kerberos, windows}, [][]byte{init0("NTLM1", ntlm), resp(t, "NTLM3")}, []string{"state 1; NTLM; re:NTLM1", "state 0; re:NTLM3"}, "NTLM"},
		"two legs without a wrapping":       {Acceptor{kerberos, windows}, [][]byte{[]byte("NTLM1"), []byte("NTLM3")}, []string{"re:NTLM1", "re:NTLM3"}, "NTLM"},
		"one that is down is not chosen":    {Acceptor{echo{name: "KRB", oids: kerberos.oids, down: true}, windows}, [][]byte{init0("", krb5, ntlm)}, []string{"state 1; NTLM"}, ""},
		"nothing in common":                 {Acceptor{kerberos}, [][]byte{init0("NTLM1", ntlm, negoex)}, []string{"no_mechanism"}, ""},
		"an empty list":                     {Acceptor{kerberos}, [][]byte{init0("")}, []string{"no_mechanism"}, ""},
		"an empty list and a token":         {Acceptor{kerberos}, [][]byte{init0("KRB1")}, []string{"malformed"}, ""},
		"a token that is not on the list":   {Acceptor{kerberos}, [][]byte{init0("KRB1", ntlm)}, []string{"malformed"}, ""},
		"a list without an end":             {Acceptor{kerberos}, [][]byte{init0("KRB1", repeat(krb5, 33)...)}, []string{"malformed"}, ""},
		"a refused token":                   {Acceptor{kerberos}, [][]byte{init0("KRBbad", krb5)}, []string{"malformed"}, ""},
		"a refused token in the second leg": {Acceptor{windows}, [][]byte{init0("NTLM1", ntlm), resp(t, "bad")}, []string{"state 1; NTLM; re:NTLM1", "malformed"}, ""},
		"another mechanism than agreed on":  {Acceptor{kerberos, windows}, [][]byte{init0("", krb5), resp(t, "NTLM1")}, []string{"state 1; Kerberos", "malformed"}, ""},
		"nothing in the second leg":         {Acceptor{kerberos}, [][]byte{init0("", krb5), resp(t, "")}, []string{"state 1; Kerberos", "malformed"}, ""},
		"no SPNEGO in the second leg":       {Acceptor{kerberos}, [][]byte{init0("", krb5), []byte("KRB1")}, []string{"state 1; Kerberos", "malformed"}, ""},
		"cut off":                           {Acceptor{kerberos}, [][]byte{cut(init0("KRB1", krb5))}, []string{"no first token"}, ""},
		"an answer where a list belongs":    {Acceptor{kerberos}, [][]byte{resp(t, "KRB1")}, []string{"no first token"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := tt.mechanisms.Begin(&authn.Connection{})
			defer h.Close()
			var who string
			for i, token := range tt.says {
				if i == 0 && !tt.mechanisms.Begins(token) {
					if tt.hears[0] != "no first token" {
						t.Errorf("not taken for a first token")
					}
					return
				}
				leg, err := h.Step(t.Context(), token)
				heard := told(leg.Reply)
				if refusal, ok := errors.AsType[*authn.Refusal](err); ok {
					heard = string(refusal.Reason)
				}
				if heard != tt.hears[i] {
					t.Errorf("leg %d: heard %q (%v), want %q", i, heard, err, tt.hears[i])
				}
				if leg.Identity != nil {
					who = leg.Identity.Name
				}
			}
			if who != tt.who {
				t.Errorf("it proved %q, want %q", who, tt.who)
			}
		})
	}
}

func repeat(oid asn1.ObjectIdentifier, n int) (list []asn1.ObjectIdentifier) {
	for range n {
		list = append(list, oid)
	}
	return list
}

func cut(token []byte) []byte { return token[:len(token)-1] }

func TestTheReplyOnTheWire(t *testing.T) {
	reply, err := response{state: acceptCompleted, mechanism: krb5, token: []byte{1}}.marshal()
	if err != nil {
		t.Fatal(err)
	}
	want := "a1193017" + "a0030a0100" + "a10b06092a864886f712010202" + "a203040101"
	if got := hex.EncodeToString(reply); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzStep looks for tokens that stop the negotiation.
func FuzzStep(f *testing.F) {
	f.Add(init0("KRB1", krb5), resp(f, "KRB1"))
	f.Add(init0("", negoex, krb5), resp(f, "KRB1"))
	f.Add(init0("NTLM1", ntlm), resp(f, "NTLM3"))
	f.Add([]byte("NTLM1"), []byte("NTLM3"))
	a := Acceptor{
		echo{name: "KRB", oids: []asn1.ObjectIdentifier{krb5, msKrb5}, legs: 1},
		echo{name: "NTLM", oids: []asn1.ObjectIdentifier{ntlm}, legs: 2},
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		if !a.Begins(first) {
			return
		}
		h := a.Begin(&authn.Connection{})
		defer h.Close()
		for _, token := range [][]byte{first, second} {
			leg, err := h.Step(t.Context(), token)
			switch {
			case err != nil && (leg.Identity != nil || len(leg.Reply) > 0):
				t.Fatalf("refused (%v), and yet %+v", err, leg)
			case err != nil || leg.Identity != nil:
				return
			case len(leg.Reply) == 0:
				t.Fatal("the handshake goes on without a word")
			}
		}
	})
}
