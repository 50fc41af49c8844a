package freebusy_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"availproxy/freebusy"
)

const pseudonymKey = "0123456789abcdef-canary"

func TestAPseudonymIsTheBeginningOfTheHMAC(t *testing.T) {
	// printf anna@contoso.com | openssl dgst -sha256 -hmac 0123456789abcdef-canary
	const want = "32a06baf2d7b"
	for _, address := range []string{"anna@contoso.com", " Anna@CONTOSO.com "} {
		if got := freebusy.NewPseudonyms(pseudonymKey).Of(freebusy.SMTP(address)); got != want {
			t.Errorf("the pseudonym of %q is %s, want %s", address, got, want)
		}
	}
	if got := freebusy.NewPseudonyms("another").Of(freebusy.SMTP("anna@contoso.com")); got == want || len(got) != len(want) {
		t.Errorf("with another key it is %s", got)
	}
	if got := (freebusy.Pseudonyms{}).Of(freebusy.SMTP("anna@contoso.com")); got != "(mailbox)" {
		t.Errorf("without a key it is %s", got)
	}
}

func TestMask(t *testing.T) {
	p := freebusy.NewPseudonyms(pseudonymKey)
	anna, neill, legacy := freebusy.SMTP("anna@contoso.com"), freebusy.SMTP("o'neill@contoso.com"), freebusy.Mailbox{Address: "/o=Contoso/cn=Anna", RoutingType: "EX"}
	tests := map[string]struct {
		text, want string
	}{
		"nothing to hide":             {"the forest is down", "the forest is down"},
		"a mailbox that was asked":    {"no Anna@Contoso.com here", "no " + p.Of(anna) + " here"},
		"as Exchange names it":        {"<Anna>SMTP:anna@contoso.com, to", "<Anna>SMTP:" + p.Of(anna) + ", to"},
		"at the end of a sentence":    {"no anna@contoso.com.", "no " + p.Of(anna) + "."},
		"with a quote in it":          {"no 'o'neill@contoso.com'", "no '" + p.Of(neill) + "'"},
		"a name of the directory":     {"no /O=CONTOSO/CN=ANNA", "no " + p.Of(legacy)},
		"somebody who was not asked":  {"no eve@x.example", "no " + p.Of(freebusy.SMTP("eve@x.example"))},
		"an address around the asked": {"no joanna@contoso.com", "no " + p.Of(freebusy.SMTP("joanna@contoso.com"))},
		"in a URL":                    {"https://x.example/a?Email=anna%40contoso.com&b=1", "https://x.example/a?Email=" + p.Of(anna) + "&b=1"},
		"a computer account":          {"not for EX2010$@CONTOSO.COM", "not for EX2010$@CONTOSO.COM"},
		"whom a token is for":         {"no token for 00000002-0000-0ff1-ce00-000000000000/mail.x.example@x.example", "no token for 00000002-0000-0ff1-ce00-000000000000/mail.x.example@x.example"},
		"whom a token is from":        {"00000001-0000-0000-c000-000000000000@contoso.com, eve@x.example", "00000001-0000-0000-c000-000000000000@contoso.com, " + p.Of(freebusy.SMTP("eve@x.example"))},
		"letters beyond ASCII":        {"no änne@bücher.example!", "no " + p.Of(freebusy.SMTP("änne@bücher.example")) + "!"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := p.Mask(tt.text, []freebusy.Mailbox{anna, neill, legacy, {}}); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhatWasAskedForIsNeverLeft(t *testing.T) {
	p := freebusy.NewPseudonyms(pseudonymKey)
	rapid.Check(t, func(t *rapid.T) {
		m := freebusy.SMTP(rapid.StringMatching(`[a-z'" .]{4,10}@[a-z]{3}\.[a-z]{3}`).Draw(t, "address"))
		text := rapid.StringMatching(`[a-z@<>'": ]{0,8}`).Draw(t, "before") + m.Address + rapid.StringMatching(`[a-z@<>'": .]{0,8}`).Draw(t, "after")
		if got := p.Mask(text, []freebusy.Mailbox{m}); strings.Contains(got, m.Address) {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func TestPseudonymsDoNotPrintTheirKey(t *testing.T) {
	p := freebusy.NewPseudonyms(pseudonymKey)
	p.Of(freebusy.SMTP("anna@contoso.com"))
	for _, printed := range []string{fmt.Sprintf("%v", p), fmt.Sprintf("%+v", p), fmt.Sprintf("%#v", p), fmt.Sprint(p)} {
		if strings.Contains(printed, "canary") {
			t.Errorf("it prints %s", printed)
		}
	}
}
