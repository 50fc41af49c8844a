package ews

import (
	"strings"
	"testing"

	"availproxy/freebusy"
)

func TestWhoIsImpersonatedIsNamedAndFound(t *testing.T) {
	requester := func(s freebusy.Scope) string { return s.Requester }
	tests := map[string]struct {
		impersonate func(freebusy.Scope) string
		scope       freebusy.Scope
		header      string // "" is none
		anchor      string
	}{
		"nobody ever":        {nil, freebusy.Scope{Requester: "eve@contoso.example"}, "", "m1@contoso.example"},
		"nobody this time":   {requester, freebusy.Scope{}, "", "m1@contoso.example"},
		"the requester":      {requester, freebusy.Scope{Requester: "eve@contoso.example"}, "eve@contoso.example", "eve@contoso.example"},
		"always the same":    {func(freebusy.Scope) string { return "fb@contoso.example" }, freebusy.Scope{}, "fb@contoso.example", "fb@contoso.example"},
		"a name with quotes": {requester, freebusy.Scope{Requester: "o'neill&co@contoso.example"}, "o&apos;neill&amp;co@contoso.example", "o'neill&co@contoso.example"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := &recorder{reply: echo(t)}
			client := clientOf(t, server)
			client.Impersonate = tt.impersonate
			q := aboutThem()
			q.Mailboxes = []freebusy.Mailbox{freebusy.SMTP("m1@contoso.example"), freebusy.SMTP("m2@contoso.example")}
			q.Scope = tt.scope
			answersOf(t, client, q)
			tips := tipsQuery(LimitedMailTips, "m1@contoso.example")
			tips.Scope = tt.scope
			client.MailTips(t.Context(), tips)
			for i, body := range server.bodies {
				want := ""
				if tt.header != "" {
					want = "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>" + tt.header + "</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>"
				}
				header, _, _ := strings.Cut(body, "</s:Header>")
				_, got, _ := strings.Cut(header, "</t:RequestServerVersion>")
				if got != want {
					t.Errorf("request %d has, behind its version, %q, want %q", i, got, want)
				}
				if got := server.asked[i].Header.Get("X-AnchorMailbox"); got != tt.anchor {
					t.Errorf("the anchor of request %d is %q, want %q", i, got, tt.anchor)
				}
			}
			if len(server.bodies) != 2 {
				t.Errorf("%d requests, want 2", len(server.bodies))
			}
			validated(t).add(t, []byte(server.bodies[0]))
		})
	}
}
