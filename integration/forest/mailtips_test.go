package forest

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// askTips asks e as an Exchange 2010 of contoso.example.
func askTips(t *testing.T, e *EWS, q TipQuestion) (*TipReply, error) {
	t.Helper()
	if q.SendingAs == "" {
		q.SendingAs = "li.na@contoso.example"
	}
	return caller(t, serve(t, e), Exchange2010).AskTips(t.Context(), q)
}

func TestMailTipsAreThoseOfTheTruth(t *testing.T) {
	nothing := func() map[string]string {
		return map[string]string{"PendingMailTips": "", "Message": "", "MailboxFull": "false", "TotalMemberCount": "1", "ExternalMemberCount": "0",
			"MaxMessageSize": "0", "DeliveryRestricted": "false", "IsModerated": "false", "InvalidRecipient": "false"}
	}
	with := func(pairs ...string) map[string]string {
		told := nothing()
		for i := 0; i < len(pairs); i += 2 {
			told[pairs[i]] = pairs[i+1]
		}
		return told
	}
	alice := with("StartTime", "2026-11-23T00:00:00Z", "EndTime", "2026-11-28T00:00:00Z", "Message", "<p>I am away &amp; read no mail.</p>",
		"MailboxFull", "true", "CustomMailTip", "<b>Alice</b> answers on Mondays", "TotalMemberCount", "250", "ExternalMemberCount", "20",
		"MaxMessageSize", "10485760", "DeliveryRestricted", "true", "IsModerated", "true")
	tests := map[string]struct {
		q    TipQuestion
		want map[string]string
	}{
		"all of alice":                  {TipQuestion{Recipients: []string{"ALICE@fabrikam.example"}}, alice},
		"nothing of dana":               {TipQuestion{Recipients: []string{"dana@fabrikam.example"}}, nothing()},
		"somebody unknown":              {TipQuestion{Recipients: []string{"nobody@fabrikam.example"}}, with("InvalidRecipient", "true")},
		"greta to the outside":          {TipQuestion{Recipients: []string{"greta@fabrikam.example"}}, with("Message", "离开办公室")},
		"greta to one of her own":       {TipQuestion{SendingAs: "hiro@fabrikam.example", Recipients: []string{"greta@fabrikam.example"}}, with("Message", "Ask Hiro.")},
		"the chief to the outside":      {TipQuestion{Recipients: []string{"ceo@fabrikam.example"}}, with("DeliveryRestricted", "true", "IsModerated", "true")},
		"the chief to whom he listens":  {TipQuestion{SendingAs: "Alice@Fabrikam.example", Recipients: []string{"ceo@fabrikam.example"}}, with("IsModerated", "true")},
		"no more than was asked":        {TipQuestion{Recipients: []string{"alice@fabrikam.example"}, Wanted: "MailboxFullStatus CustomMailTip"}, map[string]string{"PendingMailTips": "", "MailboxFull": "true", "CustomMailTip": "<b>Alice</b> answers on Mondays"}},
		"no custom tip where none is":   {TipQuestion{Recipients: []string{"dana@fabrikam.example"}, Wanted: "CustomMailTip"}, map[string]string{"PendingMailTips": ""}},
		"automatic replies and nothing": {TipQuestion{Recipients: []string{"dana@fabrikam.example"}, Wanted: "OutOfOfficeMessage"}, map[string]string{"PendingMailTips": "", "Message": ""}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := &EWS{Truth: Seeded(1, Calendars{Week: week}), Generation: Exchange2010}
			r, err := askTips(t, e, tt.q)
			if err != nil {
				t.Fatal(err)
			}
			want := []RecipientTips{{Address: tt.q.Recipients[0], Class: "Success", Code: "NoError", Told: tt.want}}
			if d := cmp.Diff(want, r.Recipients); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if seen := e.Journal.Requests()[0]; seen.Operation != "GetMailTips" || seen.Mailboxes[0] != tt.q.Recipients[0] {
				t.Errorf("the journal has %+v", seen)
			}
		})
	}
}

func TestMailTipsThatAServerRefuses(t *testing.T) {
	many := strings.Split(strings.Repeat("alice@fabrikam.example ", 51), " ")[:51]
	tests := map[string]struct {
		age  Generation
		q    TipQuestion
		code string
	}{
		"a server without the operation": {Exchange2007, TipQuestion{Recipients: many[:1]}, "ErrorInvalidRequest"},
		"51 recipients":                  {Exchange2013, TipQuestion{Recipients: many}, "ErrorInvalidRequest"},
		"no recipient":                   {Exchange2013, TipQuestion{}, "ErrorInvalidRequest"},
		"a tip that there is not":        {Exchange2013, TipQuestion{Recipients: many[:1], Wanted: "Weather"}, "ErrorSchemaValidation"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := askTips(t, &EWS{Truth: Seeded(1, Calendars{Week: week}), Generation: tt.age}, tt.q)
			if fault, ok := errors.AsType[*FaultError](err); !ok || fault.Code != tt.code {
				t.Errorf("got %v, want the fault %s", err, tt.code)
			}
		})
	}
}

func TestMailTipsWithFaults(t *testing.T) {
	people := []string{"alice@fabrikam.example", "bob@fabrikam.example"}
	tests := map[string]struct {
		faults Faults
		want   string // codes and addresses
	}{
		"in the wrong order":   {Faults{Reverse: true}, "NoError bob@fabrikam.example, NoError alice@fabrikam.example"},
		"an error for one":     {Faults{Mailbox: map[string]MailboxFault{"bob@fabrikam.example": {Code: "ErrorMailboxMoveInProgress"}}}, "NoError alice@fabrikam.example, ErrorMailboxMoveInProgress "},
		"one too few":          {Faults{Missing: 1}, "forest: Exchange 2010 cannot read the answer: 2 recipients were asked for and 1 answered"},
		"a word of tomorrow":   {Faults{Override: replaceIn("<t:PendingMailTips/>", "<t:PendingMailTips>Weather</t:PendingMailTips>")}, `forest: Exchange 2010 cannot read the answer: instance validation error: "Weather" is not a valid value for MailTipTypes`},
		"nobody is up to date": {Faults{Override: replaceIn("<t:PendingMailTips/>", "")}, "forest: Exchange 2010 cannot read the answer: MailTips have no PendingMailTips"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := &EWS{Truth: Seeded(1, Calendars{Week: week})}
			e.Faults.Set(tt.faults)
			r, err := askTips(t, e, TipQuestion{Recipients: people, Wanted: "OutOfOfficeMessage"})
			var got []string
			if err != nil {
				got = []string{err.Error()}
			} else {
				for _, a := range r.Recipients {
					got = append(got, a.Code+" "+a.Address)
				}
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("got %q, want %q", strings.Join(got, ", "), tt.want)
			}
		})
	}
}

func replaceIn(old, new string) func([]byte) []byte {
	return func(body []byte) []byte { return []byte(strings.ReplaceAll(string(body), old, new)) }
}

func TestAForestCanTellMoreThanItWasAsked(t *testing.T) {
	e := &EWS{Truth: Seeded(1, Calendars{Week: week})}
	e.Faults.Set(Faults{EveryTip: true})
	r, err := askTips(t, e, TipQuestion{Recipients: []string{"alice@fabrikam.example"}, Wanted: "OutOfOfficeMessage"})
	if err != nil || r.Recipients[0].Told["CustomMailTip"] == "" {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestTheTapGetsWhatCame(t *testing.T) {
	came := make(chan string, 2)
	e := &EWS{Truth: Seeded(1, Calendars{Week: week}), Tap: func(r *http.Request, body []byte) {
		came <- r.Header.Get("SOAPAction") + string(body)
	}}
	r, err := askTips(t, e, TipQuestion{Recipients: []string{"alice@fabrikam.example"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := <-came, `"`+nsMessages+`/GetMailTips"`+string(r.Request); got != want || len(came) > 0 {
		t.Errorf("got %q, want %q alone", got, want)
	}
}
