package integration

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
)

// passing has the connector of a forest pass on mail tips at that level.
func passing(t *testing.T, f *forest.Forest, level string) edit {
	domains := "target_address_domains: [" + f.Domain() + "]"
	return replace(t, domains, domains+"\n    mail_tips_access: "+level)
}

// tips asks p as an Exchange 2010 does for somebody of the organization.
func (p *proxy) tips(t *testing.T, recipients ...string) []forest.RecipientTips {
	t.Helper()
	r, err := p.askTips(t, p.caller(t, forest.Exchange2010), forest.TipQuestion{Recipients: recipients})
	if err != nil {
		t.Fatal(err)
	}
	return r.Recipients
}

func (p *proxy) askTips(t *testing.T, c *forest.Caller, q forest.TipQuestion) (*forest.TipReply, error) {
	t.Helper()
	if q.SendingAs == "" {
		q.SendingAs = "li.na@" + p.forests[0].Organization.Domain
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return c.AskTips(ctx, q)
}

// limited are the kinds of tips that MailTipsAccessLevel Limited passes on.
const limited = "OutOfOfficeMessage MaxMessageSize DeliveryRestriction InvalidRecipient"

const allTips = limited + " MailboxFullStatus CustomMailTip ExternalMemberCount TotalMemberCount ModerationStatus"

// tellable is what a sender from outside should be told about somebody who is or is
// not in a forest.
func tellable(f *forest.Forest, address, kinds string) forest.RecipientTips {
	m, known := f.Truth.Mailbox(address)
	tips := m.MailTips
	all := map[string]map[string]string{
		"OutOfOfficeMessage":  {"Message": tips.ExternalReply},
		"MailboxFullStatus":   {"MailboxFull": strconv.FormatBool(tips.Full)},
		"CustomMailTip":       {"CustomMailTip": tips.Custom},
		"TotalMemberCount":    {"TotalMemberCount": strconv.Itoa(max(tips.Members, 1))},
		"ExternalMemberCount": {"ExternalMemberCount": strconv.Itoa(tips.ExternalMembers)},
		"MaxMessageSize":      {"MaxMessageSize": strconv.Itoa(tips.MaxMessageSize)},
		"DeliveryRestriction": {"DeliveryRestricted": strconv.FormatBool(len(tips.AcceptsOnlyFrom) > 0)},
		"ModerationStatus":    {"IsModerated": strconv.FormatBool(tips.Moderated)},
		"InvalidRecipient":    {"InvalidRecipient": strconv.FormatBool(!known)},
	}
	if tips.Custom == "" {
		delete(all, "CustomMailTip")
	}
	if !tips.ReplyUntil.IsZero() {
		all["OutOfOfficeMessage"]["StartTime"] = tips.ReplyFrom.Format(time.RFC3339)
		all["OutOfOfficeMessage"]["EndTime"] = tips.ReplyUntil.Format(time.RFC3339)
	}
	r := forest.RecipientTips{Address: address, Class: "Success", Code: "NoError", Told: map[string]string{"PendingMailTips": ""}}
	for kind := range strings.FieldsSeq(kinds) {
		maps.Copy(r.Told, all[kind])
	}
	return r
}

func TestMailTipsComeFromTheForestOfEachRecipient(t *testing.T) {
	t.Parallel()
	fabrikam, wingtip := twoForests(t)
	asked := []string{
		"greta@fabrikam.example", "alice@wingtip.example", "ALICE@Fabrikam.example", "nobody@wingtip.example", "somebody@nowhere.example",
		"alice@wingtip.example", "ceo@fabrikam.example",
	}
	tests := map[string]struct {
		levels map[*forest.Forest]string
		faults forest.Faults // of both
		want   map[*forest.Forest]string
	}{
		"everything":                         {map[*forest.Forest]string{fabrikam: "All", wingtip: "All"}, forest.Faults{}, map[*forest.Forest]string{fabrikam: allTips, wingtip: allTips}},
		"all of one and some of the other":   {map[*forest.Forest]string{fabrikam: "All", wingtip: "Limited"}, forest.Faults{}, map[*forest.Forest]string{fabrikam: allTips, wingtip: limited}},
		"some of one, nothing of the other":  {map[*forest.Forest]string{fabrikam: "Limited"}, forest.Faults{}, map[*forest.Forest]string{fabrikam: limited}},
		"some of both, which tell all":       {map[*forest.Forest]string{fabrikam: "Limited", wingtip: "Limited"}, forest.Faults{EveryTip: true}, map[*forest.Forest]string{fabrikam: limited, wingtip: limited}},
		"none of both, whatever they'd tell": {nil, forest.Faults{EveryTip: true}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var edits []edit
			for f, level := range tt.levels {
				edits = append(edits, passing(t, f, level))
			}
			p := serve(t, []*forest.Forest{fabrikam, wingtip}, edits...)
			var want []forest.RecipientTips
			for _, f := range p.forests {
				f.EWS.Faults.Set(tt.faults)
				f.EWS.Journal.Clear()
			}
			for _, address := range asked {
				f := map[bool]*forest.Forest{true: fabrikam, false: wingtip}[strings.HasSuffix(strings.ToLower(address), fabrikam.Domain())]
				w := tellable(f, address, tt.want[f])
				switch {
				case strings.HasSuffix(address, "nowhere.example"):
					w = forest.RecipientTips{Class: "Error", Code: "ErrorAddressSpaceNotFound", Told: map[string]string{}}
				case address == f.Truth.Unknown && tt.want[f] != "": // autodiscover knows that already
					w = forest.RecipientTips{Class: "Error", Code: "ErrorMailRecipientNotFound", Told: map[string]string{}}
				case tt.want[f] == "":
					w = forest.RecipientTips{Class: "Error", Code: "ErrorMailTipsDisabled", Told: map[string]string{}}
				}
				want = append(want, w)
			}
			got := p.tips(t, asked...)
			for i := range got {
				got[i].Text = ""
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			for _, f := range p.forests {
				if n := operationsOf(f)["GetMailTips"]; n > 1 || tt.want[f] == "" && n > 0 {
					t.Errorf("%s was asked %d times", f.Domain(), n)
				}
			}
		})
	}
}

// operationsOf counts what f was asked for with a token that it accepts.
func operationsOf(f *forest.Forest) map[string]int {
	count := map[string]int{}
	for _, seen := range f.EWS.Journal.Requests() {
		if seen.Actor != "" {
			count[seen.Operation]++
		}
	}
	return count
}

func TestSendersMatterToMailTips(t *testing.T) {
	t.Parallel()
	fabrikam, wingtip := twoForests(t)
	p := serve(t, []*forest.Forest{fabrikam, wingtip}, passing(t, fabrikam, "All"))
	tests := map[string]struct{ sender, code, reply string }{
		"somebody of ours":               {"li.na@contoso.example", "NoError", "离开办公室"},
		"somebody of the forest's own":   {"hiro@fabrikam.example", "ErrorSendAsDenied", ""},
		"somebody of the other forest's": {"alice@wingtip.example", "ErrorSendAsDenied", ""},
		"somebody of nobody's":           {"eve@tailspin.example", "NoError", "离开办公室"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := p.askTips(t, p.caller(t, forest.Exchange2010), forest.TipQuestion{SendingAs: tt.sender, Recipients: []string{"greta@fabrikam.example"}})
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Recipients[0]; got.Code != tt.code || got.Told["Message"] != tt.reply {
				t.Errorf("got %+v, want %s, %q", got, tt.code, tt.reply)
			}
		})
	}
}

func TestWhoMayAskForMailTips(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{Seed: 1})
	p := serve(t, []*forest.Forest{f}, passing(t, f, "All"))
	q := forest.TipQuestion{Recipients: []string{"greta@fabrikam.example"}}
	for g, want := range map[forest.Generation]string{forest.Exchange2007: "ErrorIncorrectSchemaVersion", forest.Exchange2010: "", forest.Exchange2013: ""} {
		_, err := p.askTips(t, p.caller(t, g), q)
		fault, refused := errors.AsType[*forest.FaultError](err)
		if refused != (want != "") || refused && fault.Code != want {
			t.Errorf("Exchange %s got %v, want %q", g, err, want)
		}
	}
	stranger := p.caller(t, forest.Exchange2010)
	stranger.Password += "x"
	if _, err := p.askTips(t, stranger, q); err == nil {
		t.Error("somebody without the password got mail tips")
	}
}

func TestOneForestInTroubleCostsOnlyItsOwnMailTips(t *testing.T) {
	t.Parallel()
	fabrikam, wingtip := twoForests(t)
	p := serve(t, []*forest.Forest{fabrikam, wingtip}, passing(t, fabrikam, "All"), passing(t, wingtip, "All"))
	tests := map[string]struct {
		faults forest.Faults
		code   string
	}{
		"away for lunch":   {forest.Faults{Status: http.StatusServiceUnavailable}, "ErrorProxyRequestProcessingFailed"},
		"out of order":     {forest.Faults{Reverse: true}, "ErrorProxyRequestProcessingFailed"},
		"short of answers": {forest.Faults{Missing: 1}, "ErrorProxyRequestProcessingFailed"},
		"cut off":          {forest.Faults{Cut: true}, "ErrorProxyRequestProcessingFailed"},
		"a sign-in page":   {forest.Faults{HTML: true}, "ErrorProxyRequestProcessingFailed"},
		"busy for a while": {forest.Faults{Busy: true, BackOff: time.Millisecond}, "ErrorProxyRequestProcessingFailed"},
		"sorry for one":    {forest.Faults{Mailbox: map[string]forest.MailboxFault{"bob@fabrikam.example": {Code: "ErrorMailboxStoreUnavailable", Text: "Later."}}}, "ErrorMailboxStoreUnavailable"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.faults.Times = 1
			fabrikam.EWS.Faults.Set(tt.faults)
			got := p.tips(t, "bob@fabrikam.example", "greta@wingtip.example", "greta@fabrikam.example")
			if got[0].Code != tt.code || got[1].Code != "NoError" || got[1].Told["Message"] == "" {
				t.Errorf("got %+v, want %s for the first alone", got, tt.code)
			}
			if only := len(tt.faults.Mailbox) > 0; (got[2].Code == "NoError") != only {
				t.Errorf("the third recipient got %+v", got[2])
			}
		})
	}
}

// A server that does not know mail tips, however often it is asked for them, is
// a good one for free/busy times.
func TestAForestWithoutMailTipsKeepsItsCalendars(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{Seed: 1})
	f.EWS.Faults.Set(forest.Faults{Lacks: "GetMailTips"})
	p := serve(t, []*forest.Forest{f}, passing(t, f, "All"), unremembered)
	for range 10 {
		if got := p.tips(t, "greta@fabrikam.example")[0]; got.Code != "ErrorMailTipsDisabled" {
			t.Fatalf("got %+v", got)
		}
	}
	if got := p.ask(t, "bob@fabrikam.example").Mailboxes[0]; got.Code != "NoError" {
		t.Errorf("the calendar of bob is lost: %+v", got)
	}
}

// relayed records what forests are sent.
type relayed struct {
	mu    sync.Mutex // guards heard
	heard []string
}

func (r *relayed) tap(request *http.Request, body []byte) {
	var head strings.Builder
	request.Header.Write(&head)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, request.URL.String()+"\n"+head.String()+string(body))
}

// TestTwoOperationsLeaveAndNothingOfTheCallers asks for everything that could
// land on a ProxyUrl, with a canary in all places that a caller can fill.
func TestTwoOperationsLeaveAndNothingOfTheCallers(t *testing.T) {
	t.Parallel()
	const canary = "canary4711"
	fabrikam, wingtip := twoForests(t)
	var r relayed
	fabrikam.EWS.Tap, wingtip.EWS.Tap = r.tap, r.tap
	p := serve(t, []*forest.Forest{fabrikam, wingtip}, passing(t, fabrikam, "All"), passing(t, wingtip, "Limited"), unremembered)
	p.ask(t, "alice@fabrikam.example", "bob@wingtip.example")
	p.tips(t, "alice@fabrikam.example", "bob@wingtip.example")
	for _, operation := range []string{"GetUserAvailabilityRequest", "GetMailTips", "GetItem", "FindItem", "CreateItem", "GetServiceConfiguration", "GetUserOofSettingsRequest", "ResolveNames", "ExpandDL", canary} {
		post(t, p, strings.ReplaceAll(strings.ReplaceAll(landed, "OPERATION", operation), "CANARY", canary), canary)
	}
	operations := operationsOf(fabrikam)
	maps.Copy(operations, operationsOf(wingtip))
	if got := slices.Sorted(maps.Keys(operations)); !slices.Equal(got, []string{"GetMailTips", "GetUserAvailabilityRequest"}) {
		t.Errorf("the forests were asked for %q", got)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, heard := range r.heard {
		if strings.Contains(strings.ToLower(heard), canary) {
			t.Errorf("a forest was sent\n%s", heard)
		}
	}
	if n := strings.Count(strings.Join(r.heard, ""), "chen@fabrikam.example"); n < 2 {
		t.Errorf("the questions with canaries were asked %d times, want both operations", n)
	}
}

// landed is both operations in one, of which a server reads what it knows.
const landed = `<?xml version="1.0" encoding="utf-8"?><!--CANARY--><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:c="urn:CANARY" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Header>
<t:RequestServerVersion Version="Exchange2010_SP2" c:CANARY="CANARY"/><t:MailboxCulture>CANARY</t:MailboxCulture><c:CANARY>CANARY</c:CANARY><t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>CANARY@contoso.example</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></s:Header>
<s:Body><OPERATION xmlns="http://schemas.microsoft.com/exchange/services/2006/messages" c:CANARY="CANARY"><CANARY>CANARY</CANARY>
<t:TimeZone><t:Bias>0</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder><t:Month>0</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime><t:DaylightTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder><t:Month>0</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone>
<MailboxDataArray><t:MailboxData><t:Email><t:Name>CANARY</t:Name><t:Address>chen@fabrikam.example</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData></MailboxDataArray>
<t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>2026-11-23T00:00:00</t:StartTime><t:EndTime>2026-11-24T00:00:00</t:EndTime></t:TimeWindow><t:RequestedView>FreeBusy</t:RequestedView></t:FreeBusyViewOptions>
<SendingAs><t:Name>CANARY</t:Name><t:EmailAddress>li.na@contoso.example</t:EmailAddress></SendingAs><Recipients>CANARY<t:Mailbox><t:Name>CANARY</t:Name><t:EmailAddress>chen@fabrikam.example</t:EmailAddress><t:MailboxType>CANARY</t:MailboxType></t:Mailbox></Recipients><MailTipsRequested>All</MailTipsRequested>
</OPERATION></s:Body></s:Envelope>`

// post sends a document with that word in every header, and wants an answer.
func post(t *testing.T, p *proxy, document, word string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url, strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"X-Canary", "Cookie", "Traceparent", "Client-Request-Id", "X-AnchorMailbox", "SOAPAction", "Via", "X-Forwarded-For", "User-Agent", "Accept-Language"} {
		r.Header.Set(name, word)
	}
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.SetBasicAuth(p.forests[0].Organization.User, string(p.forests[0].Organization.Password))
	status, body := do(t, p.client(t), r)
	if status != http.StatusOK && status != http.StatusInternalServerError || !strings.Contains(body, "Envelope") {
		t.Errorf("got %d %s", status, body)
	}
}

func TestMailTipsInTheNameOfTheRequester(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{Seed: 1})
	p := serve(t, []*forest.Forest{f}, passing(t, f, "All"), replace(t, "cloud: none", "cloud: none\n    act_as: requester"))
	c, q := p.caller(t, forest.Exchange2010), forest.TipQuestion{Recipients: []string{"greta@fabrikam.example"}}
	r, err := p.askTips(t, c, q)
	if err != nil || r.Recipients[0].Code != "ErrorMailTipsDisabled" || f.EWS.Journal.Total() > 0 {
		t.Errorf("without a requester: %v, %+v after %d questions", err, r, f.EWS.Journal.Total())
	}
	requester := "li.na@" + f.Organization.Domain
	c.SecurityContext = &forest.SecurityContext{UserSID: "S-1-5-21-1-2-3-1104", PrimarySMTPAddress: requester}
	r, err = p.askTips(t, c, q)
	if err != nil || r.Recipients[0].Code != "NoError" {
		t.Fatalf("got %+v, %v", r, err)
	}
	if asked := f.EWS.Journal.Requests(); asked[len(asked)-1].OnBehalfOf != requester {
		t.Errorf("asked on behalf of %q, want %q", asked[len(asked)-1].OnBehalfOf, requester)
	}
}
