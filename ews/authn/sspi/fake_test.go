package sspi

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/Azure/go-ntlmssp"
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"availproxy/ews/authn"
	"availproxy/ews/authn/kerberos"
)

// fakeWindows plays Windows. What it says to a token stands in the token, or for an
// NTLM message in the name of the user.
type fakeWindows struct {
	t      testing.TB
	caller Caller        // who logs on
	unable error         // to open a context
	takes  time.Duration // for one token

	mu            sync.Mutex // guards what follows
	open, opened  int
	busy, busiest int
	saw           []string // tokens, by what they are
	bindings      []Binding
}

// Words in a token, or names of users, and what Windows does then.
const (
	goesOn   = "go on"
	silent   = "silent"
	nameless = "nameless"
)

func (w *fakeWindows) Open(p Package) (Context, error) {
	if w.unable != nil {
		return nil, w.unable
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open++
	w.opened++
	return &scripted{of: w, pkg: p}, nil
}

// scripted is a context of fakeWindows.
type scripted struct {
	of      *fakeWindows
	pkg     Package
	using   sync.Mutex
	ntlm    bool // has begun
	word    string
	deleted bool
}

func (c *scripted) enter() {
	if !c.using.TryLock() {
		c.of.t.Error("two at a time use one context")
	}
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if c.deleted {
		c.of.t.Error("a context is used after it was deleted")
	}
}

func (c *scripted) Accept(token []byte, b Binding) (reply []byte, done bool, err error) {
	c.enter()
	defer c.using.Unlock()
	c.of.begin(token, b)
	time.Sleep(c.of.takes)
	c.of.end()
	if status, refused := refuses(token); refused {
		return []byte("error token"), false, status
	}
	switch c.word = word(token); c.word {
	case goesOn:
		return []byte("more"), false, nil
	case "NEGOTIATE":
		c.ntlm = true
		return challenge(), false, nil
	case silent:
		return nil, false, nil
	default:
		return []byte("done"), true, nil
	}
}

func (c *scripted) Caller() (Caller, error) {
	c.enter()
	defer c.using.Unlock()
	if c.word == nameless {
		return Caller{}, InternalError
	}
	who := c.of.caller
	if c.ntlm {
		who.Package, who.Principal = NTLMPackage, ""
	}
	return who, nil
}

func (c *scripted) Delete() {
	c.enter()
	defer c.using.Unlock()
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.deleted = true
	c.of.open--
}

func (w *fakeWindows) begin(token []byte, b Binding) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.saw, w.bindings = append(w.saw, word(token)), append(w.bindings, b)
	w.busy++
	w.busiest = max(w.busiest, w.busy)
}

func (w *fakeWindows) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy--
}

// heard are the tokens that have come to Windows.
func (w *fakeWindows) heard() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.saw, ", ")
}

// left is how many contexts Windows has not got back.
func (w *fakeWindows) left() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open
}

// word is what a token says.
func word(token []byte) string {
	at := bytes.Index(token, []byte("NTLMSSP\x00"))
	switch {
	case bytes.Contains(token, wide(goesOn)):
		return goesOn
	case at >= 0 && len(token) > at+8:
		return map[byte]string{1: "NEGOTIATE", 3: "AUTHENTICATE"}[token[at+8]]
	case bytes.Contains(token, []byte(goesOn)):
		return goesOn
	case bytes.Contains(token, []byte(silent)):
		return silent
	case bytes.Contains(token, []byte(nameless)):
		return nameless
	default:
		return "a ticket"
	}
}

// refuses is the status in a token: as a number, or "wrong" for the user of an
// NTLM message who has no password.
func refuses(token []byte) (s Status, ok bool) {
	if bytes.Contains(token, wide("wrong")) {
		return LogonDenied, true
	}
	if at := bytes.Index(token, []byte("status ")); at >= 0 {
		_, err := fmt.Sscanf(string(token[at:]), "status %x", &s)
		return s, err == nil
	}
	return 0, false
}

func wide(text string) []byte {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = binary.LittleEndian.AppendUint16(data, unit)
	}
	return data
}

// challenge is a CHALLENGE_MESSAGE with nothing in it but a target and a time.
func challenge() []byte {
	info := []byte{2, 0, 14, 0}
	info = append(info, wide("CONTOSO")...)
	info = append(info, 7, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0xdc, 0x01)
	info = append(info, 0, 0, 0, 0)
	m := append([]byte("NTLMSSP\x00"), 2, 0, 0, 0)
	m = append(m, 0, 0, 0, 0, 56, 0, 0, 0)
	m = binary.LittleEndian.AppendUint32(m, 1|1<<9|1<<19|1<<23|1<<29|1<<31) // Unicode, NTLM, extended session security, target info
	m = append(m, "nonce..."...)
	m = append(m, make([]byte, 8)...)
	m = binary.LittleEndian.AppendUint16(m, uint16(len(info)))
	m = binary.LittleEndian.AppendUint16(m, uint16(len(info)))
	m = binary.LittleEndian.AppendUint32(m, 56)
	m = append(m, make([]byte, 8)...)
	return append(m, info...)
}

// negotiateMessage and logon are the two messages of a caller that speaks NTLM.
func negotiateMessage(t testing.TB) []byte {
	t.Helper()
	m, err := ntlmssp.NewNegotiateMessage("", "")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func logon(t testing.TB, user string) []byte {
	t.Helper()
	m, err := ntlmssp.NewAuthenticateMessage(challenge(), `CONTOSO\`+user, "password", nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// spnego wraps a token in a NegTokenInit that lists NTLM and Kerberos.
func spnego(token []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(0x60, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier([]int{1, 3, 6, 1, 5, 5, 2})
		b.AddASN1(0xa0, func(b *cryptobyte.Builder) {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(0xa0, func(b *cryptobyte.Builder) {
					b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier([]int{1, 2, 840, 113554, 1, 2, 2})
						b.AddASN1ObjectIdentifier([]int{1, 3, 6, 1, 4, 1, 311, 2, 2, 10})
					})
				})
				b.AddASN1(0xa2, func(b *cryptobyte.Builder) { b.AddASN1OctetString(token) })
			})
		})
	})
	return b.BytesOrPanic()
}

// response wraps a token in a NegTokenResp, with a check of the list of mechanisms
// if there is one.
func response(token, mic []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(0xa1, func(b *cryptobyte.Builder) {
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			if len(token) > 0 {
				b.AddASN1(0xa2, func(b *cryptobyte.Builder) { b.AddASN1OctetString(token) })
			}
			if len(mic) > 0 {
				b.AddASN1(0xa3, func(b *cryptobyte.Builder) { b.AddASN1OctetString(mic) })
			}
		})
	})
	return b.BytesOrPanic()
}

// ticket is a token that begins as those of Kerberos do, and says something.
func ticket(says string) []byte { return append([]byte{0x60, byte(len(says))}, says...) }

// ex2010 is the computer account of an Exchange server.
var ex2010 = Caller{
	Package: KerberosPackage, Account: `CONTOSO\EX2010$`, Principal: "EX2010$@CONTOSO.EXAMPLE", SID: "S-1-5-21-1-2-3-1104",
	Groups: []Group{{"S-1-5-21-1-2-3-1103", 7}, {"S-1-1-0", 7}},
}

// authority has w check logons, and everything given back at the end of the test.
func authority(t *testing.T, w *fakeWindows) *Authority {
	t.Helper()
	w.t = t
	a, err := NewAuthority(w, Options{Calls: 2, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		a.work.Wait()
		if n := w.left(); n != 0 {
			t.Errorf("%d of %d contexts were not given back", n, w.opened)
		}
	})
	return a
}

func negotiated(t *testing.T, w *fakeWindows) authn.Acceptor {
	t.Helper()
	return authority(t, w).Negotiate(kerberos.BindingWhenPresent)
}
