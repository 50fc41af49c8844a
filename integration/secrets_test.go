package integration

import (
	"regexp"
	"strings"
	"testing"
)

// jwt finds what could be a token or an assertion: the beginning of each is the
// base64 of `{"`.
var jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}`)

// keepsSecrets fails when what the process has told the world, by its log and
// its traces, holds a credential or somebody's address. It holds for every
// test that runs a proxy.
func (p *proxy) keepsSecrets(t *testing.T) {
	t.Helper()
	for place, text := range map[string]string{"log": p.log.String(), "traces": p.traces.String()} {
		for what, secret := range p.secrets() {
			if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
				t.Errorf("the %s tell %s:\n%s", place, what, text)
			}
		}
		if token := jwt.FindString(text); token != "" {
			t.Errorf("the %s tell what looks like a token: %.20s...", place, token)
		}
		if strings.Contains(text, "panic") {
			t.Errorf("something panicked:\n%s", text)
		}
	}
}

// secrets are the words that must stay between the servers, by what they are.
func (p *proxy) secrets() map[string]string {
	o := p.forests[0].Organization
	all := map[string]string{
		"the password of the old servers": string(o.Password), "the passphrase of the auth certificate": string(o.Phrase),
		"a private key": "PRIVATE KEY",
	}
	for _, f := range p.forests {
		for _, m := range f.Truth.Mailboxes {
			all["the address "+m.Address] = m.Address
		}
		all["the address "+f.Truth.Unknown] = f.Truth.Unknown
		all["what somebody is going to do"] = "Over that" // a subject that stands in no other text
	}
	return all
}
