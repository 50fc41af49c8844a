package integration

import (
	"net/http"
	"testing"
	"time"

	"availproxy/integration/forest"
)

// held makes each question go to the forests, and keeps answers to stand in
// for those that do not come.
var held = with("cache: {fresh: 0s, stale: 15m, negative: 0s, not_found: 0s}")

// TestKeptAnswersCoverWhatMayPass asks again while the forest is in trouble,
// more often than its breaker bears.
func TestKeptAnswersCoverWhatMayPass(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	tests := map[string]forest.Faults{
		"connections are reset":    {Reset: true},
		"a page to log on":         {HTML: true},
		"half an answer":           {Truncated: true},
		"out of service":           {Status: http.StatusServiceUnavailable},
		"too many requests":        {Status: http.StatusTooManyRequests},
		"busy":                     {Busy: true, BackOff: time.Hour},
		"no answer in time":        {Delay: time.Hour},
		"fewer answers than asked": {Missing: 1},
		"the mailbox is moving":    {Mailbox: map[string]forest.MailboxFault{"alice@fabrikam.example": {Code: "ErrorMailboxMoveInProgress"}}},
		"the mailbox is on a store that is down": {Mailbox: map[string]forest.MailboxFault{
			"alice@fabrikam.example": {Code: "ErrorMailboxStoreUnavailable"}}},
	}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			p := serve(t, []*forest.Forest{f}, held, impatient(t))
			c, q := p.caller(t, forest.Exchange2010), p.question("alice@fabrikam.example")
			isTrue(t, ask(t, c, q), q, forest.Exchange2010, f)
			f.EWS.Faults.Set(fault)
			defer f.EWS.Faults.Clear()
			for range 4 {
				isTrue(t, ask(t, c, q), q, forest.Exchange2010, f)
			}
			if f.EWS.Faults.Hits() == 0 {
				t.Error("the forest was not asked again")
			}
		})
	}
}

// TestARefusalReplacesWhatWasKept asks while the forest refuses, and once more
// while it cannot say anything: what it refused must not come back then.
func TestARefusalReplacesWhatWasKept(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	alice := func(code string) forest.Faults {
		return forest.Faults{Mailbox: map[string]forest.MailboxFault{"alice@fabrikam.example": {Code: code, Text: "No. LID: 1"}}}
	}
	tests := map[string]struct {
		fault forest.Faults
		want  refused
	}{
		"the calendar is not to be seen any more": {alice("ErrorNoFreeBusyAccess"), refused{"ErrorNoFreeBusyAccess", "No. LID: 1"}},
		"the mailbox is gone":                     {alice("ErrorMailRecipientNotFound"), refused{"ErrorMailRecipientNotFound", "No. LID: 1"}},
		"the mailbox does not exist":              {alice("ErrorNonExistentMailbox"), refused{"ErrorNonExistentMailbox", "No. LID: 1"}},
		"we may not proxy":                        {alice("ErrorProxyRequestNotAllowed"), refused{"ErrorProxyRequestNotAllowed", "No. LID: 1"}},
		"the token is refused, the fresh one too": {forest.Faults{Status: http.StatusUnauthorized, Diagnostics: `2000008;reason="no grant";error_category="invalid_grant"`},
			refused{"", `HTTP status 401: Unauthorized diagnostics: 2000008;reason="no grant";error_category="invalid_grant"`}},
		"the application is blocked": {forest.Faults{Status: http.StatusForbidden}, refused{"", "HTTP status 403: Forbidden"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := serve(t, []*forest.Forest{f}, held)
			c, q := p.caller(t, forest.Exchange2010), p.question("alice@fabrikam.example")
			isTrue(t, ask(t, c, q), q, forest.Exchange2010, f)
			f.EWS.Faults.Set(tt.fault)
			defer f.EWS.Faults.Clear()
			tt.want.check(t, ask(t, c, q).Mailboxes[0])

			f.EWS.Faults.Set(forest.Faults{Status: http.StatusServiceUnavailable})
			refused{"", "HTTP status 503"}.check(t, ask(t, c, q).Mailboxes[0])

			f.EWS.Faults.Clear()
			isTrue(t, ask(t, c, q), q, forest.Exchange2010, f)
		})
	}
}

// TestARefusedTokenIsReplacedOnce counts what the forest and its ACS are asked
// for one question.
func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	p := serve(t, []*forest.Forest{f}, held)
	c, q := p.caller(t, forest.Exchange2010), p.question("alice@fabrikam.example")
	ask(t, c, q)
	tokens := len(f.ACS.Requests())
	f.EWS.Faults.Set(forest.Faults{Status: http.StatusUnauthorized, Times: 1})
	isTrue(t, ask(t, c, q), q, forest.Exchange2010, f)
	if n := len(f.ACS.Requests()) - tokens; n != 1 {
		t.Errorf("%d tokens were fetched in place of the refused one, want 1", n)
	}
	f.EWS.Faults.Set(forest.Faults{Status: http.StatusUnauthorized})
	refused{"", "HTTP status 401: Unauthorized"}.check(t, ask(t, c, q).Mailboxes[0])
	if hits := f.EWS.Faults.Hits(); hits != 2 {
		t.Errorf("the question was sent %d times, want 2", hits)
	}
}
