package sspi

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"availproxy/ews/authn"
	"availproxy/ews/authn/kerberos"
)

const (
	byKerberos = `EX2010$@CONTOSO.EXAMPLE for one request "done"`
	byNTLM     = `CONTOSO\EX2010$ for the connection "done"`
)

// hears gives the handshake a token and returns our answer, or the reason for a
// refusal.
func hears(t testing.TB, h authn.Handshake, token []byte) string {
	t.Helper()
	return told(t, h, t.Context(), token)
}

func told(t testing.TB, h authn.Handshake, ctx context.Context, token []byte) string {
	t.Helper()
	leg, err := h.Step(ctx, token)
	refusal, refused := errors.AsType[*authn.Refusal](err)
	switch {
	case refused && (leg.Identity != nil || leg.Reply != nil):
		t.Errorf("refused, and yet %+v", leg)
	case refused:
		return strings.TrimSpace(string(refusal.Mechanism) + " " + string(refusal.Reason))
	case err != nil:
		t.Errorf("an error that is no refusal: %v", err)
	case leg.Identity == nil && string(leg.Reply) == string(challenge()):
		return "challenge"
	case leg.Identity == nil:
		return string(leg.Reply)
	}
	length := "for one request"
	if leg.Binds {
		length = "for the connection"
	}
	return fmt.Sprintf("%s %s %q", leg.Identity, length, leg.Reply)
}

func TestLegs(t *testing.T) {
	first, mic := negotiateMessage(t), []byte("mic")
	tests := map[string]struct {
		ntlm  bool // as a scheme of its own
		says  [][]byte
		hears []string
		saw   string // by Windows
	}{
		"Kerberos":                                   {false, [][]byte{ticket("ap-req")}, []string{byKerberos}, "a ticket"},
		"Kerberos inside of SPNEGO":                  {false, [][]byte{spnego(ticket("ap-req"))}, []string{byKerberos}, "a ticket"},
		"NTLM under its own name":                    {true, [][]byte{first, logon(t, "EX2010$")}, []string{"challenge", byNTLM}, "NEGOTIATE, AUTHENTICATE"},
		"NTLM under Negotiate":                       {false, [][]byte{first, logon(t, "EX2010$")}, []string{"challenge", byNTLM}, "NEGOTIATE, AUTHENTICATE"},
		"NTLM inside of SPNEGO":                      {false, [][]byte{spnego(first), response(logon(t, "EX2010$"), mic)}, []string{"challenge", byNTLM}, "NEGOTIATE, AUTHENTICATE"},
		"three legs, the last one checks the list":   {false, [][]byte{spnego(first), response(logon(t, goesOn), nil), response(nil, mic)}, []string{"challenge", "more", byNTLM}, "NEGOTIATE, go on, a ticket"},
		"another mechanism than the favourite":       {false, [][]byte{spnego([]byte(goesOn)), response(ticket("ap-req"), mic)}, []string{"more", byKerberos}, "go on, a ticket"},
		"a refusal in the first leg":                 {false, [][]byte{ticket("status 80090308")}, []string{"kerberos malformed"}, "a ticket"},
		"a wrong password":                           {true, [][]byte{first, logon(t, "wrong")}, []string{"challenge", "ntlm bad_password"}, "NEGOTIATE, AUTHENTICATE"},
		"a wrong password inside of SPNEGO":          {false, [][]byte{spnego(first), response(logon(t, "wrong"), nil)}, []string{"challenge", "ntlm bad_password"}, "NEGOTIATE, AUTHENTICATE"},
		"a refusal in the third leg":                 {false, [][]byte{spnego(first), response(logon(t, goesOn), nil), response(nil, []byte("status 8009030f"))}, []string{"challenge", "more", "bad_integrity"}, "NEGOTIATE, go on, a ticket"},
		"Windows waits and says nothing":             {false, [][]byte{ticket(silent)}, []string{"kerberos internal"}, "silent"},
		"Windows does not know who it was":           {false, [][]byte{ticket(nameless)}, []string{"kerberos unavailable"}, "nameless"},
		"SPNEGO that cannot be read":                 {false, [][]byte{{0xa1, 0x80}}, []string{"malformed"}, ""},
		"SPNEGO that cannot be read, later":          {false, [][]byte{spnego(first), {0xa1, 0x80}}, []string{"challenge", "malformed"}, "NEGOTIATE"},
		"nobody at all":                              {true, [][]byte{first, nobody()}, []string{"challenge", "ntlm anonymous_logon"}, "NEGOTIATE"},
		"nobody at all inside of SPNEGO":             {false, [][]byte{spnego(first), response(nobody(), nil)}, []string{"challenge", "ntlm anonymous_logon"}, "NEGOTIATE"},
		"NTLM version 1 inside of SPNEGO":            {false, [][]byte{spnego(first), response(version1(t), nil)}, []string{"challenge", "ntlm ntlm_v1"}, "NEGOTIATE"},
		"a logon without a challenge before it":      {false, [][]byte{spnego(version1(t))}, []string{"ntlm ntlm_v1"}, ""},
		"a handshake without an end":                 {false, repeat(ticket(goesOn), 9), append(repeat("more", 8), "malformed"), strings.Join(repeat(goesOn, 8), ", ")},
		"Kerberos that needs a second leg":           {false, [][]byte{ticket(goesOn), ticket("ap-req")}, []string{"more", byKerberos}, "go on, a ticket"},
		"a token after the handshake was given back": {false, [][]byte{ticket("status 80090317"), ticket("ap-req")}, []string{"kerberos late", byKerberos}, "a ticket, a ticket"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := &fakeWindows{caller: ex2010}
			a := authority(t, w)
			var mechanism authn.Acceptor = a.Negotiate(kerberos.BindingWhenPresent)
			if tt.ntlm {
				mechanism = a.NTLM()
			}
			h := mechanism.Begin(&authn.Connection{})
			defer h.Close()
			for i, token := range tt.says {
				if got := hears(t, h, token); got != tt.hears[i] {
					t.Errorf("leg %d hears %q, want %q", i, got, tt.hears[i])
				}
			}
			if got := w.heard(); got != tt.saw {
				t.Errorf("Windows saw %q, want %q", got, tt.saw)
			}
		})
	}
}

func repeat[T any](what T, times int) (list []T) {
	for range times {
		list = append(list, what)
	}
	return list
}

// nobody is an AUTHENTICATE_MESSAGE of the anonymous logon.
func nobody() []byte {
	return append([]byte("NTLMSSP\x00\x03\x00\x00\x00"), make([]byte, 52)...)
}

// version1 cuts the proof of a logon down to the length of version 1.
func version1(t testing.TB) []byte {
	m := logon(t, "EX2010$")
	m[20], m[21] = 24, 0
	return m
}

func TestWhatBegins(t *testing.T) {
	first := negotiateMessage(t)
	for name, tt := range map[string]struct {
		token           []byte
		negotiate, ntlm bool
	}{
		"Kerberos":         {ticket("ap-req"), true, false},
		"SPNEGO":           {spnego(first), true, false},
		"NTLM":             {first, true, true},
		"a logon by NTLM":  {logon(t, "EX2010$"), false, false},
		"a later SPNEGO":   {response(first, nil), false, false},
		"nothing":          {nil, false, false},
		"something else":   {[]byte("Basic"), false, false},
		"a cut off NTLM":   {first[:9], false, false},
		"a cut off SPNEGO": {[]byte{0x60}, true, false}, // Windows says no to it
	} {
		if got := (Negotiate{}).Begins(tt.token); got != tt.negotiate {
			t.Errorf("%s begins Negotiate: %t, want %t", name, got, tt.negotiate)
		}
		if got := (NTLM{}).Begins(tt.token); got != tt.ntlm {
			t.Errorf("%s begins NTLM: %t, want %t", name, got, tt.ntlm)
		}
	}
}

func TestWhatWindowsIsToldOfTheConnection(t *testing.T) {
	plain, secure := &authn.Connection{}, &authn.Connection{}
	secure.Show(&x509.Certificate{Raw: []byte("certificate"), SignatureAlgorithm: x509.SHA256WithRSA})
	tests := map[string]struct {
		policy kerberos.Binding
		on     *authn.Connection
		want   []Binding
		hears  string
	}{
		"when present, with TLS": {kerberos.BindingWhenPresent, secure, []Binding{{EndPoint: secure.EndPoint()}}, byKerberos},
		"when present, without":  {kerberos.BindingWhenPresent, plain, []Binding{{}}, byKerberos},
		"required, with TLS":     {kerberos.BindingRequired, secure, []Binding{{EndPoint: secure.EndPoint(), Required: true}}, byKerberos},
		"required, without":      {kerberos.BindingRequired, plain, nil, "channel_binding"},
		"ignored":                {kerberos.BindingIgnored, secure, []Binding{{}}, byKerberos},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := &fakeWindows{caller: ex2010}
			h := authority(t, w).Negotiate(tt.policy).Begin(tt.on)
			defer h.Close()
			if got := hears(t, h, ticket("ap-req")); got != tt.hears {
				t.Errorf("it hears %q, want %q", got, tt.hears)
			}
			if diff := cmp.Diff(tt.want, w.bindings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTheStructureOfChannelBindings has the numbers of the structure as the
// documentation of Windows lists its fields.
func TestTheStructureOfChannelBindings(t *testing.T) {
	got := channelBindings([]byte("tls-server-end-point:hash"))
	want := strings.Repeat("\x00", 24) + "\x19\x00\x00\x00" + "\x20\x00\x00\x00" + "tls-server-end-point:hash"
	if string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzStep looks for tokens that leave something behind in Windows, or that get
// an NTLM logon of version 1 past the guard.
func FuzzStep(f *testing.F) {
	first := negotiateMessage(f)
	f.Add(ticket("ap-req"), []byte(nil))
	f.Add(spnego(first), response(logon(f, "EX2010$"), []byte("mic")))
	f.Add(first, logon(f, "EX2010$"))
	f.Add(first, version1(f))
	f.Add(spnego([]byte(goesOn)), response(nil, []byte("mic")))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		a := negotiated(t, &fakeWindows{caller: ex2010})
		if !a.Begins(one) {
			return
		}
		h := a.Begin(&authn.Connection{})
		defer h.Close()
		for _, token := range [][]byte{one, two} {
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
