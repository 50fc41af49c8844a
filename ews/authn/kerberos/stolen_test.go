package kerberos_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/types"

	"availproxy/ews/authn/kerberos"
	"availproxy/integration/realm"
)

// TestWhatIsDoneWithTicketsOfAKDC has tickets of a real KDC presented by somebody
// who has them and their session keys, or has listened.
func TestWhatIsDoneWithTicketsOfAKDC(t *testing.T) {
	r := realm.Start(t, "CONTOSO.TEST")
	service := r.Account(t, "HTTP/localhost")
	server := realm.TicketFor(t, r.LogOn(t, "EX2010$", r.Account(t, "EX2010$")), "HTTP/localhost")
	carol := realm.TicketFor(t, r.LogOn(t, "carol", r.Account(t, "carol")), "HTTP/localhost")
	used := server.Authenticator(t, nil)
	fresh := func(change func(*types.Authenticator)) []byte {
		return server.Token(t, server.Authenticator(t, change))
	}
	spoiled := func(data types.EncryptedData) types.EncryptedData {
		data.Cipher = append([]byte{}, data.Cipher...)
		data.Cipher[len(data.Cipher)/2] ^= 1
		return data
	}
	tests := map[string]struct {
		token  func() []byte
		reason string // "" where it is fine
	}{
		"an honest one":             {func() []byte { return fresh(nil) }, ""},
		"another realm":             {func() []byte { return fresh(func(a *types.Authenticator) { a.CRealm = "FABRIKAM.TEST" }) }, "client_mismatch"},
		"the realm in another case": {func() []byte { return fresh(func(a *types.Authenticator) { a.CRealm = "contoso.test" }) }, "client_mismatch"},
		"another name": {func() []byte {
			return carol.Token(t, carol.Authenticator(t, func(a *types.Authenticator) { a.CName = server.Client }))
		}, "client_mismatch"},
		"a name behind a zero": {func() []byte {
			return fresh(func(a *types.Authenticator) { a.CName.NameString = []string{"EX2010$\x00"} })
		}, "client_mismatch"},
		"no name":                        {func() []byte { return fresh(func(a *types.Authenticator) { a.CName.NameString = nil }) }, "client_mismatch"},
		"a clock that is slow":           {func() []byte { return fresh(func(a *types.Authenticator) { a.CTime = a.CTime.Add(-6 * time.Minute) }) }, "clock_skew"},
		"a clock that is fast":           {func() []byte { return fresh(func(a *types.Authenticator) { a.CTime = a.CTime.Add(6 * time.Minute) }) }, "clock_skew"},
		"a second time":                  {func() []byte { return server.Token(t, used) }, "replay"},
		"again, for another service":     {func() []byte { return renamed(server, "HTTP", "elsewhere").Token(t, used) }, "replay"},
		"again, for the KDC":             {func() []byte { return renamed(server, "krbtgt", "CONTOSO.TEST").Token(t, used) }, "replay"},
		"again, and asked who we are":    {func() []byte { return server.Token(t, used, flags.APOptionMutualRequired) }, "replay"},
		"again, with another key number": {func() []byte { again := used; again.KVNO = 7; return server.Token(t, again) }, "replay"},
		"a ticket among users":           {func() []byte { return server.Token(t, server.Authenticator(t, nil), flags.APOptionUseSessionKey) }, "malformed"},
		"a changed authenticator":        {func() []byte { return server.Token(t, spoiled(server.Authenticator(t, nil))) }, "bad_integrity"},
		"the authenticator of another":   {func() []byte { return server.Token(t, carol.Authenticator(t, nil)) }, "bad_integrity"},
		"a changed ticket": {func() []byte {
			changed := *server
			changed.EncPart = spoiled(changed.EncPart)
			return changed.Token(t, server.Authenticator(t, nil))
		}, "no_key_for_ticket"},
		"a token that was cut off":   {func() []byte { return fresh(nil)[:400] }, "malformed"},
		"the first byte of one":      {func() []byte { return fresh(nil)[:1] }, "malformed"},
		"a token that was drawn out": {func() []byte { return append(fresh(nil), make([]byte, 64<<10)...) }, "malformed"},
		"a ticket of nobody listed":  {func() []byte { return carol.Token(t, carol.Authenticator(t, nil)) }, "not_listed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := open(t, false, kerberos.Options{}, service)
			if tt.reason == "replay" {
				d.presents(t, server.Token(t, used))
			}
			before := d.said()
			status := d.presents(t, tt.token())
			want := map[string]int{"": http.StatusOK, "not_listed": http.StatusForbidden}
			if w, found := want[tt.reason]; status != w && found || status != http.StatusUnauthorized && !found {
				t.Errorf("answered with %d", status)
			}
			if said := strings.TrimPrefix(d.said(), before); (said == "") != (tt.reason == "") || !strings.Contains(said, "reason="+tt.reason) && said != "" {
				t.Errorf("the log says %q, want the reason %q", said, tt.reason)
			}
		})
	}
}

// renamed is the ticket with another service in its clear part.
func renamed(k *realm.Ticket, service ...string) *realm.Ticket {
	other := *k
	other.SName.NameString = service
	return &other
}

// presents sends a token and returns the status.
func (d *door) presents(t *testing.T, token []byte) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "POST", d.url, strings.NewReader("<x/>"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Negotiate "+base64.StdEncoding.EncodeToString(token))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

// TestAServerOfAnotherRealm has the name of one of ours, and a realm that ours
// trusts.
func TestAServerOfAnotherRealm(t *testing.T) {
	realm.Needs(t, "curl")
	ours, theirs := realm.Start(t, "CONTOSO.TEST"), realm.Start(t, "FABRIKAM.TEST")
	settings := ours.Trust(t, theirs)
	d := open(t, false, kerberos.Options{}, ours.Account(t, "HTTP/localhost"))
	d.lets(t, curl(t, theirs.LogOn(t, "EX2010$", theirs.Account(t, "EX2010$"), settings...), d.url), "not you\n 403")
	if log := d.said(); !strings.Contains(log, "principal=EX2010$@FABRIKAM.TEST") || !strings.Contains(log, "another realm or domain") {
		t.Errorf("the log says\n%s\nwant the principal and that the realm is another one", log)
	}
}
