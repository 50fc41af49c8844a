package integration

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"availproxy/integration/forest"
	"availproxy/integration/forest/s2s"
)

// token finds what could be a token or an assertion: the beginning of each is the
// base64 of `{"`, or of "NTLMSSP".
var token = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}|TlRMTVNTU`)

// pages are what a running process shows its operator.
func (p *proxy) pages(t *testing.T) (text string) {
	t.Helper()
	if p.admin == "" || p.stopped {
		return ""
	}
	for _, path := range []string{"/", "/metrics", "/queries", "/queries?format=json"} {
		_, body := p.page(t, http.MethodGet, path)
		text += body
	}
	return text
}

// keepsSecrets fails when what the process has told the world, by its log, its
// traces and its pages, holds a credential or somebody's address. It holds for
// every test that runs a proxy.
func (p *proxy) keepsSecrets(t *testing.T, pages string) {
	t.Helper()
	for place, text := range map[string]string{"log": p.log.String(), "traces": p.traces.String(), "pages": pages} {
		p.keepsSecretsIn(t, place, text)
	}
}

func (p *proxy) keepsSecretsIn(t *testing.T, place, text string) {
	t.Helper()
	for what, secret := range p.secrets() {
		if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
			t.Errorf("the %s tell %s:\n%s", place, what, text)
		}
	}
	if found := token.FindString(text); found != "" {
		t.Errorf("the %s tell what looks like a token: %.20s...", place, found)
	}
	if strings.Contains(text, "panic: ") {
		t.Errorf("something panicked:\n%s", text)
	}
}

// secrets are the words that must stay between the servers, by what they are.
func (p *proxy) secrets() map[string]string {
	o := p.forests[0].Organization
	all := map[string]string{
		"the password of the old servers": string(o.Password), "the passphrase of the auth certificate": string(o.Phrase),
		"a private key": "PRIVATE KEY", "a ticket that looks like nothing": opaque, "the SID of a requester": "S-1-5-21-1-2-3-1104",
	}
	for _, f := range p.forests {
		for _, m := range f.Truth.Mailboxes {
			all["the address "+m.Address] = m.Address
		}
		all["the address "+f.Truth.Unknown] = f.Truth.Unknown
		all["what somebody is going to do"] = "Over that" // subjects that stand in no other text
		all["what somebody does as well"] = "And over both"
	}
	return all
}

// TestTheWholeStoryIsTold makes sure that there is something to keep secrets in:
// one run with answers, refusals and troubles of every kind.
func TestTheWholeStoryIsTold(t *testing.T) {
	t.Parallel()
	fabrikam, wingtip := twoForests(t)
	p := serve(t, []*forest.Forest{fabrikam, wingtip}, unremembered)
	if status, said := p.page(t, http.MethodPost, "/-/log-level?level=wire&for=0"); status != http.StatusOK {
		t.Fatalf("the log level cannot be changed: %s", said)
	}
	c, q := p.caller(t, forest.Exchange2010), p.question(append(everybody(fabrikam), everybody(wingtip)...)...)
	c.SecurityContext = &forest.SecurityContext{UserSID: "S-1-5-21-1-2-3-1104", PrimarySMTPAddress: "alice@fabrikam.example"}
	ask(t, c, q)
	for _, f := range []forest.Faults{
		{Status: 401, Diagnostics: `2000005;reason="The user hiro@wingtip.example is ambiguous.";error_category="invalid_user"`},
		{Redirect: "https://mail.wingtip.example/owa/hiro@wingtip.example?token=" + string(wingtip.Token(wingtip.Host(), time.Now().Add(time.Hour)))},
		{Mailbox: map[string]forest.MailboxFault{"hiro@wingtip.example": {
			Code: "ErrorMailboxMoveInProgress", Text: "hiro@wingtip.example moves, says " + string(wingtip.Token(wingtip.Host(), time.Now().Add(time.Hour))),
		}}},
		{Mailbox: map[string]forest.MailboxFault{"hiro@wingtip.example": {
			Code: "ErrorInternalServerError", Text: "Ticket " + opaque + " of S-1-5-21-1-2-3-1104 is over",
		}}},
		{Garbage: true},
		{Reset: true},
		{HTML: true},
	} {
		wingtip.EWS.Faults.Set(f)
		ask(t, c, q)
	}
	p.comesToNothing(t, wingtip, q)
	c.Password = "guess of " + c.Password
	if _, err := c.Ask(t.Context(), q); err == nil {
		t.Error("a wrong password is let in")
	}
	p.log.await(t, func(l line) bool { return l.text("decision") == "bad_credential" })
	pages := p.pages(t)
	p.stop(t)
	for _, span := range []string{"availability.query", "cache.lookup", "discovery.resolve", "oauth.token", "forest.query"} {
		if !strings.Contains(p.traces.String(), `"Name":"`+span+`"`) {
			t.Errorf("there is no span %s", span)
		}
	}
	for _, want := range []string{`"level":"WIRE"`, `"wire request"`, `"wire answer"`, `"wire no answer"`, "grant_type=", "GetUserSettings", "FreeBusyViewOptions"} {
		if !strings.Contains(p.log.String(), want) {
			t.Errorf("the wire lacks %s", want)
		}
	}
	for _, want := range []string{"availproxy_mailboxes_total", "availproxy_clients_total", "availproxy_token_requests_total"} {
		if !strings.Contains(pages, want) {
			t.Errorf("there is no metric %s", want)
		}
	}
	p.keepsSecrets(t, pages)
}

// opaque is a secret that nothing in it tells.
const opaque = "q7Zk3Vw9Xt5Rb1Nm8Jc4Hg6Fd2Ls0Py"

// comesToNothing has autodiscover and the auth server fail, and a reload.
func (p *proxy) comesToNothing(t *testing.T, f *forest.Forest, q forest.Question) {
	t.Helper()
	path := filepath.Join(p.dir, "config.yaml")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Autodiscover.Change(func() {
		f.Autodiscover.Behaviours = map[string]s2s.Behaviour{"hiro@wingtip.example": {Code: "RedirectAddress", RedirectTarget: "nobody@elsewhere.example"}}
	})
	p.page(t, http.MethodPost, "/-/purge?all=true")
	ask(t, p.caller(t, forest.Exchange2010), q)
	f.Autodiscover.Change(func() { f.Autodiscover.Behaviours = nil })

	p.configure(t, with("secret: hunter of "+string(p.forests[0].Organization.Phrase)))
	if status, _ := p.page(t, http.MethodPost, "/-/reload"); status == http.StatusOK {
		t.Error("a configuration with a mistake is taken")
	}
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatal(err)
	}
}
