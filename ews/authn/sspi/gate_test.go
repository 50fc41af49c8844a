package sspi

import (
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"availproxy/ews/authn"
	"availproxy/ews/authn/kerberos"
)

// door is a listener where Windows checks logons.
type door struct {
	t    *testing.T
	url  string
	http *http.Client // with one connection
}

func open(t *testing.T, w *fakeWindows) *door {
	t.Helper()
	a := authority(t, w)
	allow, err := authn.ParseRules([]string{"sid:S-1-5-21-1-2-3-1103"}) // the group
	if err != nil {
		t.Fatal(err)
	}
	known := &authn.KnownConnections{}
	gate := &authn.Gate{
		Authenticators: []authn.Authenticator{
			authn.Scheme{Name: "Negotiate", Acceptor: a.Negotiate(kerberos.BindingWhenPresent), Known: known},
			authn.Scheme{Name: "NTLM", Acceptor: a.NTLM(), Known: known}, known,
		},
		Allow: allow, Log: slog.New(slog.DiscardHandler),
		Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, _ := authn.FromContext(r.Context())
			io.WriteString(w, id.String())
		}),
	}
	var connections authn.Connections
	server := httptest.NewUnstartedServer(gate)
	server.Config.ConnContext, server.Config.ConnState = connections.ConnContext, connections.ConnState
	server.Start()
	t.Cleanup(server.Close)
	d := &door{t, server.URL, &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}}
	t.Cleanup(d.hangUp)
	return d
}

func (d *door) hangUp() { d.http.CloseIdleConnections() }

// says sends a request, with a token if there is a scheme, and returns what comes
// of it.
func (d *door) says(scheme string, token []byte) string {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.url, strings.NewReader("<x/>"))
	if err != nil {
		d.t.Fatal(err)
	}
	if scheme != "" {
		r.Header.Set("Authorization", scheme+" "+base64.StdEncoding.EncodeToString(token))
	}
	w, err := d.http.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return fmt.Sprintf("%d %q %s", w.StatusCode, w.Header.Values("WWW-Authenticate"), body)
}

// says64 is one challenge that goes on under a scheme.
func says64(scheme string, token []byte) string {
	return fmt.Sprintf(`401 ["%s %s"] `, scheme, base64.StdEncoding.EncodeToString(token))
}

func TestAtTheDoor(t *testing.T) {
	const refused = `401 ["Negotiate" "NTLM"] `
	first := negotiateMessage(t)
	type turn struct {
		scheme string
		token  []byte
		hears  string
	}
	tests := map[string][]turn{
		"Kerberos is for one request": {
			{"Negotiate", spnego(ticket("ap-req")), `200 ["Negotiate ZG9uZQ=="] EX2010$@CONTOSO.EXAMPLE`}, {"", nil, refused}},
		"NTLM is for the connection": {
			{"", nil, refused}, {"NTLM", first, says64("NTLM", challenge())},
			{"NTLM", logon(t, "EX2010$"), `200 ["NTLM ZG9uZQ=="] CONTOSO\EX2010$`}, {"", nil, `200 [] CONTOSO\EX2010$`}},
		"NTLM inside of SPNEGO is for the connection as well": {
			{"Negotiate", spnego(first), says64("Negotiate", challenge())}, {"Negotiate", response(logon(t, goesOn), nil), says64("Negotiate", []byte("more"))},
			{"Negotiate", response(nil, []byte("mic")), `200 ["Negotiate ZG9uZQ=="] CONTOSO\EX2010$`}, {"", nil, `200 [] CONTOSO\EX2010$`}},
		"a logon without a challenge":     {{"NTLM", logon(t, "EX2010$"), refused}},
		"a challenge of the other scheme": {{"NTLM", first, says64("NTLM", challenge())}, {"Negotiate", response(logon(t, "EX2010$"), nil), refused}},
		"a wrong password":                {{"NTLM", first, says64("NTLM", challenge())}, {"NTLM", logon(t, "wrong"), refused}, {"", nil, refused}},
		"a refusal after a logon": {
			{"NTLM", first, says64("NTLM", challenge())}, {"NTLM", logon(t, "EX2010$"), `200 ["NTLM ZG9uZQ=="] CONTOSO\EX2010$`},
			{"Negotiate", ticket("status 80090324"), refused}, {"", nil, refused}},
		"a caller who begins again":   {{"NTLM", first, says64("NTLM", challenge())}, {"NTLM", first, says64("NTLM", challenge())}, {"NTLM", logon(t, "EX2010$"), `200 ["NTLM ZG9uZQ=="] CONTOSO\EX2010$`}},
		"a caller who does not go on": {{"Negotiate", spnego(first), says64("Negotiate", challenge())}},
	}
	for name, turns := range tests {
		t.Run(name, func(t *testing.T) {
			d := open(t, &fakeWindows{caller: ex2010})
			for i, turn := range turns {
				if got := d.says(turn.scheme, turn.token); got != turn.hears {
					t.Errorf("turn %d: got %s, want %s", i, got, turn.hears)
				}
			}
		})
	}
}

// TestAChallengeIsOfItsConnection goes on with a handshake on another one.
func TestAChallengeIsOfItsConnection(t *testing.T) {
	d := open(t, &fakeWindows{caller: ex2010})
	if got := d.says("NTLM", negotiateMessage(t)); got != says64("NTLM", challenge()) {
		t.Fatal(got)
	}
	d.hangUp()
	if got := d.says("NTLM", logon(t, "EX2010$")); !strings.HasPrefix(got, "401 ") {
		t.Errorf("got %s", got)
	}
}
