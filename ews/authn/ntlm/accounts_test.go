package ntlm

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"testing"

	"availproxy/ews/authn"
)

const canary = "8846F7EAEE8FB117AD06BDD830B7586C" // the NT hash of "password"

func canaryHash(t testing.TB) [16]byte { return [16]byte(unhex(t, canary)) }

func accounts(t testing.TB) *Acceptor {
	t.Helper()
	a, err := NewAccounts(strings.NewReader("# tools\n\nCONTOSO\\loadtest:"+canary+"\nFABRIKAM\\Zoë:"+strings.ToLower(canary)+"\n"), "fb.contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	acceptor, err := New(a)
	if err != nil {
		t.Fatal(err)
	}
	return acceptor
}

func honest(t testing.TB) caller {
	return caller{domain: "CONTOSO", user: "loadtest", hash: canaryHash(t), flags: offers, promisesMIC: true}
}

// logsOn runs a handshake on c and returns who was let in, or the reason why
// nobody was.
func (a *Acceptor) logsOn(t testing.TB, c *authn.Connection, who caller) string {
	t.Helper()
	h := a.Begin(c)
	defer h.Close()
	first := who.negotiate()
	if !a.Begins(first) {
		t.Fatalf("%x begins nothing", first)
	}
	leg, err := h.Step(t.Context(), first)
	if err != nil || leg.Identity != nil {
		t.Fatalf("after the first leg: %+v, %v", leg, err)
	}
	leg, err = h.Step(t.Context(), who.authenticate(t, first, leg.Reply))
	return outcome(t, leg, err)
}

func outcome(t testing.TB, leg authn.Leg, err error) string {
	t.Helper()
	if err == nil {
		if !leg.Binds || len(leg.Reply) > 0 {
			t.Errorf("a logon that does not last, or goes on: %+v", leg)
		}
		return leg.Identity.String()
	}
	refusal, ok := errors.AsType[*authn.Refusal](err)
	if !ok || leg.Identity != nil || refusal.Mechanism != authn.NTLM {
		t.Errorf("%+v, %v: not a refusal of NTLM", leg, err)
	}
	if text := err.Error(); strings.Contains(strings.ToUpper(text), canary) || strings.Contains(text, "\x00") {
		t.Errorf("the log gets %q", text)
	}
	return string(refusal.Reason)
}

// secure is a connection on which we show a certificate.
func secure(t testing.TB) *authn.Connection {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	c := &authn.Connection{}
	c.Show(leaf)
	return c
}

func TestAccounts(t *testing.T) {
	tls, other := secure(t), secure(t)
	bound := func(c *authn.Connection) []byte { hash, _ := c.Binding(); return hash[:] }
	const loadtest = `CONTOSO\loadtest`
	tests := map[string]struct {
		change func(*caller)
		on     *authn.Connection
		want   string
	}{
		"as Windows does":                     {func(*caller) {}, tls, loadtest},
		"in another case":                     {func(c *caller) { c.domain, c.user = "Contoso", "LoadTest" }, tls, loadtest},
		"without an integrity code":           {func(c *caller) { c.promisesMIC = false }, tls, loadtest},
		"with names in a code page, as curl":  {func(c *caller) { c.flags, c.promisesMIC = flagOEM|flagNTLM|flagExtendedSession, false }, tls, loadtest},
		"without a key of its own":            {func(c *caller) { c.flags &^= flagKeyExchange }, tls, loadtest},
		"a key of its own, used for nothing":  {func(c *caller) { c.spoil = withoutSigning }, tls, loadtest},
		"letters beyond ASCII":                {func(c *caller) { c.domain, c.user = "fabrikam", "ZOË" }, tls, `FABRIKAM\Zoë`},
		"bound to the connection":             {func(c *caller) { c.binding = bound(tls) }, tls, loadtest},
		"bound to nothing":                    {func(c *caller) { c.binding = make([]byte, 16) }, tls, loadtest},
		"without TLS":                         {func(*caller) {}, &authn.Connection{}, loadtest},
		"bound to another connection":         {func(c *caller) { c.binding = bound(other) }, tls, "channel_binding"},
		"bound to one connection, and no TLS": {func(c *caller) { c.binding = bound(tls) }, &authn.Connection{}, "channel_binding"},
		"half a binding":                      {func(c *caller) { c.binding = bound(tls)[:8] }, tls, "channel_binding"},
		"a wrong password":                    {func(c *caller) { c.hash[0]++ }, tls, "bad_password"},
		"no password":                         {func(c *caller) { c.hash = [16]byte{} }, tls, "bad_password"},
		"an unknown account":                  {func(c *caller) { c.user = "nobody" }, tls, "bad_password"},
		"the account of another domain":       {func(c *caller) { c.domain = "FABRIKAM" }, tls, "bad_password"},
		"no domain":                           {func(c *caller) { c.domain = "" }, tls, "bad_password"},
		"NTLM version 1":                      {func(c *caller) { c.version1 = true }, tls, "ntlm_v1"},
		"LM alone":                            {func(c *caller) { c.spoil = func(d *draft) { d.nt = nil } }, tls, "ntlm_v1"},
		"anonymous":                           {func(c *caller) { c.spoil = anonymous }, tls, "anonymous_logon"},
		"a name and nothing else":             {func(c *caller) { c.spoil = func(d *draft) { d.lm, d.nt = nil, nil } }, tls, "anonymous_logon"},
		"a proof and no name":                 {func(c *caller) { c.user = "" }, tls, "anonymous_logon"},
		"the code left out":                   {func(c *caller) { c.spoil = func(d *draft) { d.room = 8 } }, tls, "bad_integrity"},
		"the code and the version left out":   {func(c *caller) { c.spoil = func(d *draft) { d.room = 0 } }, tls, "bad_integrity"},
		"zeros for a code":                    {func(c *caller) { c.late = func(m []byte) { clear(m[atMIC:behindMIC]) } }, tls, "bad_integrity"},
		"a wrong code":                        {func(c *caller) { c.late = func(m []byte) { m[atMIC]++ } }, tls, "bad_integrity"},
		"flags changed on the way":            {func(c *caller) { c.late = func(m []byte) { m[atFlags+1] ^= 0x80 } }, tls, "bad_integrity"},
		"the promise of a code taken back": {func(c *caller) {
			c.late = func(m []byte) { m[bytes.Index(m, []byte{avFlags, 0, 4, 0})+4] = 0 }
		}, tls, "bad_password"},
		"a code under the key that nobody sent": {func(c *caller) {
			c.spoil = func(d *draft) { d.key, d.exported = nil, nil } // an empty key
		}, tls, "bad_integrity"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			who := honest(t)
			tt.change(&who)
			if got := accounts(t).logsOn(t, tt.on, who); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// withoutSigning leaves the caller's key in a message that uses it for nothing:
// the code is under the other one then ([MS-NLMP] 3.2.5.1.2).
func withoutSigning(d *draft) {
	d.flags &^= flagSign | flagSeal
	session := mac(unhexed(canary), wide("LOADTESTCONTOSO"))
	d.exported = mac(session, d.nt[:proofLength])
}

func unhexed(digits string) []byte {
	data := make([]byte, len(digits)/2)
	fmt.Sscanf(digits, "%x", &data)
	return data
}

// anonymous is the logon of [MS-NLMP] 3.2.5.1.2 without user and responses.
func anonymous(d *draft) {
	d.lm, d.nt, d.user, d.domain = []byte{0}, nil, nil, nil
	d.flags |= 1 << 11
}

func TestAChallengeIsAnsweredOnce(t *testing.T) {
	a, who := accounts(t), honest(t)
	first := who.negotiate()
	listener := a.Begin(&authn.Connection{})
	defer listener.Close()
	leg, err := listener.Step(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	answer := who.authenticate(t, first, leg.Reply)
	if leg, err = listener.Step(t.Context(), answer); outcome(t, leg, err) != `CONTOSO\loadtest` {
		t.Fatalf("got %+v, %v", leg, err)
	}

	replay := a.Begin(&authn.Connection{})
	defer replay.Close()
	if _, err := replay.Step(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if leg, err = replay.Step(t.Context(), answer); outcome(t, leg, err) != "bad_password" {
		t.Errorf("the same answer on another connection: %+v, %v", leg, err)
	}
}

func TestAnAnswerBeforeTheChallenge(t *testing.T) {
	a, who := accounts(t), honest(t)
	answer := who.authenticate(t, who.negotiate(), (&Accounts{domain: "CONTOSO"}).challenge(offers, [8]byte{}))
	if a.Begins(answer) {
		t.Error("the third message begins a handshake")
	}
	h := a.Begin(&authn.Connection{})
	defer h.Close()
	if leg, err := h.Step(t.Context(), answer); outcome(t, leg, err) != "malformed" {
		t.Errorf("got %+v, %v", leg, err)
	}
}

// TestGuessesDoNotReachTheBackEnd is about accounts that a domain controller
// would lock. It knows all of these spellings for one account.
func TestGuessesDoNotReachTheBackEnd(t *testing.T) {
	a := accounts(t)
	who := honest(t)
	who.hash[0]++
	heard := map[string]int{}
	for _, spelling := range []struct{ domain, user string }{
		{"CONTOSO", "loadtest"}, {"contoso", "LOADTEST"}, {"contoso.example", "loadtest"}, {"", "loadtest"}, {"CONTOSO", " loadtest"}, {"CONTOSO", "loadtest  "},
		{"CONTOSO", "load\u00a0test"}, {"", "loadtest@contoso.example"}, {"CONTOSO", "loadtest @CONTOSO"}, {"CONTOSO", "lóadtest"}, {"CONTOSO", "lo\u0301adtest"}, {"CONTOSO", "ｌoadtest"},
	} {
		who.domain, who.user = spelling.domain, spelling.user
		heard[a.logsOn(t, &authn.Connection{}, who)]++
	}
	if heard["bad_password"] != 5 || heard["throttled"] != 7 {
		t.Errorf("got %v", heard)
	}
	other := honest(t)
	other.domain, other.user = "FABRIKAM", "Zoë"
	if got := a.logsOn(t, &authn.Connection{}, other); got != `FABRIKAM\Zoë` {
		t.Errorf("another account: %s", got)
	}
}

// TestMessagesThatAreCutOff goes through every length of every message.
func TestMessagesThatAreCutOff(t *testing.T) {
	a, who := accounts(t), honest(t)
	first := who.negotiate()
	challenge := func() (authn.Handshake, []byte) {
		h := a.Begin(&authn.Connection{})
		leg, err := h.Step(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		return h, leg.Reply
	}
	for n := range 16 {
		h := a.Begin(&authn.Connection{})
		if leg, err := h.Step(t.Context(), first[:n]); outcome(t, leg, err) != "malformed" {
			t.Errorf("%d bytes of the first message: %+v, %v", n, leg, err)
		}
		h.Close()
	}
	for n := 0; ; n++ {
		h, reply := challenge()
		answer := who.authenticate(t, first, reply)
		if n == len(answer) {
			h.Close()
			return
		}
		if leg, err := h.Step(t.Context(), answer[:n]); leg.Identity != nil || err == nil {
			t.Errorf("%d of %d bytes of the third message: %+v, %v", n, len(answer), leg, err)
		}
		h.Close()
	}
}

func TestFieldsThatPointElsewhere(t *testing.T) {
	tests := map[string]func(m []byte){
		"beyond the end":            func(m []byte) { binary.LittleEndian.PutUint32(m[atUser+4:], uint32(len(m)-1)) },
		"around the end":            func(m []byte) { binary.LittleEndian.PutUint32(m[atDomain+4:], 0xffffffff) },
		"too long a name":           func(m []byte) { binary.LittleEndian.PutUint16(m[atUser:], longestName+2) },
		"half a letter":             func(m []byte) { binary.LittleEndian.PutUint16(m[atUser:], 3) },
		"a response of another age": func(m []byte) { m[m[atNT+4]+proofLength] = 9 },
		"attributes without an end": func(m []byte) {
			nt := int(binary.LittleEndian.Uint32(m[atNT+4:]))
			binary.LittleEndian.PutUint16(m[nt+proofLength+atPairs+2:], 0xffff)
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			who := honest(t)
			who.late = spoil
			if got := accounts(t).logsOn(t, &authn.Connection{}, who); got != "malformed" {
				t.Errorf("got %s, want malformed", got)
			}
		})
	}
}

func TestAccountsFile(t *testing.T) {
	for name, tt := range map[string]struct{ file, want string }{
		"good":              {"CONTOSO\\a:" + canary, ""},
		"nothing in it":     {"# nobody yet\n", "there is no account in it"},
		"no domain":         {"a:" + canary, "line 1: want DOMAIN\\NAME:HASH"},
		"a password":        {"\nCONTOSO\\a:password", "line 2: want DOMAIN\\NAME:HASH"},
		"an LM hash beside": {"CONTOSO\\a:" + canary + canary, "line 1: want DOMAIN\\NAME:HASH"},
		"twice":             {"CONTOSO\\a:" + canary + "\ncontoso\\A:" + canary, "line 2: the account stands here for the second time"},
		"two mistakes":      {"a\nb", "line 2: want"},
	} {
		a, err := NewAccounts(strings.NewReader(tt.file), "fb")
		if got := fmt.Sprint(err); tt.want == "" && err != nil || !strings.Contains(got, tt.want) || strings.Contains(got, canary) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
		if shown := fmt.Sprintf("%v %+v %#v", a, a, a); strings.Contains(shown, "0x88, 0x46") || strings.Contains(shown, "136 70 247") || strings.Contains(strings.ToUpper(shown), "8846F7") {
			t.Errorf("%s: printing shows a hash: %s", name, shown)
		}
	}
}

func TestTheChallengeSaysWhoWeAre(t *testing.T) {
	m := message(must(accounts(t).backend.Challenge(context.Background(), netip.Addr{}, honest(t).negotiate())))
	target, _ := m.payload(12)
	info, ok := m.payload(40)
	pairs, complete := readPairs(info)
	if !ok || !complete || !bytes.Equal(target, wide("CONTOSO")) || !bytes.Equal(pairs.value(avDomainName), wide("CONTOSO")) ||
		!bytes.Equal(pairs.value(avComputerName), wide("FB")) || len(pairs.value(avTimestamp)) != 8 {
		t.Errorf("got %x", m)
	}
}

func must(_ Exchange, m []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return m
}
