package integration

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"availproxy/integration/forest"
	"availproxy/integration/forest/s2s"
)

// TestALyingForestPutsNothingUnderAnotherMailbox mixes up what belongs to whom.
// An answer names its mailbox by its place alone, but for an error about an
// unknown one: without such an error, no client could notice a wrong order.
func TestALyingForestPutsNothingUnderAnotherMailbox(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	first := regexp.MustCompile(`(?s)<FreeBusyResponse>.*?</FreeBusyResponse>`)
	tests := map[string]forest.Faults{
		"the last answer is missing":  {Missing: 1},
		"all answers are missing":     {Missing: 100},
		"one answer too many":         {Extra: 1},
		"the answers are in reverse":  {Reverse: true},
		"the first answer is missing": {Override: func(body []byte) []byte { return bytes.Replace(body, first.Find(body), nil, 1) }},
		"an answer is empty": {Override: func(body []byte) []byte {
			return bytes.Replace(body, first.Find(body), []byte("<FreeBusyResponse/>"), 1)
		}},
		"the answer is about nobody": {Override: func([]byte) []byte {
			return []byte(`<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/></Envelope>`)
		}},
		"the answers are another service's": {Override: func(body []byte) []byte {
			return bytes.ReplaceAll(body, []byte("GetUserAvailabilityResponse"), []byte("GetRoomsResponse"))
		}},
	}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			p := serve(t, []*forest.Forest{f}, unremembered)
			q := p.question("alice@fabrikam.example", "nobody@fabrikam.example", "bob@fabrikam.example", "hiro@fabrikam.example")
			p.ask(t, "dana@fabrikam.example") // shows where the forest is, which is then asked for the unknown mailbox as well
			f.EWS.Faults.Set(fault)
			defer f.EWS.Faults.Clear()
			r := ask(t, p.caller(t, forest.Exchange2010), q)
			isTrueOrRefused(t, r, q, f)
			refused{"", "Proxy web request failed"}.check(t, r.Mailboxes[0])
		})
	}
}

// isTrueOrRefused fails for any data that is not that of its mailbox.
func isTrueOrRefused(t *testing.T, r *forest.Reply, q forest.Question, f *forest.Forest) {
	t.Helper()
	var answered forest.Reply
	for _, m := range r.Mailboxes {
		if m.Class != "Error" {
			answered.Mailboxes = append(answered.Mailboxes, m)
		}
	}
	isTrue(t, &answered, q, forest.Exchange2010, f)
}

// TestDetailsOfPrivateEntriesAreNeverPassedOn has a forest that tells what it
// should not: subject and place of a private entry.
func TestDetailsOfPrivateEntriesAreNeverPassedOn(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	const secret = "Doctor Secret"
	f.EWS.Faults.Set(forest.Faults{Override: func(body []byte) []byte {
		return bytes.ReplaceAll(body, []byte("<CalendarEventDetails><IsMeeting>"), []byte("<CalendarEventDetails><ID>X</ID><Subject>"+secret+"</Subject><Location>"+secret+"</Location><IsMeeting>"))
	}})
	p := serve(t, []*forest.Forest{f})
	q := p.question("alice@fabrikam.example")
	for range 2 {
		r := ask(t, p.caller(t, forest.Exchange2010), q)
		isTrue(t, r, q, forest.Exchange2010, f)
		if strings.Contains(string(r.Response), secret) {
			t.Error("a private entry is told")
		}
	}
}

// TestOldServersGetNoWordThatTheyDoNotKnow has the forest answer with codes
// that came after each server. The caller rejects a whole answer for one.
func TestOldServersGetNoWordThatTheyDoNotKnow(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	const alice = "alice@fabrikam.example"
	tests := map[string]struct{ said, told string }{
		"a group that is too large": {"ErrorFreeBusyDLLimitReached", "ErrorFreeBusyGenerationFailed"},
		"no relationship":           {"ErrorInvalidOrganizationRelationshipForFreeBusy", "ErrorNoFreeBusyAccess"},
		"a failover":                {"ErrorMailboxFailover", "ErrorMailboxLogonFailed"},
		"no OAuth":                  {"ErrorNoOAuthServerAvailableForRequest", "ErrorServiceDiscoveryFailed"},
		"a code of tomorrow":        {"ErrorThatNobodyHasHeardOf", "ErrorProxyRequestProcessingFailed"},
		"a busy server":             {"ErrorServerBusy", "ErrorProxyRequestProcessingFailed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f.EWS.Faults.Set(forest.Faults{Mailbox: map[string]forest.MailboxFault{alice: {Code: tt.said, Text: "No."}}})
			defer f.EWS.Faults.Clear()
			p := serve(t, []*forest.Forest{f}, unremembered)
			q := p.question(alice, "bob@fabrikam.example")
			for _, g := range []forest.Generation{forest.Exchange2007, forest.Exchange2010, forest.Exchange2013} {
				r := ask(t, p.caller(t, g), q)
				if got := r.Mailboxes[0].Code; got != tt.told && (g < forest.Exchange2013 || got != tt.said) {
					t.Errorf("Exchange %s is told %s, want %s", g, got, tt.told)
				}
				bob := forest.Reply{Mailboxes: r.Mailboxes[1:]}
				isTrue(t, &bob, q, g, f)
			}
		})
	}
}

// TestCharactersThatXMLForbidsSpoilNothing has a subject that .NET would reject
// the whole answer for.
func TestCharactersThatXMLForbidsSpoilNothing(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	f.EWS.Faults.Set(forest.Faults{Override: func(body []byte) []byte {
		return bytes.ReplaceAll(body, []byte("<Subject>Over that<"), []byte("<Subject>Over&#x1F;&#x0;&#xFFFE;that<"))
	}})
	p := serve(t, []*forest.Forest{f})
	r := p.ask(t, "alice@fabrikam.example", "bob@fabrikam.example")
	for _, e := range r.Mailboxes[0].Entries {
		if strings.HasPrefix(e.Subject, "Over") && strings.HasSuffix(e.Subject, "that") {
			return
		}
	}
	t.Errorf("got %s %s with %d entries", r.Mailboxes[0].Code, r.Mailboxes[0].Text, len(r.Mailboxes[0].Entries))
}

// TestAnswersThatAreTooLargeAreNotRead sends more than a proxy should hold, as
// it is and compressed.
func TestAnswersThatAreTooLargeAreNotRead(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	blank := bytes.Repeat([]byte(" "), 40<<20)
	tests := map[string]forest.Faults{
		"40 MB of white space": {Override: func(body []byte) []byte { return append(body, blank...) }},
		"deeper than any answer": {Override: func(body []byte) []byte {
			return bytes.Replace(body, []byte("<FreeBusyResponseArray>"), bytes.Repeat([]byte("<a>"), 100_000), 1)
		}},
	}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			p := serve(t, []*forest.Forest{f}, unremembered)
			f.EWS.Faults.Set(fault)
			defer f.EWS.Faults.Clear()
			r := p.ask(t, "alice@fabrikam.example")
			refused{"", "Proxy web request failed"}.check(t, r.Mailboxes[0])
			f.EWS.Faults.Clear()
			q := p.question("alice@fabrikam.example")
			isTrue(t, ask(t, p.caller(t, forest.Exchange2010), q), q, forest.Exchange2010, f)
		})
	}
}

// TestDiscoveryAndTokensThatAreTooLargeAreNotRead is about services that need to
// say little, and say much.
func TestDiscoveryAndTokensThatAreTooLargeAreNotRead(t *testing.T) {
	t.Parallel()
	const much = 300 << 10
	tests := map[string]struct {
		swell func(*forest.Forest)
		want  refused
		cause string
	}{
		"autodiscover": {func(f *forest.Forest) {
			f.Autodiscover.Change(func() { f.Autodiscover.Behaviours = map[string]s2s.Behaviour{"*": {Shape: s2s.Shape{Padding: much}}} })
		}, refused{"ErrorAutoDiscoverFailed", "Response is not well-formed XML"}, "too big"},
		"the metadata of the ACS": {func(f *forest.Forest) {
			f.ACS.Change(func() { f.ACS.MetadataFault = s2s.Fault{Body: strings.Repeat(" ", much) + "{}"} })
		}, refused{"ErrorAutoDiscoverFailed", ""}, "answered with more than 262144 bytes"},
		"a token": {func(f *forest.Forest) {
			f.ACS.Change(func() { f.ACS.TokenFault = s2s.Fault{Body: strings.Repeat(" ", much) + "{}"} })
		}, refused{"ErrorAutoDiscoverFailed", ""}, "answered with more than 262144 bytes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newForest(t, forest.Options{})
			tt.swell(f)
			p := serve(t, []*forest.Forest{f})
			tt.want.check(t, p.ask(t, "alice@fabrikam.example").Mailboxes[0])
			p.log.awaitCause(t, tt.cause)
		})
	}
}
