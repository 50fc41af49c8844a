package integration

import (
	"net/http"
	"strings"
	"testing"

	"availproxy/integration/forest"
)

const tipsQuestion = `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><soap:Header><t:RequestServerVersion Version="Exchange2010"/></soap:Header><soap:Body><GetMailTips xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><SendingAs><t:EmailAddress>li.na@contoso.example</t:EmailAddress></SendingAs><Recipients>RECIPIENTS</Recipients><MailTipsRequested>All</MailTipsRequested></GetMailTips></soap:Body></soap:Envelope>`

// tips are the messages of an answer to a question about recipients.
func (p *proxy) tips(t *testing.T, recipients ...string) []string {
	t.Helper()
	var all strings.Builder
	for _, r := range recipients {
		all.WriteString("<t:Mailbox><t:EmailAddress>" + r + "</t:EmailAddress></t:Mailbox>")
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url, strings.NewReader(strings.Replace(tipsQuestion, "RECIPIENTS", all.String(), 1)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.SetBasicAuth(p.forests[0].Organization.User, string(p.forests[0].Organization.Password))
	status, body := do(t, p.client(t), r)
	messages := strings.Split(body, "<m:MailTipsResponseMessageType ")[1:]
	if status != http.StatusOK || len(messages) != len(recipients) {
		t.Fatalf("got %d %s, want an answer for each of %d", status, body, len(recipients))
	}
	return messages
}

func TestMailTipsComeFromTheForestOfEachRecipient(t *testing.T) {
	t.Parallel()
	fabrikam, wingtip := twoForests(t)
	away, custom := fabrikam.Truth.Mailboxes[0].Address, wingtip.Truth.Mailboxes[0].Address
	fabrikam.EWS.MailTips = map[string]forest.MailTips{strings.ToLower(away): {AutomaticReply: "<p>away</p>", Custom: "be quick", Members: 7}}
	wingtip.EWS.MailTips = map[string]forest.MailTips{strings.ToLower(custom): {AutomaticReply: "<p>gone</p>", Custom: "be slow", Members: 9, Moderated: true}}
	access := func(domain, level string) edit {
		return replace(t, "target_address_domains: ["+domain+"]", "target_address_domains: ["+domain+"]\n    mail_tips_access: "+level)
	}
	tests := map[string]struct {
		edits []edit
		want  [][]string // for each recipient: what its message has
		lacks [][]string
	}{
		"all of one, some of the other": {
			edits: []edit{access(fabrikam.Truth.Domain, "All"), access(wingtip.Truth.Domain, "Limited")},
			want:  [][]string{{"&lt;p&gt;away", "be quick", "TotalMemberCount>7<"}, {"&lt;p&gt;gone", "MailboxFull>false<"}, {"ErrorAddressSpaceNotFound"}, {"&lt;p&gt;away"}},
			lacks: [][]string{{`ResponseClass="Error"`}, {"be slow", "TotalMemberCount", "IsModerated"}, {"OutOfOffice"}, {"gone"}},
		},
		"of one alone": {
			edits: []edit{access(wingtip.Truth.Domain, "All")},
			want:  [][]string{{"ErrorProxyRequestProcessingFailed"}, {"be slow", "IsModerated>true<"}, {"ErrorAddressSpaceNotFound"}, {"ErrorProxyRequestProcessingFailed"}},
			lacks: [][]string{{"OutOfOffice"}, {`ResponseClass="Error"`}, {"OutOfOffice"}, {"OutOfOffice"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := serve(t, []*forest.Forest{fabrikam, wingtip}, tt.edits...)
			for i, message := range p.tips(t, away, custom, "somebody@nowhere.example", away) {
				for _, want := range tt.want[i] {
					if !strings.Contains(message, want) {
						t.Errorf("recipient %d has no %s: %s", i, want, message)
					}
				}
				for _, not := range tt.lacks[i] {
					if strings.Contains(message, not) {
						t.Errorf("recipient %d has %s: %s", i, not, message)
					}
				}
			}
		})
	}
}

func TestOneForestInTroubleCostsOnlyItsOwnMailTips(t *testing.T) {
	t.Parallel()
	fabrikam, wingtip := twoForests(t)
	p := serve(t, []*forest.Forest{fabrikam, wingtip}, replace(t, "access_level: LimitedDetails", "access_level: LimitedDetails\n    mail_tips_access: All"))
	fabrikam.EWS.Faults.Set(forest.Faults{Status: http.StatusServiceUnavailable})
	got := p.tips(t, fabrikam.Truth.Mailboxes[0].Address, wingtip.Truth.Mailboxes[0].Address)
	if !strings.Contains(got[0], `ResponseClass="Error"`) || !strings.Contains(got[1], `ResponseClass="Success"`) {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}
}
