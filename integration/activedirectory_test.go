//go:build linux

package integration

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jcmturner/gokrb5/v8/types"

	"availproxy/integration/activedirectory"
	"availproxy/integration/forest"
	"availproxy/integration/realm"
)

// TestActiveDirectory has the servers of a real domain ask.
func TestActiveDirectory(t *testing.T) {
	if !activedirectory.Inside(t) {
		return
	}
	ad := activedirectory.Start(t)
	f := newForest(t, forest.Options{})
	t.Run("servers that are named", func(t *testing.T) {
		p := serve(t, []*forest.Forest{f}, ofDomain(t, ad, f, activedirectory.ExchangeServer.Principal(), activedirectory.ExchangeServer.NetBIOS()))
		namedServers(t, ad, p)
	})
	t.Run("servers of a group", func(t *testing.T) {
		p := serve(t, []*forest.Forest{f}, ofDomain(t, ad, f, "sid:"+ad.ExchangeServers))
		serversOfAGroup(t, ad, p)
	})
	t.Run("somebody with tickets of the domain", func(t *testing.T) {
		p := serve(t, []*forest.Forest{f}, ofDomain(t, ad, f, activedirectory.ExchangeServer.Principal()))
		somebodyWithTickets(t, ad, p)
	})
	t.Run("a crash of winbind", func(t *testing.T) {
		p := serve(t, []*forest.Forest{f}, ofDomain(t, ad, f, activedirectory.ExchangeServer.NetBIOS()))
		withoutWinbind(t, ad, p)
	})
}

// ofDomain lets principals of the domain ask, beside the account of the old
// servers.
func ofDomain(t *testing.T, ad *activedirectory.Forest, f *forest.Forest, allow ...string) edit {
	t.Helper()
	allow = append(allow, "basic:"+f.Organization.User)
	return func(config string) string {
		config = replace(t, "  basic: {users_file: users.htpasswd}\n", fmt.Sprintf("  basic: {users_file: users.htpasswd}\n  kerberos: {keytab: %q}\n  ntlm: {backend: winbind, helper: ['%s']}\n",
			ad.Keytab, strings.Join(ad.Helper(), "', '")))(config)
		return replace(t, fmt.Sprintf("  allow: [\"basic:%s\"]\n", f.Organization.User), "  allow: ['"+strings.Join(allow, "', '")+"']\n")(config)
	}
}

// logon is how curl logs on as a computer account.
type logon struct {
	options     []string
	environment []string
	account     string // name and password, where curl has to know them
}

func withTicket(t *testing.T, ad *activedirectory.Forest, a activedirectory.Account) logon {
	t.Helper()
	return logon{[]string{"--negotiate"}, ad.LogOn(t, a), ":"}
}

func withNTLM(a activedirectory.Account) logon {
	return logon{[]string{"--ntlm"}, os.Environ(), a.NetBIOS() + ":" + a.Password}
}

// withWrappedNTLM is what Windows does without a ticket: NTLM, inside of SPNEGO.
func withWrappedNTLM(t *testing.T, a activedirectory.Account) logon {
	t.Helper()
	mechanism(t)
	users := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(users, []byte(activedirectory.Domain+":"+a.Name+":"+a.Password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return logon{[]string{"--negotiate"}, append(os.Environ(), "NTLM_USER_FILE="+users, "KRB5CCNAME=FILE:/nowhere"), ":"}
}

// asks posts a document to p and returns the status and the answer.
func (l logon) asks(t *testing.T, p *proxy, document string) (status, answer string) {
	t.Helper()
	dir := t.TempDir()
	question, reply := filepath.Join(dir, "question"), filepath.Join(dir, "reply")
	if err := os.WriteFile(question, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	url := strings.Replace(p.url, "localhost", activedirectory.Host, 1)
	cmd := exec.CommandContext(t.Context(), part(t, "curl", "curl"), slices.Concat(l.options, []string{
		"--silent", "--show-error", "--config", "-", "--output", reply, "--write-out", "%{http_code}", "--data-binary", "@" + question,
		"--header", "Content-Type: text/xml; charset=utf-8", "--user-agent", "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003", url,
	})...)
	cmd.Env = l.environment
	cmd.Stdin = strings.NewReader(fmt.Sprintf("user = %q\ncacert = %q\n", l.account, filepath.Join(p.dir, "ca.pem")))
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &complaints)
	}
	body, err := os.ReadFile(reply)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(out), string(body)
}

// namedServers lets EX2010$ in by either mechanism, and no other machine of its
// domain.
func namedServers(t *testing.T, ad *activedirectory.Forest, p *proxy) {
	exchange, printer := activedirectory.ExchangeServer, activedirectory.PrintServer
	first := p.ask(t, "alice@fabrikam.example", "bob@fabrikam.example")
	isTrue(t, first, p.question(), forest.Exchange2010, p.forests...)
	for name, l := range map[string]logon{
		"Kerberos": withTicket(t, ad, exchange), "NTLM": withNTLM(exchange), "NTLM inside of SPNEGO": withWrappedNTLM(t, exchange),
	} {
		if status, answer := l.asks(t, p, string(first.Request)); status != "200" || answer != string(first.Response) {
			t.Errorf("by %s EX2010$ is answered %s, other than by Basic:\n%s", name, status, answer)
		}
	}
	for name, tt := range map[string]struct {
		logon
		principal string
		missed    []string
	}{
		"kerberos": {withTicket(t, ad, printer), printer.Principal(), []string{
			"clients.allow[0] EX2010$@CONTOSO.EXAMPLE: another name", `clients.allow[1] CONTOSO\EX2010$: another name`}},
		"ntlm": {withNTLM(printer), `CONTOSO\print01$`, []string{
			"clients.allow[0] EX2010$@CONTOSO.EXAMPLE: another mechanism", `clients.allow[1] CONTOSO\EX2010$: another name`}},
	} {
		p.forbids(t, tt.logon, string(first.Request))
		line := p.log.await(t, func(l line) bool { return l.text("reason") == "not_listed" && l.text("mechanism") == name })
		if got := line.text("principal"); got != tt.principal {
			t.Errorf("by %s the log names %s, want %s", name, got, tt.principal)
		}
		for _, missed := range tt.missed {
			if !strings.Contains(line.text("missed"), missed) {
				t.Errorf("by %s the log does not say %q: %s", name, missed, line.raw)
			}
		}
	}
	wrong := exchange
	wrong.Password = "guessed"
	if status, answer := withNTLM(wrong).asks(t, p, string(first.Request)); status != "401" {
		t.Errorf("a wrong password is answered %s:\n%s", status, answer)
	}
	p.log.await(t, func(l line) bool {
		return l.text("reason") == "bad_password" && strings.Contains(l.text("err"), `CONTOSO\EX2010$: NT_STATUS_LOGON_FAILURE`)
	})
}

// forbids makes sure that l gets the fault for those who are known and may not
// ask.
func (p *proxy) forbids(t *testing.T, l logon, document string) {
	t.Helper()
	if status, answer := l.asks(t, p, document); status != "403" || !strings.Contains(answer, "ErrorAccessDenied") {
		t.Errorf("answered with %s, want 403:\n%s", status, answer)
	}
}

// somebodyWithTickets has listened to EX2010$, and has a ticket of another machine
// of the domain, as everybody there can get one.
func somebodyWithTickets(t *testing.T, ad *activedirectory.Forest, p *proxy) {
	const service = "HTTP/" + activedirectory.Host
	server := realm.TicketFor(t, ad.LogOn(t, activedirectory.ExchangeServer), service)
	printer := realm.TicketFor(t, ad.LogOn(t, activedirectory.PrintServer), service)
	overheard := server.Authenticator(t, nil)
	elsewhere := *server
	elsewhere.SName.NameString = []string{"HTTP", "elsewhere." + activedirectory.Host}
	negotiate := func(token []byte) http.Header {
		return http.Header{"Authorization": {"Negotiate " + base64.StdEncoding.EncodeToString(token)}}
	}
	with := func(h http.Header, name string, values ...string) http.Header {
		h[name] = append(h[name], values...)
		return h
	}
	named := func(change func(*types.Authenticator)) http.Header {
		return negotiate(printer.Token(t, printer.Authenticator(t, change)))
	}
	for _, tt := range []struct {
		does   string
		header http.Header
		status int
		reason string
	}{
		{"is EX2010$", negotiate(server.Token(t, overheard)), 500, ""}, // what is asked is no question
		{"repeats that", negotiate(server.Token(t, overheard)), 401, "replay"},
		{"repeats it under another name of the service", negotiate(elsewhere.Token(t, overheard)), 401, "replay"},
		{"says to be EX2010$", named(func(a *types.Authenticator) { a.CName = server.Client }), 401, "client_mismatch"},
		{"says to be of another realm", named(func(a *types.Authenticator) { a.CRealm = "FABRIKAM.EXAMPLE" }), 401, "client_mismatch"},
		{"is the printer", named(nil), 403, "not_listed"},
		{"names EX2010$ in other headers", with(with(named(nil), "X-Forwarded-User", "EX2010$"), "X-Remote-User", "EX2010$@"+activedirectory.Realm), 403, "not_listed"},
		{"is EX2010$ for a web proxy", http.Header{"Proxy-Authorization": negotiate(server.Token(t, server.Authenticator(t, nil)))["Authorization"]}, 401, ""},
		{"is two at a time", with(named(nil), "Authorization", negotiate(server.Token(t, server.Authenticator(t, nil)))["Authorization"]...), 401, "malformed"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), "POST", p.url, strings.NewReader("<x/>"))
		if err != nil {
			t.Fatal(err)
		}
		tt.header.Set("Content-Type", "text/xml")
		request.Header = tt.header
		answer, err := p.client(t).Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != tt.status {
			t.Errorf("who %s is answered %d, want %d", tt.does, answer.StatusCode, tt.status)
		}
		if tt.reason != "" {
			p.log.await(t, func(l line) bool { return l.text("reason") == tt.reason })
		}
	}
}

// serversOfAGroup lets in who is in "Exchange Servers", which tickets tell and
// NTLM does not.
func serversOfAGroup(t *testing.T, ad *activedirectory.Forest, p *proxy) {
	exchange, printer := activedirectory.ExchangeServer, activedirectory.PrintServer
	question := p.asked(t)
	if status, answer := withTicket(t, ad, exchange).asks(t, p, question); status != "200" || !strings.Contains(answer, "NoError") {
		t.Errorf("EX2010$ is answered %s:\n%s", status, answer)
	}
	for missed, l := range map[string]logon{
		"clients.allow[0] sid:...: neither the caller nor one of its groups": withTicket(t, ad, printer),
		"clients.allow[0] sid:...: no SIDs are known of the caller":          withNTLM(exchange),
	} {
		p.forbids(t, l, question)
		p.log.await(t, func(l line) bool { return strings.Contains(l.text("missed"), missed) })
	}
	if strings.Contains(p.log.String(), ad.ExchangeServers) {
		t.Error("the log tells the SID of the group")
	}
}

var ntlmDown = regexp.MustCompile(`(?m)^availproxy_ntlm_up(\{.*\})? 0$`)

// withoutWinbind stops NTLM and leaves Kerberos, which needs nobody, at work.
func withoutWinbind(t *testing.T, ad *activedirectory.Forest, p *proxy) {
	exchange := activedirectory.ExchangeServer
	question := p.asked(t)
	if got := p.offers(t); got != "Negotiate, NTLM, Basic" {
		t.Errorf("at first %s are offered", got)
	}
	ad.StopWinbind(t)
	if status, _ := withNTLM(exchange).asks(t, p, question); status != "401" {
		t.Errorf("without winbind NTLM is answered %s", status)
	}
	p.log.await(t, func(l line) bool {
		return l.text("reason") == "unavailable" && strings.Contains(l.text("err"), "winbindd is not there")
	})
	p.log.await(t, func(l line) bool { return strings.Contains(l.text("msg"), "NTLM is not offered any more") })
	if got := p.offers(t); got != "Negotiate, Basic" {
		t.Errorf("without winbind %s are offered", got)
	}
	if status, answer := withTicket(t, ad, exchange).asks(t, p, question); status != "200" {
		t.Errorf("without winbind Kerberos is answered %s:\n%s", status, answer)
	}
	if _, metrics := p.page(t, "GET", "/metrics"); !ntlmDown.MatchString(metrics) {
		t.Errorf("the metrics do not say that NTLM is down:\n%s", metrics)
	}
	if got := p.checks(t, "clients.winbind"); got != "fail" {
		t.Errorf("without winbind the check says %s", got)
	}
	ad.StartWinbind(t)
	if got := p.checks(t, "clients.winbind"); got != "ok" {
		t.Errorf("with winbind again the check says %s", got)
	}
	p.log.await(t, func(l line) bool { return strings.Contains(l.text("msg"), "NTLM is offered again") })
	if status, answer := withNTLM(exchange).asks(t, p, question); status != "200" {
		t.Errorf("with winbind again NTLM is answered %s:\n%s", status, answer)
	}
}

// offers are the schemes that a stranger is challenged with.
func (p *proxy) offers(t *testing.T) string {
	t.Helper()
	response, err := p.client(t).Post(p.url, "text/xml", strings.NewReader("<x/>"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var schemes []string
	for _, challenge := range response.Header.Values("WWW-Authenticate") {
		scheme, _, _ := strings.Cut(challenge, " ")
		schemes = append(schemes, scheme)
	}
	return strings.Join(schemes, ", ")
}

// checks is how severe `availproxy check` finds what it says under an id.
func (p *proxy) checks(t *testing.T, id string) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	out, _ := exec.CommandContext(t.Context(), path, "check", "--config", filepath.Join(p.dir, "config.yaml"), "-o", "json").Output() // fails where it finds something
	var report struct {
		Findings []struct{ ID, Severity string }
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for _, f := range report.Findings {
		if f.ID == id {
			return f.Severity
		}
	}
	t.Fatalf("there is no finding %s in %s", id, out)
	return ""
}
