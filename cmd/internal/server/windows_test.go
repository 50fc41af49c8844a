package server

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/config"
	"availproxy/ews/authn"
	"availproxy/ews/authn/kerberos"
	"availproxy/ews/authn/sspi"
)

// listing is a Windows that notes for which packages it is asked, and has
// credentials for all but one.
type listing struct {
	lacks sspi.Package
	asked []sspi.Package
}

func (l *listing) Open(p sspi.Package) (sspi.Context, error) {
	l.asked = append(l.asked, p)
	if p == l.lacks {
		return nil, sspi.NoCredentials
	}
	return nothing{}, nil
}

// nothing is a context that takes no token.
type nothing struct{}

func (nothing) Accept([]byte, sspi.Binding) ([]byte, bool, error) {
	return nil, false, sspi.InvalidToken
}
func (nothing) Caller() (sspi.Caller, error) { return sspi.Caller{}, sspi.InvalidHandle }
func (nothing) Delete()                      {}

// withWindows are the mechanisms of a proxy on Windows, with a keytab or without.
func withWindows(t *testing.T, l *listing, keytab bool) mechanisms {
	t.Helper()
	c := config.Clients{NTLM: config.NTLM{Backend: config.NTLMSSPI, Pool: 1, Timeout: config.Duration(time.Second)}}
	if keytab {
		path, _ := writeKeytab(t, []string{"HTTP/fb.contoso.example"}, 18)
		c.Kerberos.Keytab = config.Path(path)
	}
	m, err := newMechanisms(c, Options{replays: kerberos.NewReplays(), windows: func() (sspi.Provider, error) { return l, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestWhoNegotiatesOnWindows sends the first token of NTLM under both schemes.
func TestWhoNegotiatesOnWindows(t *testing.T) {
	for name, tt := range map[string]struct {
		keytab bool
		asked  []sspi.Package
	}{
		"Windows":                             {false, []sspi.Package{sspi.NegotiatePackage, sspi.NTLMPackage}},
		"we, where there is a keytab of ours": {true, []sspi.Package{sspi.NTLMPackage, sspi.NTLMPackage}},
	} {
		t.Run(name, func(t *testing.T) {
			l := &listing{}
			var offered []string
			for _, scheme := range withWindows(t, l, tt.keytab).schemes(&authn.KnownConnections{}) {
				r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(""))
				offered = append(offered, scheme.Challenge(r))
				r.Header.Set("Authorization", scheme.Challenge(r)+" "+base64.StdEncoding.EncodeToString([]byte("NTLMSSP\x00\x01\x00\x00\x00\x00\x00\x00\x00")))
				_, err := scheme.Authenticate(r)
				if refusal, ok := errors.AsType[*authn.Refusal](err); !ok || refusal.Reason != authn.Malformed {
					t.Errorf("%s: got %v, want what Windows says", scheme.Challenge(r), err)
				}
			}
			if diff := cmp.Diff([]string{"Negotiate", "NTLM"}, offered); diff != "" {
				t.Errorf("offered: %s", diff)
			}
			if diff := cmp.Diff(tt.asked, l.asked); diff != "" {
				t.Errorf("Windows was asked for other packages: %s", diff)
			}
		})
	}
}

// TestWhatCheckSaysOnWindows is without a complaint about what Windows has no need
// of: a keytab and winbind.
func TestWhatCheckSaysOnWindows(t *testing.T) {
	for name, tt := range map[string]struct {
		lacks  sspi.Package
		keytab bool
		want   check.Severity
		seen   string
	}{
		"credentials for both":             {"", false, check.OK, "Windows has credentials for [NTLM Negotiate]"},
		"none for Negotiate":               {sspi.NegotiatePackage, false, check.Fail, "Negotiate: SEC_E_NO_CREDENTIALS (0x8009030E): the account that the proxy runs as has no credentials"},
		"none for NTLM":                    {sspi.NTLMPackage, false, check.Fail, "NTLM: SEC_E_NO_CREDENTIALS (0x8009030E): the account that the proxy runs as has no credentials"},
		"none for what the keytab is used": {sspi.NegotiatePackage, true, check.OK, "Windows has credentials for [NTLM]"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &wiring{config: &config.Config{}, mechanisms: withWindows(t, &listing{lacks: tt.lacks}, tt.keytab)}
			seen := map[string]string{}
			for _, f := range w.checkClients(t.Context()) {
				seen[f.ID] = f.Seen
				if f.ID == "clients.sspi" && f.Severity != tt.want {
					t.Errorf("it is %v, want %v", f.Severity, tt.want)
				}
			}
			want := map[string]string{"clients.allow": "nobody may ask", "clients.sspi": tt.seen}
			if diff := cmp.Diff(want, seen); diff != "" {
				t.Error(diff)
			}
		})
	}
}
