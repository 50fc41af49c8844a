package sspi

import (
	"errors"
	"os/user"
	"strings"
	"testing"

	"github.com/Azure/go-ntlmssp"
	"golang.org/x/sys/windows"

	"availproxy/ews/authn/ntlm"
)

// The tests in this file ask the real provider, on Windows. They have passed under
// Wine 8, which has no Kerberos and no domain here, and makes no access tokens of
// logons.

// TestWindowsRefusesAStranger goes as far as one gets without an account.
func TestWindowsRefusesAStranger(t *testing.T) {
	p, err := Windows()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]Binding{
		"bound to nothing": {}, "bound to TLS": {EndPoint: []byte("tls-server-end-point:certificate")},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := p.Open(NTLMPackage)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Delete()
			reply, done, err := c.Accept(negotiateMessage(t), b)
			if err != nil || done || len(reply) == 0 {
				t.Fatalf("the first token gets %x, %t, %v", reply, done, err)
			}
			proof, err := ntlmssp.NewAuthenticateMessage(reply, `NOWHERE\nobody`, "password", nil)
			if err != nil || !ntlm.Proves(proof) {
				t.Fatalf("%x is no challenge: %v", reply, err)
			}
			_, done, err = c.Accept(proof, b)
			status, ok := errors.AsType[Status](err)
			if done || !ok || statuses[status].name == "" {
				t.Errorf("the proof gets %t, %v, want a status that is known", done, err)
			}
		})
	}
}

func TestWindowsReadsNoNonsense(t *testing.T) {
	p, err := Windows()
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Open(NTLMPackage)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Delete()
	_, done, err := c.Accept([]byte("nonsense"), Binding{})
	if status, ok := errors.AsType[Status](err); done || !ok || !status.failed() {
		t.Errorf("it gets %t, %v", done, err)
	}
}

func TestWindowsHasNoSuchPackage(t *testing.T) {
	p, err := Windows()
	if err != nil {
		t.Fatal(err)
	}
	if c, err := p.Open("Digest of nothing"); !errors.Is(err, PackageNotFound) {
		t.Errorf("got %v, %v", c, err)
	}
}

// TestAnAccessToken reads that of the process.
func TestAnAccessToken(t *testing.T) {
	got, err := owner(windows.GetCurrentProcessToken())
	if err != nil {
		t.Fatal(err)
	}
	want, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if got.SID != want.Uid || !strings.EqualFold(got.Account, want.Username) || len(got.Groups) == 0 {
		t.Errorf("got %+v, want %s, %s, and groups", got, want.Username, want.Uid)
	}
}
